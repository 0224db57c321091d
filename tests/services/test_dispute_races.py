"""Races about a case: one of two wins, the other is refused, and money is never both paid and frozen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Dispute, DisputeRuling, Fee, MarketplaceEvent, Payout, PayoutRun, PayoutRunItem, Proposal
from portal.runtime.clock import simulated
from portal.services.billing import runs
from portal.services.disputes import appeals, cases, clocks, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput
from tests.cast import DAY, Cast, Person
from tests.money import paid, started
from tests.racing import held, killed, race, refusals

SAID = "My share does not match what I did for this hire."


@pytest.fixture(autouse=True)
def _on_the_day(context: None) -> Iterator[None]:
    """Let all of it happen on a Tuesday."""
    with simulated(DAY):
        yield


def opening(cast: Cast, who: Person, placement_id: uuid.UUID) -> Callable[[], uuid.UUID]:
    """Return what opens a case about the splits."""
    typed = CaseInput(
        subject="placement", subject_id=placement_id, reason="share_too_low", statement=SAID, asks="A fifth more."
    )
    actor = cast.actor(who)
    return lambda: cases.open_case(actor=actor, input=typed)


def ruling(cast: Cast, dispute_id: uuid.UUID) -> Callable[[], uuid.UUID]:
    actor, typed = cast.actor(cast.pia), RulingInput(effect="keep", reason="The sheet was agreed.")
    return lambda: rulings.rule(dispute_id, actor=actor, input=typed)


def steps(dispute_id: uuid.UUID) -> list[str]:
    """Read what the log tells of a case, in its order."""
    query = select(MarketplaceEvent.type).where(MarketplaceEvent.payload["dispute_id"].astext == str(dispute_id))
    with Session(db.engine) as session:
        return [kind.removeprefix("dispute.") for kind in session.scalars(query.order_by(MarketplaceEvent.id))]


def under_review(cast: Cast, placement_id: uuid.UUID) -> uuid.UUID:
    dispute_id = opening(cast, cast.omar, placement_id)()
    cases.answer(dispute_id, actor=cast.actor(cast.rita), statement=SAID)
    return dispute_id


def test_a_ruling_and_a_withdrawal_at_once_leave_one_of_them(cast: Cast) -> None:
    dispute_id = under_review(cast, started(cast))
    cases.withdraw(dispute_id, actor=cast.actor(cast.omar))
    rita = cast.actor(cast.rita)
    results = race(cast.app, [ruling(cast, dispute_id), lambda: cases.withdraw(dispute_id, actor=rita)])
    assert len(refusals(results)) == 1
    with Session(db.engine) as session:
        ruled = session.scalars(select(DisputeRuling.number)).all()
        assert session.scalars(select(Dispute.state)).one() == ("dismissed" if ruled else "withdrawn")


def test_two_rulings_at_once_are_one(cast: Cast) -> None:
    dispute_id = under_review(cast, started(cast))
    results = race(cast.app, [ruling(cast, dispute_id)] * 2)
    assert [refusal.code for refusal in refusals(results)] == ["WRONG_STATE"]


def test_a_freeze_and_a_payout_run_at_once_pay_nothing_that_is_frozen(cast: Cast) -> None:
    placement_id = started(cast, payout_schedule="when_paid")
    paid(cast, placement_id)
    pia = cast.actor(cast.pia)
    collect = partial(runs.collect, actor=pia, currency="USD")
    race(cast.app, [opening(cast, cast.omar, placement_id), collect])
    with Session(db.engine) as session:
        run_id = session.scalar(select(PayoutRunItem.run_id).limit(1))
        assert all(session.scalars(select(Payout.is_frozen).where(Payout.recruiter_id.is_not(None))))
    if run_id is not None:
        (refusal,) = race(cast.app, [lambda: runs.approve(run_id, actor=pia)])
        assert getattr(refusal, "code", "") == "RUN_BLOCKED"


@pytest.mark.parametrize("effect", ["cancel", "release"])
def test_a_ruling_that_takes_effect_and_a_payout_run_at_once_pay_only_what_was_released(
    cast: Cast, effect: str
) -> None:
    paid(cast, started(cast, payout_schedule="when_paid"))
    with Session(db.engine) as session:
        payout_id = session.scalars(select(Payout.id).where(Payout.role == "closer")).one()
    typed = CaseInput(
        subject="payout", subject_id=payout_id, reason="wrong_amount", statement=SAID, asks="The right sum."
    )
    dispute_id = cases.open_case(actor=cast.actor(cast.omar), input=typed)
    carl, omar, pia = (cast.actor(person) for person in (cast.carl, cast.omar, cast.pia))
    cases.answer(dispute_id, actor=carl, statement=SAID)
    rulings.rule(dispute_id, actor=pia, input=RulingInput(effect=effect, reason="So the terms say."))
    appeals.waive(dispute_id, actor=omar)
    accept, collect = partial(appeals.waive, dispute_id, actor=carl), partial(runs.collect, actor=pia, currency="USD")
    assert refusals(race(cast.app, [accept, collect])) == []
    with Session(db.engine) as session:
        found = session.get_one(Payout, payout_id)
        run_id = session.scalars(select(PayoutRun.id)).one()
    assert (found.state, found.is_frozen) == ("cancelled" if effect == "cancel" else "due", False)
    runs.approve(run_id, actor=pia)
    runs_paid = select(PayoutRunItem.payout_id).where(PayoutRunItem.payout_id == payout_id)
    with Session(db.engine) as session:
        collected = session.scalar(runs_paid) is not None
        state = session.get_one(Payout, payout_id).state
    assert state == ("cancelled" if effect == "cancel" else "approved" if collected else "due")


@pytest.mark.parametrize(
    ("step", "booked", "ends"), [("approve", {"is_frozen": True}, "RUN_BLOCKED"), ("cancel", {}, None)]
)
def test_a_run_waits_for_a_booking_on_what_it_pays_of(
    cast: Cast, step: str, booked: dict[str, object], ends: str | None
) -> None:
    placement_id = started(cast, payout_schedule="when_paid")
    paid(cast, placement_id)
    pia = cast.actor(cast.pia)
    run_id = runs.collect(actor=pia, currency="USD")
    booking = update(Fee).where(Fee.id == placement_id).values(version=Fee.version + 1, **booked)
    with held(cast.app, booking, lambda: getattr(runs, step)(run_id, actor=pia)) as (waiting,):
        assert getattr(waiting.result(20), "code", None) == ends


def test_a_freeze_that_comes_as_another_ends_holds(cast: Cast) -> None:
    placement_id = started(cast)
    with Session(db.engine) as session:
        proposal_id = session.scalars(select(Proposal.id)).one()
    typed = CaseInput(
        subject="proposal", subject_id=proposal_id, reason="known_before", statement=SAID, asks="Void the proposal."
    )
    carl = cast.actor(cast.carl)
    known = cases.open_case(actor=carl, input=typed)
    results = race(cast.app, [opening(cast, cast.omar, placement_id), lambda: cases.withdraw(known, actor=carl)])
    assert refusals(results) == []
    with Session(db.engine) as session:
        assert all(session.scalars(select(Payout.is_frozen).where(Payout.recruiter_id.is_not(None))))


def test_a_worker_that_is_killed_in_any_step_loses_no_clock_and_tells_nothing_twice(cast: Cast) -> None:
    dispute_id = opening(cast, cast.omar, started(cast))()
    for days, step in ((7, None), (9, None), (24, None), (24, ruling(cast, dispute_id)), (40, None)):
        at = DAY + timedelta(days=days)
        with simulated(at):
            clock = partial(clocks.run, actor=system_actor(at))
            if step is None:
                killed(cast.app, "network.marketplace_events", clock)
            else:
                step()
            for _ in range(2):  # the next worker, and one more
                clock()
    assert steps(dispute_id) == [
        "opened",
        "due_soon",
        "clock_missed",
        "review_started",
        "clock_missed",
        "dismissed",
        "released",
    ]
