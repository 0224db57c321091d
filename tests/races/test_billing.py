"""Money under pressure (money.md §3, §4): several people act at the same moment, and the books still agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import PortalError
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import CreditNote, DocumentCounter, Fee, Invoice, PayoutRunItem, Receipt
from portal.runtime.clock import simulated
from portal.services.billing import invoices, lifecycle, numbers, payments, receipts, runs, verification
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.placements import corrections, placements
from portal.services.placements.corrections import Right
from tests import hires, money
from tests.cast import DAY, Cast
from tests.hires import TODAY, day
from tests.money import balance, invoice_of, job_on, paid, payouts, started
from tests.racing import held, race, refusals

ON_PAY = {"payout_schedule": "when_paid"}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def numbers_of(model: type) -> list[str]:
    with Session(db.engine) as session:
        return sorted(session.scalars(select(model.number)))


def test_two_runs_collect_each_payout_once(app: Flask, cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    pia = cast.actor(cast.pia)
    results = race(app, [partial(runs.collect, actor=pia, currency="USD")] * 4)
    assert [error.code for error in refusals(results)] == ["NOTHING_DUE"] * 3
    with Session(db.engine) as session:
        assert len(session.scalars(select(PayoutRunItem.payout_id)).all()) == 4


def test_a_run_that_is_paid_by_all_at_once_is_paid_once(app: Flask, cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    pia = cast.actor(cast.pia)
    run_id = runs.collect(actor=pia, currency="USD")
    runs.approve(run_id, actor=pia)
    results = race(app, [partial(payments.pay, run_id, actor=pia, reference="x")] * 6)
    assert [error.code for error in refusals(results)] == ["WRONG_STATE"] * 5
    assert (balance("cash"), balance("payable")) == (0, 0)
    assert verification.verify().ok


def test_a_run_approved_while_a_fee_is_booked_is_paid_or_cancelled_as_a_whole(app: Flask, cast: Cast) -> None:
    """A booking that had read its payouts before the approval would set them back to due."""
    placement_id = started(cast, **ON_PAY, remedy="pro_rata")
    paid(cast, placement_id)
    pia, carl = cast.actor(cast.pia), cast.actor(cast.carl)
    run_id = runs.collect(actor=pia, currency="USD")
    approve = partial(runs.approve, run_id, actor=pia)
    fail = partial(placements.fail, placement_id, actor=carl, reason="candidate_quit")
    lock = select(Fee.id).where(Fee.id == placement_id).with_for_update()
    with simulated(DAY + timedelta(days=40)), held(app, lock, approve, fail) as waiting:
        pass
    blocked = refusals([future.result() for future in waiting])
    assert [error.code for error in blocked] in ([], ["RUN_BLOCKED"])
    assert {state for *_, state in payouts(placement_id)} == ({"due"} if blocked else {"approved"})
    with pytest.raises(PortalError):
        payments.pay(run_id, actor=pia, reference="x")
    runs.cancel(run_id, actor=pia)
    assert {state for *_, state in payouts(placement_id)} == {"due"}
    assert verification.verify().ok


def test_the_same_receipt_sent_by_all_at_once_counts_once(app: Flask, cast: Cast) -> None:
    row, pia = invoice_of(started(cast, **ON_PAY)), cast.actor(cast.pia)
    said = {"amount_minor": row.total_minor, "received_on": TODAY, "reference": "wire"}
    results = race(app, [partial(receipts.record, row.id, actor=pia, **said)] * 6)
    assert [error.code for error in refusals(results)] == ["SAME_RECEIPT"] * 5
    with Session(db.engine) as session:
        assert len(session.scalars(select(Receipt)).all()) == 1
    assert verification.verify().ok


def test_a_receipt_against_the_credit_note_of_a_failure_leaves_right_books(app: Flask, cast: Cast) -> None:
    placement_id = started(cast, remedy="pro_rata", platform_bp=500)
    row, pia, carl = invoice_of(placement_id), cast.actor(cast.pia), cast.actor(cast.carl)
    with simulated(DAY + timedelta(days=40)):
        pay = partial(receipts.record, row.id, actor=pia, amount_minor=2_500_000, received_on=day(40), reference="wire")
        fail = partial(placements.fail, placement_id, actor=carl, reason="candidate_quit")
        assert refusals(race(app, [pay, fail])) == []
    assert (balance("receivable"), balance("refundable"), balance("cash")) == (0, 1_388_889, 2_500_000)
    assert {state for *_, state in payouts(placement_id)} == {"due"}
    assert verification.verify().ok


def test_a_release_against_a_failure_pays_nobody_what_goes_back(app: Flask, cast: Cast) -> None:
    terms = {"payout_schedule": "instalments", "instalments": [[4_000, 0], [6_000, 40]], "remedy": "full_refund"}
    placement_id = started(cast, **terms)
    paid(cast, placement_id)
    with simulated(DAY + timedelta(days=40)):
        release = partial(lifecycle.release_due, actor=system_actor(DAY))
        fail = partial(placements.fail, placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
        assert refusals(race(app, [release, fail])) == []
    assert (balance("payable"), balance("held"), balance("refundable")) == (0, 0, 2_500_000)
    assert verification.verify().ok


def test_a_failure_against_the_completion_has_one_winner_in_the_books(app: Flask, cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    paid(cast, placement_id)
    with simulated(DAY + timedelta(days=90)):
        complete = partial(placements.complete, placement_id, actor=cast.actor(cast.carl))
        fail = partial(placements.fail, placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
        assert len(refusals(race(app, [complete, fail]))) == 1
    completed = hires.placement(placement_id).state == "completed"
    assert balance("payable") == (2_500_000 if completed else 0)
    assert balance("refundable") == (0 if completed else 2_500_000)
    assert verification.verify().ok


def test_a_correction_against_the_activation_leaves_one_fee_in_the_books(app: Flask, cast: Cast) -> None:
    money.ready(cast)
    placement_id, carl = hires.hired(cast, job_id=job_on(cast)), cast.actor(cast.carl)
    right = Right(salary_minor=10_000_000)  # a fee of $20,000, at once before the activation, by consent after it
    correct = partial(corrections.correct, placement_id, actor=carl, right=right, reason="A typing error")
    activate = partial(placements.activate, placement_id, actor=carl, start_date=TODAY)
    assert refusals(race(app, [correct, activate])) == []
    row = hires.placement(placement_id)
    assert (row.state, row.fee_minor in {2_000_000, 2_500_000}) == ("active", True)
    assert (balance("held"), balance("receivable")) == (row.fee_minor, row.fee_minor)
    assert verification.verify().ok


def test_invoices_issued_at_once_have_numbers_without_gap_or_twin(app: Flask, cast: Cast) -> None:
    made = [hires.hired(cast, job_id=job_on(cast), name=f"Ada {name}") for name in ("One", "Two", "Three", "Four")]
    money.ready(cast)
    carl = cast.actor(cast.carl)
    results = race(app, [partial(placements.activate, key, actor=carl, start_date=TODAY) for key in made])
    assert refusals(results) == []
    assert numbers_of(Invoice) == [f"INV-2026-0000{n}" for n in range(1, 5)]
    assert numbers_of(CreditNote) == []


def test_a_rollback_gives_its_number_back(app: Flask, cast: Cast) -> None:
    pia = cast.actor(cast.pia)

    def take(*, fails: bool) -> str:
        with unit_of_work(pia) as uow:
            (taken,) = numbers.allocate(uow, "INV", TODAY, 1)
            if fails:
                raise PortalError("thrown away")
        return taken

    results = race(app, [partial(take, fails=n % 2 == 0) for n in range(8)])
    assert sorted(result for result in results if isinstance(result, str)) == [f"INV-2026-0000{n}" for n in range(1, 5)]
    with Session(db.engine) as session:
        assert session.get_one(DocumentCounter, ("INV", 2026)).last == 4


def test_everybody_waives_an_obligation_once(app: Flask, cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    money.left(cast, placement_id, 40)
    results = race(app, [partial(lifecycle.waive, placement_id, actor=cast.actor(cast.carl))] * 4)
    assert [error.code for error in refusals(results)] == ["NO_OBLIGATION"] * 3
    assert balance("payable") == 2_500_000


def test_a_payment_announced_while_it_is_recorded_changes_nothing(app: Flask, cast: Cast) -> None:
    row = invoice_of(started(cast))
    announce = partial(invoices.announce, row.id, actor=cast.actor(cast.carl), paid_on=TODAY, reference="x")
    record = partial(
        receipts.record, row.id, actor=cast.actor(cast.pia), amount_minor=100, received_on=TODAY, reference="x"
    )
    assert refusals(race(app, [announce, record])) == []
    assert balance("receivable") == 2_499_900
