"""Disputes as rows, for what only reads them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.domain.disputes import Side
from portal.domain.errors import NotPermitted
from portal.domain.ids import PLATFORM_ORGANISATION_ID, new_id
from portal.domain.permissions import Actor
from portal.extensions import db
from portal.models import Dispute, DisputeParty, Membership
from portal.queries.identity.accounts import actor_for
from tests.cast import DAY, Person
from tests.hires import recruiter
from tests.marketplace import later

REASONS = {"candidate": "contacted_first", "proposal": "known_before", "placement": "share_too_low"}


def case(
    subject: str,
    *recruiting: Person,
    candidate_id: uuid.UUID,
    company: uuid.UUID | None = None,
    proposal_id: uuid.UUID | None = None,
    placement_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write a case between recruiters, and against a company if there is one, two days after the cast acted."""
    now = later(days=2)
    id, due = new_id(now), now + timedelta(days=7)
    about = {"candidate_id": candidate_id, "proposal_id": proposal_id, "placement_id": placement_id}
    with Session(db.engine) as session, session.begin():
        session.add(
            Dispute(
                id=id,
                subject_type=subject,
                subject_id=about[f"{subject}_id"],
                **about,
                pair=str(id),
                state="open",
                reason=REASONS[subject],
                statement="The log shows who was first.",
                asks="What is right.",
                opened_by=recruiting[0].user_id,
                opened_at=now,
                answer_due_at=due,
            )
        )
        session.flush()
        parties: list[dict[str, uuid.UUID]] = [{"recruiter_id": recruiter(who)} for who in recruiting]
        parties += [{"organisation_id": company}] if company else []
        for number, party in enumerate(parties):
            side, until = (Side.RESPONDENT, due) if number else (Side.CLAIMANT, None)
            session.add(DisputeParty(id=new_id(now), dispute_id=id, side=side, asked_at=now, due_at=until, **party))
    return id


def also_admin(person: Person) -> Actor:
    """Make somebody a platform admin as well, and give the actor that they are there."""
    with Session(db.engine) as session, session.begin():
        of = {"user_id": person.user_id, "organisation_id": PLATFORM_ORGANISATION_ID, "role": "platform_admin"}
        session.add(Membership(id=uuid.uuid4(), created_at=DAY, **of))
    actor = actor_for(person.user_id, PLATFORM_ORGANISATION_ID)
    assert actor is not None
    return actor


def refused(deed: Callable[[], object]) -> None:
    """Try what someone else has to decide."""
    with pytest.raises(NotPermitted) as caught:
        deed()
    assert caught.value.code == "CONFLICT_OF_INTEREST"
