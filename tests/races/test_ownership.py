"""Races over candidates: eight threads at a barrier, and one wins every time (domain.md §2)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, TooMany
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.models import (
    Candidate,
    CandidateOutreach,
    CandidateSourcer,
    MarketplaceEvent,
    OwnershipConflict,
    PlatformSettings,
)
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, imports, outreach, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput
from portal.services.candidates.outreach import OutreachInput
from portal.services.candidates.ownership import CandidateProtected, ClaimResult
from tests.cast import DAY, Cast
from tests.marketplace import entered
from tests.racing import Command, race, refusals

THREADS = 8
ROUNDS = range(5)
YEAR = timedelta(days=365)
PHONE = OutreachInput(outreach_type="phone")


def rivals(cast: Cast) -> list[Actor]:
    """Return eight racers: rita and omar in turns."""
    return [cast.actor(cast.rita), cast.actor(cast.omar)] * (THREADS // 2)


def count(model: type, *conditions: object) -> int:
    with Session(db.engine) as session:
        return session.scalars(select(func.count()).select_from(model).where(*conditions)).one()


def current(candidate_id: uuid.UUID) -> list[CandidateSourcer]:
    with Session(db.engine) as session:
        query = select(CandidateSourcer).where(
            CandidateSourcer.candidate_id == candidate_id, CandidateSourcer.is_current
        )
        return list(session.scalars(query))


def told(kind: str) -> int:
    return count(MarketplaceEvent, MarketplaceEvent.type == kind)


@pytest.mark.parametrize("round", ROUNDS)
def test_of_claims_at_the_same_moment_exactly_one_wins(app: Flask, cast: Cast, round: int) -> None:
    maya = entered(cast, round)
    results = race(app, [partial(ownership.claim, maya, actor=a, source_method="event") for a in rivals(cast)])
    (owner,) = current(maya)
    won = [r for r in results if isinstance(r, ClaimResult)]
    assert {r.claim_id for r in won} == {owner.id}
    assert [r.created for r in won].count(True) == 1
    assert sum(isinstance(r, CandidateProtected) for r in results) == THREADS // 2
    assert (count(OwnershipConflict), told("ownership.conflict_detected"), told("candidate.sourced")) == (1, 1, 1)


@pytest.mark.parametrize("round", ROUNDS)
@pytest.mark.parametrize(("before", "winners"), [(timedelta(microseconds=1), 0), (timedelta(0), 1)])
def test_at_the_instant_of_expiry_one_claim_supersedes_and_none_before(
    app: Flask, cast: Cast, round: int, before: timedelta, winners: int
) -> None:
    with simulated(DAY):
        maya = entered(cast, round)
        ownership.claim(maya, actor=cast.actor(cast.pia), source_method="event", recruiter_id=cast.rita.recruiter_id)
    omar = cast.actor(cast.omar)
    with simulated(DAY + YEAR - before):
        results = race(app, [partial(ownership.claim, maya, actor=omar, source_method="event")] * THREADS)
    assert sum(isinstance(r, ClaimResult) and r.created for r in results) == winners
    assert count(CandidateSourcer) == 1 + winners
    assert [c.recruiter_id for c in current(maya)] == [(cast.omar if winners else cast.rita).recruiter_id]


def test_a_first_outreach_and_a_claim_at_once_make_one_owner(app: Flask, cast: Cast) -> None:
    for round in ROUNDS:
        maya = entered(cast, round)
        rita, omar = cast.actor(cast.rita), cast.actor(cast.omar)
        commands: list[Command] = [partial(outreach.record_outreach, maya, actor=rita, input=PHONE)]
        commands += [partial(ownership.claim, maya, actor=omar, source_method="event")]
        results = race(app, commands)
        assert len(current(maya)) == 1
        assert sum(isinstance(r, CandidateProtected) for r in results) == 1


def test_the_limit_of_a_day_holds_for_outreach_at_once_to_many(app: Flask, cast: Cast) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(outreach_per_day=3))
    people = [entered(cast, number) for number in range(THREADS)]
    rita = cast.actor(cast.rita)
    results = race(app, [partial(outreach.record_outreach, one, actor=rita, input=PHONE) for one in people])
    assert sum(isinstance(r, TooMany) for r in results) == THREADS - 3
    assert (count(CandidateOutreach), count(CandidateSourcer)) == (3, 3)


def test_the_limit_of_a_week_holds_for_outreach_at_once_to_one(app: Flask, cast: Cast) -> None:
    maya, rita = entered(cast, 1), cast.actor(cast.rita)
    results = race(app, [partial(outreach.record_outreach, maya, actor=rita, input=PHONE)] * THREADS)
    assert sum(isinstance(r, TooMany) for r in results) == THREADS - 3
    assert count(CandidateOutreach) == 3


def test_the_limit_of_checks_holds_at_once(app: Flask, cast: Cast) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(checks_per_hour=3))
    typed, omar = CheckInput(email="nobody@example.com"), cast.actor(cast.omar)
    results = race(app, [partial(candidates.check, actor=omar, input=typed)] * THREADS)
    assert sum(isinstance(r, TooMany) for r in results) == THREADS - 3


def test_one_person_entered_by_many_at_once_is_one_candidate(app: Flask, cast: Cast) -> None:
    for round in ROUNDS:
        spellings = [f"m.a.y.a{round}@gmail.com", f"maya{round}+x@googlemail.com"] * (THREADS // 2)
        inputs = [CandidateInput(full_name="Maya", email=email) for email in spellings]
        commands = [partial(candidates.add, actor=a, input=i) for a, i in zip(rivals(cast), inputs, strict=True)]
        results = race(app, commands)
        assert sum(isinstance(r, uuid.UUID) for r in results) == 1
        assert sum(isinstance(r, Conflict) for r in results) == THREADS - 1
    assert count(Candidate) == len(ROUNDS)


def test_one_file_imported_by_many_at_once_adds_each_once(app: Flask, cast: Cast) -> None:
    lines = [f"P {n},p{n}@example.com\n" for n in range(50)]
    files = ["name,email\n" + "".join(order) for order in (lines, lines[::-1])] * (THREADS // 2)
    commands = [
        partial(imports.apply, actor=a, text=text, claim=True, source_method="database")
        for a, text in zip(rivals(cast), files, strict=True)
    ]
    results = race(app, commands)
    assert refusals(results) == []
    assert (count(Candidate), count(CandidateSourcer), told("candidate.sourced")) == (50, 50, 50)


def test_two_runs_of_the_warnings_warn_once(app: Flask, cast: Cast) -> None:
    with simulated(DAY):
        for number in range(20):
            ownership.claim(entered(cast, number), actor=cast.actor(cast.rita), source_method="event")
    at: datetime = DAY + YEAR - timedelta(days=20)
    with simulated(at):
        results = race(app, [partial(ownership.warn_expiring, actor=system_actor(at))] * THREADS)
    assert sum(r for r in results if isinstance(r, int)) == 20
    assert told("ownership.expiring") == 20
