"""Races over placements: eight threads at a barrier, and the rules hold every time (domain.md §4, §5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Collaborator, GuaranteeExtension, MarketplaceEvent, PlacementStateChange, SplitSheet
from portal.runtime.clock import simulated
from portal.services.placements import amendments, collaboration, guarantees, placements, replacements
from tests import hires
from tests.cast import DAY, Cast
from tests.hires import REASON, SALARY, TODAY, accepted, active, hired, recruiters
from tests.marketplace import posted
from tests.racing import race, refusals

THREADS = 8
ROUNDS = range(3)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def count(model: type, placement_id: uuid.UUID, *conditions: object) -> int:
    query = select(func.count()).select_from(model).where(model.placement_id == placement_id, *conditions)  # type: ignore[attr-defined]
    with Session(db.engine) as session:
        return session.scalars(query).one()


@pytest.mark.parametrize("_round", ROUNDS)
def test_eight_additions_at_once_do_not_pass_100_percent(app: Flask, cast: Cast, _round: int) -> None:
    placement_id, actor = hired(cast), cast.actor(cast.rita)  # 30 % is left: room for three of 8 %
    join = partial(collaboration.add, placement_id, actor=actor, role="support", split_bp=800)
    results = race(app, [partial(join, recruiter_id=who.recruiter_id) for who in recruiters(cast, THREADS)])
    assert [error.code for error in refusals(results)] == ["SPLITS_OVER_100"] * 5
    assert sum(bp for *_, bp, _ in hires.team(placement_id)) == hires.placement(placement_id).allocated_bp == 9_400
    assert sum(amount for *_, amount in hires.team(placement_id)) == 2_350_000
    assert count(SplitSheet, placement_id) == 4


@pytest.mark.parametrize("_round", ROUNDS)
def test_eight_edits_of_different_rows_do_not_pass_100_percent(app: Flask, cast: Cast, _round: int) -> None:
    placement_id, actor = hired(cast), cast.actor(cast.rita)
    people = recruiters(cast, THREADS)
    for who in people:
        collaboration.add(placement_id, actor=actor, recruiter_id=who.recruiter_id, role="support", split_bp=100)
    edit = partial(collaboration.change, placement_id, actor=actor, split_bp=1_200)
    results = race(app, [partial(edit, who.recruiter_id) for who in people])
    assert len(refusals(results)) == 6  # 22 % is left, each edit takes 11 % of it
    assert hires.placement(placement_id).allocated_bp == 10_000


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_double_activation_locks_once(app: Flask, cast: Cast, _round: int) -> None:
    placement_id, actor = hired(cast), cast.actor(cast.carl)
    results = race(app, [lambda: placements.activate(placement_id, actor=actor, start_date=TODAY)] * THREADS)
    assert [error.code for error in refusals(results)] == ["WRONG_STATE"] * 7
    assert count(PlacementStateChange, placement_id) == 2
    assert count(SplitSheet, placement_id) == 2
    assert hires.types(placement_id).count("placement.activated") == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_edit_against_the_lock_leaves_a_sheet_of_100_percent(app: Flask, cast: Cast, _round: int) -> None:
    placement_id, lead = hired(cast), cast.actor(cast.rita)
    join = partial(collaboration.add, placement_id, actor=lead, role="closer", split_bp=200)
    edits = [partial(join, recruiter_id=who.recruiter_id) for who in recruiters(cast, THREADS - 1)]
    admin = cast.actor(cast.carl)
    results = race(app, [*edits, lambda: placements.activate(placement_id, actor=admin, start_date=TODAY)])
    assert {error.code for error in refusals(results)} <= {"SPLITS_LOCKED"}
    assert hires.placement(placement_id).allocated_bp == 10_000
    assert sum(amount for *_, amount in hires.team(placement_id)) == 2_500_000
    assert count(Collaborator, placement_id) == 2 + 7 - len(refusals(results))


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_extension_against_the_completion_has_one_winner(app: Flask, cast: Cast, _round: int) -> None:
    placement_id, actor = active(cast, days=10), cast.actor(cast.carl)
    with simulated(DAY + timedelta(days=10)):
        extend = partial(guarantees.extend, placement_id, actor=actor, additional_days=5, reason=REASON)
        complete = partial(placements.complete, placement_id, actor=actor)
        results = race(app, [extend, complete] * (THREADS // 2))
    row = hires.placement(placement_id)
    extended = count(GuaranteeExtension, placement_id)
    if row.state == "completed":
        assert (extended, len(refusals(results))) == (0, 7)
    else:
        assert (row.state, extended, row.guarantee_days) == ("active", 2, 20)
        assert {error.code for error in refusals(results)} == {"NO_MORE_EXTENSIONS", "GUARANTEE_RUNNING"}


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_failure_against_the_completion_by_itself_has_one_winner(app: Flask, cast: Cast, _round: int) -> None:
    hires.move_company(cast, "Pacific/Kiritimati")
    placement_id, actor = active(cast, days=10), cast.actor(cast.carl)
    over = DAY.replace(hour=10) + timedelta(days=10)
    with simulated(over):
        finish = partial(guarantees.complete_due, actor=system_actor(over))
        fail = partial(placements.fail, placement_id, actor=actor, reason="mutual")
        results = race(app, [finish, fail] * (THREADS // 2))
    assert count(PlacementStateChange, placement_id) == 3
    state = hires.placement(placement_id).state
    done = sum(result for result in results if isinstance(result, int))
    assert (state, done) in {("completed", 1), ("failed", 0)}


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_proposal_leads_to_one_hire(app: Flask, cast: Cast, _round: int) -> None:
    proposal_id, actor = accepted(cast), cast.actor(cast.carl)
    results = race(app, [lambda: placements.hire(proposal_id, actor=actor, salary_minor=SALARY)] * THREADS)
    assert [error.code for error in refusals(results)] == ["ALREADY_HIRED"] * 7
    (placement_id,) = {result for result in results if isinstance(result, uuid.UUID)}
    assert hires.types(placement_id).count("placement.hired") == 1


def test_several_completion_jobs_complete_each_placement_once(app: Flask, cast: Cast) -> None:
    ids = [active(cast, days=1) for _ in range(12)]
    at = DAY + timedelta(days=7)  # a day of guarantee, five of grace
    with simulated(at):
        results = race(app, [lambda: guarantees.complete_due(actor=system_actor(at))] * THREADS)
    assert sum(result for result in results if isinstance(result, int)) == 12
    with Session(db.engine) as session:
        told = session.scalars(
            select(MarketplaceEvent.placement_id).where(MarketplaceEvent.type == "placement.completed")
        ).all()
    assert sorted(told) == sorted(ids)


def test_several_notice_jobs_tell_each_placement_once(app: Flask, cast: Cast) -> None:
    ids = [active(cast, days=5) for _ in range(12)]
    results = race(app, [lambda: guarantees.give_notices(actor=system_actor(DAY))] * THREADS)
    assert sum(result for result in results if isinstance(result, int)) == 12
    assert all(hires.types(key).count("guarantee.expiring") == 1 for key in ids)


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_failed_placement_is_replaced_by_one(app: Flask, cast: Cast, _round: int) -> None:
    job_id = posted(cast)
    first = hires.failed(cast, job_id=job_id)
    with simulated(DAY + timedelta(days=11)):
        others = [hired(cast, job_id=job_id) for _ in range(THREADS)]
        actor = cast.actor(cast.carl)
        results = race(
            app,
            [partial(replacements.link, first, actor=actor, replacement_id=other) for other in others],
        )
    assert [error.code for error in refusals(results)] == ["ALREADY_REPLACED"] * 7
    assert sum(hires.placement(key).replaces_id == first for key in others) == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_agreement_against_the_withdrawal_has_one_winner(app: Flask, cast: Cast, _round: int) -> None:
    placement_id = hired(cast)
    hires.share(cast, placement_id, cast.omar, "closer", 3_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    rita, omar = cast.rita.recruiter_id, cast.omar.recruiter_id
    assert rita is not None
    assert omar is not None
    wanted = [("sourcer", rita, 3_500), ("submitter", rita, 3_000), ("closer", omar, 3_500)]
    lines = [amendments.Agreed(who, role, bp) for role, who, bp in wanted]
    proposed = amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=lines, reason=REASON)
    mine, theirs = cast.actor(cast.rita), cast.actor(cast.omar)
    agree = partial(amendments.answer, proposed.id, actor=theirs, agreed=True)
    withdraw = partial(amendments.withdraw, proposed.id, actor=mine)
    results = race(app, [agree, withdraw] * (THREADS // 2))
    assert len(refusals(results)) == 7
    assert all(isinstance(error, Conflict) for error in refusals(results))
    in_force = count(SplitSheet, placement_id) == 4
    assert next(bp for _, _, bp, _ in hires.team(placement_id)) == (3_500 if in_force else 4_000)
