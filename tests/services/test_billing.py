"""Invoices, receipts, payouts and failures as the books have them (money.md §3 to §6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Clawback, CreditNote, Job, Obligation, Payout, PayoutRunLine, Receipt, Refund
from portal.queries.billing import documents
from portal.queries.billing import money as money_queries
from portal.runtime.clock import simulated
from portal.services.billing import invoices, lifecycle, payments, receipts, runs, terms, verification
from portal.services.placements import amendments, placements, replacements
from tests import hires, money
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.hires import TODAY, day
from tests.money import balance, begun, invoice_of, job_on, left, paid, payouts, started

TOUR = {"platform_bp": 500}
ON_PAY = {"payout_schedule": "when_paid"}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def rows(model: type, **values: object) -> list:
    with Session(db.engine) as session:
        return list(session.scalars(select(model).filter_by(**values).order_by(model.id)))


def run_of(cast: Cast, currency: str = "USD") -> uuid.UUID:
    return runs.collect(actor=cast.actor(cast.pia), currency=currency)


def pay_run(cast: Cast, run_id: uuid.UUID) -> None:
    pia = cast.actor(cast.pia)
    runs.approve(run_id, actor=pia)
    payments.pay(run_id, actor=pia, reference="SEPA 1")


# --- invoices -----------------------------------------------------------------------------------------------------


def test_the_activation_issues_the_invoice_and_holds_the_shares(cast: Cast) -> None:
    placement_id = started(cast, tax_bp=1_900, **TOUR)
    row = invoice_of(placement_id)
    assert (row.number, row.total_minor, row.due_on) == ("INV-2026-00001", 2_975_000, day(30))
    assert payouts(placement_id) == [
        (None, 125_000, "held"),
        ("sourcer", 950_000, "held"),
        ("submitter", 712_500, "held"),
        ("closer", 475_000, "held"),
        ("support", 237_500, "held"),
    ]
    assert (balance("receivable"), balance("held"), balance("tax")) == (2_975_000, 2_500_000, 475_000)


def test_the_invoice_waits_for_the_start_and_for_what_is_missing(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(3))
    system = system_actor(DAY)
    with simulated(DAY + timedelta(days=3)):
        assert invoices.issue_due(actor=system) == 0  # nobody has entered the details
        money.ready(cast)
        assert invoices.issue_due(actor=system) == 1
        assert invoices.issue_due(actor=system) == 0
    assert invoice_of(placement_id).issued_on == day(3)


def test_numbers_have_no_gaps_and_start_anew_each_year(cast: Cast) -> None:
    money.ready(cast)
    numbers = [invoice_of(begun(cast, job_on(cast), name=name)).number for name in ("Ada One", "Ben Two")]
    assert numbers == ["INV-2026-00001", "INV-2026-00002"]


def test_an_announced_payment_counts_for_nothing_yet(cast: Cast) -> None:
    placement_id = started(cast)
    invoices.announce(invoice_of(placement_id).id, actor=cast.actor(cast.carl), paid_on=TODAY, reference="wire 7")
    assert balance("receivable") == 2_500_000
    with pytest.raises(NotFound):
        row = invoice_of(placement_id)
        invoices.announce(row.id, actor=cast.actor(cast.zoe), paid_on=TODAY, reference="wire 7")


def test_reminders_go_out_once_a_step_and_the_first_late_one_is_overdue(cast: Cast) -> None:
    placement_id = started(cast)
    system = system_actor(DAY)
    for days in (22, 23, 23, 30, 37, 44, 60):
        with simulated(DAY + timedelta(days=days)):
            invoices.remind_due(actor=system)
    told = hires.types(placement_id)
    assert (told.count("invoice.reminded"), told.count("invoice.overdue")) == (4, 1)


def test_reminding_reads_no_invoice_that_is_paid_or_was_reminded(cast: Cast) -> None:
    money.ready(cast)
    placed = [begun(cast, job_on(cast), name=name) for name in ("Ada One", "Ben Two", "Cleo Three")]
    paid(cast, placed[0], invoice_of(placed[0]).total_minor)
    system = system_actor(DAY)
    with simulated(DAY + timedelta(days=30)):
        assert invoices.remind_due(actor=system) == 2
        with statements() as seen:
            assert invoices.remind_due(actor=system) == 0
    assert len(seen) <= 3, seen  # the time, the settings, the invoices


# --- receipts -----------------------------------------------------------------------------------------------------


def test_two_receipts_settle_the_invoice_and_release_what_is_to_be_paid_when_paid(cast: Cast) -> None:
    placement_id = started(cast, **TOUR, **ON_PAY)
    paid(cast, placement_id, 1_000_000)
    assert {state for *_, state in payouts(placement_id)} == {"held"}
    paid(cast, placement_id, 1_500_000, reference="second")
    assert {state for *_, state in payouts(placement_id)} == {"due"}
    assert balance("payable", cast.rita.recruiter_id) == 1_662_500
    assert balance("platform_fees") == 125_000
    assert hires.types(placement_id).count("payout.due") == 2


def test_what_is_over_is_applied_to_the_next_invoice(cast: Cast) -> None:
    first = started(cast)
    paid(cast, first, 2_600_000)
    assert balance("refundable", cast.acme) == 100_000
    second = begun(cast, job_on(cast), name="Ben Two")
    assert balance("refundable", cast.acme) == 0
    assert balance("receivable", invoice_of(second).id) == 2_400_000


def test_the_same_receipt_twice_has_to_be_confirmed(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id, 100)
    with pytest.raises(Conflict) as refused:
        paid(cast, placement_id, 100)
    assert refused.value.code == "SAME_RECEIPT"


def test_as_many_yen_as_cents_are_no_second_receipt(cast: Cast) -> None:
    paid(cast, started(cast), 100)
    job_id = job_on(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(update(Job).where(Job.id == job_id).values(currency="JPY"))
    in_yen = begun(cast, job_id, name="Ben Two")
    paid(cast, in_yen, 100)
    assert [receipt.currency for receipt in rows(Receipt, amount_minor=100)] == ["USD", "JPY"]


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"on": day(1)}, {"reference": " "}])
def test_a_receipt_needs_an_amount_a_day_and_a_reference(cast: Cast, wrong: dict) -> None:
    placement_id = started(cast)
    with pytest.raises(InvalidInput):
        paid(cast, placement_id, **wrong)


def test_only_the_platform_records_a_receipt(cast: Cast) -> None:
    row = invoice_of(started(cast))
    said = {"amount_minor": 1, "received_on": TODAY, "reference": "x"}
    for who in (cast.carl, cast.rita, cast.hana):
        with pytest.raises(NotPermitted):
            receipts.record(row.id, actor=cast.actor(who), **said)


def test_a_returned_receipt_lets_what_was_due_wait_again(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    receipt_id = paid(cast, placement_id)
    receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="No funds")
    assert {state for *_, state in payouts(placement_id)} == {"held"}
    assert (balance("receivable"), balance("cash"), balance("payable")) == (2_500_000, 0, 0)
    with pytest.raises(Conflict) as refused:
        receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="No funds")
    assert refused.value.code == "RECEIPT_REVERSED"


def test_a_returned_receipt_takes_its_credit_off_the_latest_invoice(cast: Cast) -> None:
    receipt_id = paid(cast, started(cast), 2_600_000)
    second = begun(cast, job_on(cast), name="Ben Two")
    receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="No funds")
    assert balance("receivable", invoice_of(second).id) == 2_500_000
    assert (balance("refundable"), balance("cash")) == (0, 0)


# --- runs ---------------------------------------------------------------------------------------------------------


def test_a_run_pays_each_recruiter_once(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    run_id = run_of(cast)
    assert sorted(line.net_minor for line in _lines(run_id)) == [750_000, 1_750_000]
    pay_run(cast, run_id)
    assert (balance("payable"), balance("cash")) == (0, 0)
    assert {state for role, _, state in payouts(placement_id) if role} == {"paid"}
    with pytest.raises(Conflict):
        payments.pay(run_id, actor=cast.actor(cast.pia), reference="again")
    with pytest.raises(Conflict) as refused:
        run_of(cast)
    assert refused.value.code == "NOTHING_DUE"


def _lines(run_id: uuid.UUID) -> list[PayoutRunLine]:
    with Session(db.engine) as session:
        return list(session.scalars(select(PayoutRunLine).where(PayoutRunLine.run_id == run_id)))


def test_a_cancelled_run_lets_its_payouts_be_collected_again(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    run_id = run_of(cast)
    runs.approve(run_id, actor=cast.actor(cast.pia))
    assert {state for role, _, state in payouts(placement_id) if role} == {"approved"}
    runs.cancel(run_id, actor=cast.actor(cast.pia))
    assert {state for role, _, state in payouts(placement_id) if role} == {"due"}
    pay_run(cast, run_of(cast))


def test_a_returned_receipt_blocks_a_run_until_it_is_cancelled(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    receipt_id = paid(cast, placement_id)
    run_id = run_of(cast)
    runs.approve(run_id, actor=cast.actor(cast.pia))
    receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="No funds")
    with pytest.raises(Conflict, match="Omar, Rita") as refused:
        payments.pay(run_id, actor=cast.actor(cast.pia), reference="x")
    assert refused.value.code == "RUN_BLOCKED"
    runs.cancel(run_id, actor=cast.actor(cast.pia))
    paid(cast, placement_id, reference="again")
    pay_run(cast, run_of(cast))


def test_what_the_bank_returns_is_due_again(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    payout = rows(Payout, role="sourcer")[0]
    payments.returned(payout.id, actor=cast.actor(cast.pia), reason="Account closed")
    assert [row for row in payouts(placement_id) if row[0] == "sourcer"] == [
        ("sourcer", 0, "reversed"),
        ("sourcer", 1_000_000, "due"),
    ]
    with pytest.raises(Conflict):
        payments.returned(payout.id, actor=cast.actor(cast.pia), reason="Account closed")
    pay_run(cast, run_of(cast))
    assert balance("cash") == 0


# --- failures -----------------------------------------------------------------------------------------------------


def test_pro_rata_on_day_40_gives_back_in_proportion_and_the_rest_is_due(cast: Cast) -> None:
    placement_id = started(cast, remedy="pro_rata", **TOUR)
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    refund, note = rows(Refund)[0], rows(CreditNote)[0]
    assert (refund.amount_minor, refund.owed_minor, note.number) == (1_388_889, 1_388_889, "CN-2027-00001")
    assert [amount for _, amount, _ in payouts(placement_id)] == [55_556, 422_222, 316_667, 211_111, 105_555]
    assert {state for *_, state in payouts(placement_id)} == {"due"}


def test_a_credit_note_above_what_is_open_is_owed_back_for_the_rest(cast: Cast) -> None:
    """Of 25,000, 20,000 came in; of the 13,888.89 of day 40 the open 5,000 are credited, and the rest is owed."""
    placement_id = started(cast, remedy="pro_rata", platform_bp=500)
    pia = cast.actor(cast.pia)
    terms.change(actor=pia, values={"platform_bp": 1_000})  # in between: the placement keeps what it was proposed under
    invoice = invoice_of(placement_id)
    receipts.record(invoice.id, actor=pia, amount_minor=2_000_000, received_on=TODAY, reference="most of it")
    left(cast, placement_id, 40)
    assert (balance("receivable"), balance("refundable"), balance("cash")) == (0, 888_889, 2_000_000)
    assert (balance("platform_fees"), balance("payable"), balance("held")) == (55_556, 1_055_555, 0)
    assert documents.invoice(invoice.id, viewer=pia).state == "paid"
    assert verification.verify().ok


def test_replacement_first_opens_an_obligation_whose_deadline_refunds_by_itself(cast: Cast) -> None:
    placement_id = started(cast, **TOUR)
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    assert [(row.state, row.due_on) for row in rows(Obligation)] == [("open", day(70))]
    system = system_actor(DAY)
    for days, ended in ((70, 0), (71, 1), (72, 0)):
        with simulated(DAY + timedelta(days=days)):
            assert lifecycle.expire_obligations(actor=system) == ended
    assert (balance("refundable", cast.acme), balance("held")) == (2_500_000, 0)
    assert [row.state for row in rows(Obligation)] == ["refunded"]


def test_the_company_waives_and_everything_is_due(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    lifecycle.waive(placement_id, actor=cast.actor(cast.carl))
    assert balance("payable") == 2_500_000
    with pytest.raises(Conflict):
        lifecycle.waive(placement_id, actor=cast.actor(cast.carl))


def test_the_submitter_gives_up_and_the_refund_follows(cast: Cast) -> None:
    placement_id = started(cast)
    left(cast, placement_id, 40)
    with pytest.raises(NotPermitted):
        lifecycle.give_up(placement_id, actor=cast.actor(cast.omar))
    lifecycle.give_up(placement_id, actor=cast.actor(cast.rita))
    assert (balance("receivable"), balance("refundable")) == (0, 0)


def test_a_paid_share_becomes_a_clawback_that_the_next_run_nets(cast: Cast) -> None:
    first = started(cast, remedy="pro_rata", **ON_PAY)
    paid(cast, first)
    pay_run(cast, run_of(cast))
    left(cast, first, 45)
    owed = rows(Clawback)
    assert sum(row.amount_minor for row in owed) == 1_250_000
    assert balance("clawback", cast.rita.recruiter_id) == 875_000
    with simulated(DAY + timedelta(days=50)):
        second = hires.hired(cast, job_id=job_on(cast, **ON_PAY), name="Ben Two")
        placements.activate(second, actor=cast.actor(cast.carl), start_date=day(50))
        # The credit of the refund pays half of the second invoice by itself.
        paid(cast, second, 1_250_000, on=day(50))
        run_id = run_of(cast)
        line = _lines(run_id)[0]
        assert (line.gross_minor, line.netted_minor, line.net_minor) == (2_500_000, 875_000, 1_625_000)
        pay_run(cast, run_id)
    assert balance("clawback", cast.rita.recruiter_id) == 0
    assert [row.recruiter_id for row in rows(Clawback) if row.settled_at is None] == [cast.omar.recruiter_id]


def test_a_clawback_is_repaid_and_no_more_than_is_open(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    left(cast, placement_id, 10)
    row = next(row for row in rows(Clawback) if row.recruiter_id == cast.omar.recruiter_id)
    said = {"received_on": TODAY, "reference": "wire", "actor": cast.actor(cast.pia)}
    payments.repaid(row.id, amount_minor=500_000, **said)
    with pytest.raises(InvalidInput):
        payments.repaid(row.id, amount_minor=250_001, **said)
    payments.repaid(row.id, amount_minor=250_000, **said)
    assert balance("clawback", cast.omar.recruiter_id) == 0


def test_a_linked_replacement_takes_over_what_is_held(cast: Cast) -> None:
    job_id = job_on(cast)
    money.ready(cast)
    first = begun(cast, job_id)
    paid(cast, first)
    left(cast, first, 20)
    with simulated(DAY + timedelta(days=25)):
        second = hires.hired(cast, cast.omar, job_id=job_id, name="Ben Two")
        replacements.link(first, actor=cast.actor(cast.carl), replacement_id=second)
        placements.activate(second, actor=cast.actor(cast.carl), start_date=day(25))
    assert {state for *_, state in payouts(first)} == {"cancelled"}
    assert "moved to the replacement" in cast.client(cast.rita).get("/earnings").text
    assert sum(amount for _, amount, _ in payouts(second)) == 2_500_000
    seen = money_queries.of_placement(second, viewer=cast.actor(cast.omar))
    assert seen is not None
    assert sum(share.amount for share in seen.shares) == 2_500_000  # of the first fee, whatever the second is
    assert "This hire isn’t charged" in cast.client(cast.omar).get(f"/placements/{second}").text
    assert [row.state for row in rows(Obligation)] == ["fulfilled"]
    with simulated(DAY + timedelta(days=25 + 96)):
        lifecycle.release_due(actor=system_actor(DAY))
    assert {state for *_, state in payouts(second)} == {"due"}


def test_a_replacement_that_was_invoiced_is_credited_in_full(cast: Cast) -> None:
    job_id = job_on(cast)
    money.ready(cast)
    first = begun(cast, job_id)
    left(cast, first, 20)
    with simulated(DAY + timedelta(days=25)):
        second = hires.hired(cast, cast.omar, job_id=job_id, name="Ben Two")
        placements.activate(second, actor=cast.actor(cast.carl), start_date=day(25))
        own = invoice_of(second)
        replacements.link(first, actor=cast.actor(cast.carl), replacement_id=second)
    assert balance("receivable", own.id) == 0
    assert balance("receivable") == balance("held") == 2_500_000


def test_a_no_show_before_the_start_leaves_nothing_to_pay(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(5))
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
    assert {state for *_, state in payouts(placement_id)} == {"cancelled"}
    assert invoices.issue_due(actor=system_actor(DAY)) == 0


def test_the_end_of_the_guarantee_releases_what_is_paid(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    with simulated(DAY + timedelta(days=90)):
        placements.complete(placement_id, actor=cast.actor(cast.carl))
    assert balance("payable") == 2_500_000


def test_credit_that_the_oldest_invoice_takes_is_not_there_for_the_next(cast: Cast) -> None:
    money.ready(cast)
    first, second, third = (begun(cast, job_on(cast), name=name) for name in ("Ada One", "Ben Two", "Cleo Three"))
    paid(cast, first, 3_500_000)
    owed = [balance("receivable", invoice_of(placement_id).id) for placement_id in (first, second, third)]
    assert (owed, balance("refundable")) == ([0, 1_500_000, 2_500_000], 0)


def test_what_an_amendment_takes_of_a_paid_share_is_owed_without_a_refund(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    shares = ((cast.rita, "sourcer", 3_000), (cast.rita, "submitter", 3_000), (cast.omar, "closer", 3_000))
    lines = [Agreed(who.recruiter_id, role, bp) for who, role, bp in (*shares, (cast.omar, "support", 1_000))]
    said = amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=lines, reason="Omar did more.")
    amendments.answer(said.id, actor=cast.actor(cast.omar), agreed=True)
    owed = rows(Clawback)
    assert [(row.recruiter_id, row.amount_minor, row.refund_id) for row in owed] == [
        (cast.rita.recruiter_id, 250_000, None)
    ]


@pytest.mark.parametrize("is_paid", [False, True])
def test_between_the_rows_of_one_recruiter_an_amendment_moves_no_money(cast: Cast, *, is_paid: bool) -> None:
    placement_id, pia = started(cast, **ON_PAY), cast.actor(cast.pia)
    paid(cast, placement_id)
    if is_paid:
        pay_run(cast, run_of(cast))
    lines = [Agreed(hires.recruiter(cast.rita), "sourcer", 7_000), Agreed(hires.recruiter(cast.omar), "closer", 3_000)]
    asked = amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason="One role each")
    amendments.force(asked.id, actor=pia, reason="As both wrote")
    assert (balance("clawback"), balance("payable")) == (0, 0 if is_paid else 2_500_000)
    assert {state for role, amount, state in payouts(placement_id) if role and amount} == {"paid" if is_paid else "due"}
    assert verification.verify().findings == ()
    assert "7,500.00" in cast.client(cast.rita).get(f"/placements/{placement_id}/money").text
