"""Replacements that are owed longer (money.md §9): by a later request, and by days that the company took away."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotPermitted
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.jobs import schedule
from portal.models import MarketplaceEvent, Obligation, Placement
from portal.runtime.clock import simulated
from portal.services import jobs, proposals_in_bulk
from portal.services.billing import lifecycle, obligations, verification
from portal.services.billing.obligations import waited
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.placements import placements, replacements
from tests import hires
from tests.accounts import signed_in_on
from tests.cast import DAY, Cast
from tests.hires import day
from tests.letters import relayed
from tests.letters import told as told_mails
from tests.marketplace import proposed
from tests.money import left, paid, payouts, started


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def owed(cast: Cast) -> uuid.UUID:
    """Return a placement that failed on day 10; its replacement is due on day 40."""
    placement_id = started(cast)
    paid(cast, placement_id)
    left(cast, placement_id, 10)
    return placement_id


def obligation(placement_id: uuid.UUID) -> Obligation:
    with Session(db.engine) as session:
        return session.scalars(select(Obligation).filter_by(placement_id=placement_id)).one()


def told(placement_id: uuid.UUID) -> list[tuple[str, int]]:
    with Session(db.engine) as session:
        query = select(MarketplaceEvent.payload).filter_by(type="obligation.prolonged", placement_id=placement_id)
        return [(said["because"], said["days"]) for said in session.scalars(query.order_by(MarketplaceEvent.id))]


def job_of(placement_id: uuid.UUID) -> uuid.UUID:
    with Session(db.engine) as session:
        return session.get_one(Placement, placement_id).job_id


def on(number: int) -> int:
    with simulated(DAY + timedelta(days=number)):
        return obligations.give_back_days(actor=system_actor(DAY))


def test_a_paused_job_gives_back_each_day_once(cast: Cast, owed: uuid.UUID) -> None:
    carl = cast.actor(cast.carl)
    with simulated(DAY + timedelta(days=11)):
        jobs.change_status(job_of(owed), actor=carl, status="paused")
    assert [on(number) for number in (12, 12, 13)] == [1, 0, 1]
    with simulated(DAY + timedelta(days=13)):
        jobs.change_status(job_of(owed), actor=carl, status="active")
    assert on(14) == 0
    assert (obligation(owed).due_on, obligation(owed).prolonged_days) == (day(42), 2)
    assert told(owed) == [("lost_days", 1), ("lost_days", 1)]


def test_a_proposal_that_timed_out_gives_back_the_days_that_it_waited(cast: Cast, owed: uuid.UUID) -> None:
    with simulated(DAY + timedelta(days=11)):
        proposed(cast, job_id=job_of(owed))
        proposed(cast, cast.omar, job_id=job_of(owed), name="Ben Two")
    assert on(17) == 0
    with simulated(DAY + timedelta(days=18, hours=1)):
        proposals_in_bulk.expire_due(actor=system_actor(DAY))
    assert on(18) == 1
    assert on(19) == 0
    assert obligation(owed).due_on == day(47)  # both waited the same seven days


def test_what_the_company_took_away_is_given_back_before_the_deadline_is_looked_at(cast: Cast, owed: uuid.UUID) -> None:
    with simulated(DAY + timedelta(days=12)):
        jobs.change_status(job_of(owed), actor=cast.actor(cast.carl), status="paused")
    with simulated(DAY + timedelta(days=41)):
        schedule.BY_NAME["expire_obligations"].do()
        jobs.change_status(job_of(owed), actor=cast.actor(cast.carl), status="active")
    assert (obligation(owed).state, obligation(owed).due_on) == ("open", day(41))
    with simulated(DAY + timedelta(days=42)):
        lifecycle.expire_obligations(actor=system_actor(DAY))
    assert obligation(owed).state == "refunded"


def test_a_day_that_a_round_could_not_give_back_counts_before_the_refund(cast: Cast, owed: uuid.UUID) -> None:
    with simulated(DAY + timedelta(days=12)):
        jobs.change_status(job_of(owed), actor=cast.actor(cast.carl), status="paused")
    with simulated(DAY + timedelta(days=41)):
        assert lifecycle.expire_obligations(actor=system_actor(DAY)) == 0
    assert (obligation(owed).state, obligation(owed).due_on) == ("open", day(41))


def test_a_request_prolongs_and_never_shortens(cast: Cast, owed: uuid.UUID) -> None:
    with simulated(DAY + timedelta(days=11)):
        replacements.request(owed, actor=cast.actor(cast.carl), deadline=day(20))
    assert obligation(owed).due_on == day(40)
    assert told(owed) == []


def test_a_later_deadline_of_the_company_holds(owed: uuid.UUID) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        obligations.prolong(uow, owed, day(45))
        obligations.prolong(uow, uuid.uuid4(), day(45))  # nothing is owed there
    assert obligation(owed).due_on == day(45)
    assert told(owed) == [("request", 5)]


def test_only_the_platform_gives_days_back(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        obligations.give_back_days(actor=cast.actor(cast.carl))


def test_the_page_says_that_the_deadline_was_moved_and_why(cast: Cast, owed: uuid.UUID) -> None:
    with simulated(DAY + timedelta(days=11)):
        jobs.change_status(job_of(owed), actor=cast.actor(cast.carl), status="paused")
    on(12)
    later = DAY + timedelta(days=12)
    with simulated(later):
        page = signed_in_on(cast, cast.rita, later).get(f"/placements/{owed}/money").text
    assert "A replacement is owed by 4 Jan 2027" in page
    assert "The deadline was extended by 1 day because" in page


def test_days_count_once_however_many_waited() -> None:
    assert waited([(date(2026, 1, 1), date(2026, 1, 3)), (date(2026, 1, 2), date(2026, 1, 4))]) == {
        date(2026, 1, 2),
        date(2026, 1, 3),
        date(2026, 1, 4),
    }
    assert waited([]) == set()


@pytest.mark.parametrize("same_team", [True, False])
def test_what_is_due_and_unpaid_moves_to_a_replacement_that_is_paid_at_once(cast: Cast, *, same_team: bool) -> None:
    first = started(cast, payout_schedule="when_paid")
    paid(cast, first)
    left(cast, first, 10)
    with simulated(DAY + timedelta(days=12)):
        second = hires.hired(cast, job_id=job_of(first), name="Ben Two")
        (third,) = hires.recruiters(cast, 1)
        if not same_team:
            hires.share(cast, second, third, "support", 1_000)
        replacements.link(first, actor=cast.actor(cast.carl), replacement_id=second)
        relayed()
        placements.activate(second, actor=cast.actor(cast.carl), start_date=day(12))
        new = [mail for mail in relayed() if mail[0].startswith("payout_") and "Ben Two" in mail[2]]
    moved = [sum(amount for _, amount, _ in payouts(one)) for one in (first, second)]
    assert moved == [0, 2_500_000]
    assert {state for _, amount, state in payouts(second) if amount} == {"due"}
    team = {"rita", "omar"} if same_team else {"rita"}  # the third was invited, and has not come yet
    assert ({who for _, who, _ in new}, {template for template, _, _ in new}) == (team, {"payout_due"})
    assert told_mails("payout_waiting") == []
    assert verification.verify().ok
