"""What the books refuse, and the decisions about money that come rarely (money.md §3 to §5, §9)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.models import Clawback
from portal.runtime.clock import simulated
from portal.services.billing import invoices, limits, payments, receipts, runs
from portal.services.placements import guarantees
from tests import hires, money
from tests.cast import DAY, Cast
from tests.hires import TODAY, day
from tests.money import begun, invoice_of, job_on, left, paid, started

ON_PAY = {"payout_schedule": "when_paid"}
NOBODY = uuid.UUID(int=7)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def forget_the_books() -> None:
    """Leave the placements as those that are older than the books."""
    with Session(db.engine) as session, session.begin():
        for table in ("payouts", "fee_placements", "fees"):
            session.connection().exec_driver_sql(f"DELETE FROM billing.{table}")


def approved(cast: Cast) -> uuid.UUID:
    run_id = runs.collect(actor=cast.actor(cast.pia), currency="USD")
    runs.approve(run_id, actor=cast.actor(cast.pia))
    return run_id


# --- placements older than the books ----------------------------------------------------------------------------------


def test_a_placement_older_than_the_books_is_invoiced_once(cast: Cast) -> None:
    placement_id = hires.active(cast)
    forget_the_books()
    money.ready(cast)
    invoices.adopt(placement_id, actor=cast.actor(cast.pia))
    assert invoice_of(placement_id).total_minor == 2_500_000
    with pytest.raises(Conflict) as again:
        invoices.adopt(placement_id, actor=cast.actor(cast.pia))
    assert again.value.code == "HAS_BOOKS"


def test_a_completed_one_is_due_when_it_is_paid(cast: Cast) -> None:
    placement_id = hires.active(cast)
    forget_the_books()
    money.ready(cast)
    with simulated(DAY + timedelta(days=100)):
        assert guarantees.complete_due(actor=system_actor(DAY)) == 1
        invoices.adopt(placement_id, actor=cast.actor(cast.pia))
        paid(cast, placement_id, on=day(100))
    assert {state for _, _, state in money.payouts(placement_id)} <= {"due", "paid"}


def test_nothing_is_invoiced_that_never_began_or_has_no_address(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    with pytest.raises(Conflict) as early:
        invoices.adopt(hires.hired(cast), actor=pia)
    placement_id = hires.active(cast)
    forget_the_books()
    with pytest.raises(Conflict) as nameless:
        invoices.adopt(placement_id, actor=pia)
    assert (early.value.code, nameless.value.code) == ("WRONG_STATE", "DETAILS_MISSING")


# --- what is said of invoices and receipts ----------------------------------------------------------------------------


def test_a_payment_is_announced_of_today_or_earlier_and_of_what_is_owed(cast: Cast) -> None:
    placement_id, carl = started(cast), cast.actor(cast.carl)
    row = invoice_of(placement_id)
    with pytest.raises(InvalidInput):
        invoices.announce(row.id, actor=carl, paid_on=day(1), reference="wire")
    paid(cast, placement_id)
    with pytest.raises(Conflict) as settled:
        invoices.announce(row.id, actor=carl, paid_on=TODAY, reference="wire")
    assert settled.value.code == "INVOICE_SETTLED"


@pytest.mark.parametrize(("zone", "last"), [("UTC", 0), ("Pacific/Auckland", 1), ("America/New_York", 0)])
def test_money_moves_on_a_day_that_has_come_for_the_person_or_the_platform(cast: Cast, zone: str, last: int) -> None:
    row = invoice_of(started(cast))
    with simulated(DAY.replace(hour=15)):  # in Auckland, tomorrow has begun
        carl, pia = (replace(cast.actor(who), time_zone=zone) for who in (cast.carl, cast.pia))
        with pytest.raises(InvalidInput, match="today or earlier"):
            invoices.announce(row.id, actor=carl, paid_on=day(last + 1), reference="wire")
        invoices.announce(row.id, actor=carl, paid_on=day(last), reference="wire")
        receipts.record(row.id, actor=pia, amount_minor=1, received_on=day(last), reference="wire")


@pytest.mark.parametrize("on", [date(1, 1, 1), date(26, 11, 24), day(-5 * 365 - 1)])
def test_money_did_not_move_in_a_year_that_is_mistyped(cast: Cast, on: date) -> None:
    row, pia = invoice_of(started(cast)), cast.actor(cast.pia)
    with pytest.raises(InvalidInput, match="Enter the date the payment arrived, 25 Nov 2021 or later"):
        receipts.record(row.id, actor=pia, amount_minor=1, received_on=on, reference="wire")
    with pytest.raises(InvalidInput, match="Enter the payment date, 25 Nov 2021 or later"):
        invoices.announce(row.id, actor=cast.actor(cast.carl), paid_on=on, reference="wire")
    receipts.record(row.id, actor=pia, amount_minor=1, received_on=day(-5 * 365), reference="wire")


def test_a_second_receipt_of_the_same_sum_is_recorded_when_it_is_meant(cast: Cast) -> None:
    placement_id, pia = started(cast), cast.actor(cast.pia)
    row = invoice_of(placement_id)
    paid(cast, placement_id, 1_000_000)
    said: dict[str, Any] = {"amount_minor": 1_000_000, "received_on": TODAY, "reference": "wire"}
    with pytest.raises(Conflict):
        receipts.record(row.id, actor=pia, **said)
    receipts.record(row.id, actor=pia, **said, confirmed=True)
    assert money.balance("receivable") == 500_000


UNKNOWN: tuple[Callable[[Actor], object], ...] = (
    lambda pia: receipts.reverse(NOBODY, actor=pia, reason="Returned"),
    lambda pia: runs.approve(NOBODY, actor=pia),
    lambda pia: runs.cancel(NOBODY, actor=pia),
    lambda pia: payments.returned(NOBODY, actor=pia, reason="Returned"),
    lambda pia: payments.repaid(NOBODY, actor=pia, amount_minor=1, received_on=TODAY, reference="wire"),
)


@pytest.mark.parametrize("decide", UNKNOWN, ids=["receipt", "approve", "cancel", "returned", "repaid"])
def test_what_there_is_not_is_not_found(cast: Cast, decide: Callable[[Actor], object]) -> None:
    with pytest.raises(NotFound):
        decide(cast.actor(cast.pia))


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_is_of_one_known_currency(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        runs.collect(actor=cast.actor(cast.pia), currency="XTS")


def test_who_collected_a_large_run_does_not_approve_it(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    limits.change(actor=pia, four_eyes_minor=100_000, small_difference_minor=1_000)
    paid(cast, started(cast, **ON_PAY))
    with pytest.raises(NotPermitted) as refused:
        approved(cast)
    assert refused.value.code == "FOUR_EYES"


def test_a_run_is_not_paid_of_a_receipt_that_the_bank_took_back(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    receipt_id = paid(cast, started(cast, **ON_PAY))
    run_id = approved(cast)
    receipts.reverse(receipt_id, actor=pia, reason="Recalled by the bank")
    with pytest.raises(Conflict) as refused:
        payments.pay(run_id, actor=pia, reference="SEPA 1")
    assert refused.value.code == "RUN_BLOCKED"
    page = cast.client(cast.pia).get(f"/admin/billing/runs/{run_id}").text
    assert "This run is blocked" in page
    assert "Mark as paid" not in page


def test_a_blocked_run_promises_nothing_to_anybody_whom_it_would_have_paid(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    first = started(cast, **ON_PAY)
    paid(cast, first)
    second = begun(cast, job_on(cast, **ON_PAY), name="Ben Two")
    receipt_id = paid(cast, second, reference="second")
    run_id = approved(cast)
    rita = cast.client(cast.rita)
    assert "Approved; the payment is on its way" in rita.get(f"/placements/{first}/money").text
    receipts.reverse(receipt_id, actor=pia, reason="Recalled by the bank")
    for page in (f"/placements/{first}/money", "/earnings"):
        told = rita.get(page).text
        assert "Another payout run, because amounts in the one that has it changed" in told
        assert "on its way" not in told
    assert "hasn’t paid invoice" in rita.get(f"/placements/{second}/money").text
    run = cast.client(cast.pia).get(f"/admin/billing/runs/{run_id}").text
    assert "Its payouts become due again as far as they still are" in run
    runs.cancel(run_id, actor=pia)
    assert "The payout run on" in rita.get(f"/placements/{first}/money").text


def test_a_repayment_is_of_today_or_earlier_and_of_no_more_than_is_open(cast: Cast) -> None:
    pia, placement_id = cast.actor(cast.pia), started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, placement_id)
    payments.pay(approved(cast), actor=pia, reference="SEPA 1")
    left(cast, placement_id, 10)
    with Session(db.engine) as session:
        row = session.scalars(select(Clawback)).first()
    assert row is not None
    for amount, on in ((row.amount_minor + 1, TODAY), (1, day(1))):
        with pytest.raises(InvalidInput):
            payments.repaid(row.id, actor=pia, amount_minor=amount, received_on=on, reference="wire")
