"""Who leaves while something is done leaves nothing behind, and nothing goes to somebody who left as well."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotPermitted
from portal.extensions import db
from portal.models import CandidateSourcer, Membership, Proposal
from portal.services import departures, proposals
from portal.services.candidates import candidates, imports, outreach, ownership
from portal.services.candidates.contacts import CandidateInput
from portal.services.candidates.outreach import OutreachInput
from tests.cast import Cast, Person
from tests.marketplace import claimed, posted, proposed
from tests.racing import Command, race, refusals

ROUNDS = range(3)


def role_of(who: Person) -> uuid.UUID:
    """Return the membership by which somebody recruits."""
    query = select(Membership.id).where(Membership.user_id == who.user_id, Membership.role == "recruiter")
    with Session(db.engine) as session:
        return session.scalars(query).one()


def roles(who: Person) -> int:
    """Count the memberships of somebody."""
    with Session(db.engine) as session:
        return session.scalars(select(func.count()).where(Membership.user_id == who.user_id)).one()


def leaving(cast: Cast, who: Person, successor: str = "") -> Command:
    """Make the command that removes a recruiter."""
    membership_id = role_of(who)
    return lambda: departures.remove_member(membership_id, actor=cast.actor(cast.pia), successor=successor)


def held_by(who: Person) -> int:
    """Count the claims and open proposals of a recruiter."""
    claims = select(func.count()).where(CandidateSourcer.recruiter_id == who.recruiter_id, CandidateSourcer.is_current)
    own = (Proposal.recruiter_id == who.recruiter_id, Proposal.state.in_(("proposed", "company_reviewing")))
    with Session(db.engine) as session:
        return session.scalars(claims).one() + session.scalars(select(func.count()).where(*own)).one()


@pytest.mark.parametrize("_round", ROUNDS)
def test_what_is_done_while_somebody_leaves_is_refused_or_ends_too(app: Flask, cast: Cast, _round: int) -> None:
    free = candidates.add(
        actor=cast.actor(cast.pia), input=CandidateInput(full_name="Maya Okafor", email="maya@example.com")
    )
    mine, job_id, rita = claimed(cast), posted(cast), cast.actor(cast.rita)
    doing: list[Command] = [
        lambda: ownership.claim(free, actor=rita, source_method="linkedin"),
        lambda: outreach.record_outreach(free, actor=rita, input=OutreachInput(outreach_type="phone")),
        lambda: proposals.create(mine, job_id, actor=rita, pitch="Led ranking."),
        lambda: imports.apply(actor=rita, text="name,email\nLeo,leo@example.com\n", claim=True, source_method="other"),
    ]
    _, *others = race(app, [leaving(cast, cast.rita), *doing])
    assert held_by(cast.rita) == 0
    assert all(isinstance(refusal, NotPermitted | InvalidInput | Conflict) for refusal in refusals(others))


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_successor_who_leaves_at_the_same_moment_keeps_nothing(app: Flask, cast: Cast, _round: int) -> None:
    proposed(cast)
    race(app, [leaving(cast, cast.rita, cast.omar.email), leaving(cast, cast.omar)])
    assert held_by(cast.omar) == 0
    assert (held_by(cast.rita) == 0) is (roles(cast.rita) == 0)
