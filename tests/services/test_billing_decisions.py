"""Refunds paid out, what is given up, and the check of the ledger (money.md §6, §9)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Clawback, CreditPayment, Refund
from portal.queries.billing import debts
from portal.runtime.clock import simulated
from portal.services.billing import decisions, papers, verification
from tests.accounts import before_statements
from tests.cast import DAY, Cast, assemble
from tests.cleaning import Cleaner
from tests.hires import TODAY, day
from tests.money import balance, begun, invoice_of, job_on, left, paid, payouts, started
from tests.services.test_billing import ON_PAY, pay_run, rows, run_of


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_refund_is_paid_out_once(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    paid(cast, placement_id)
    left(cast, placement_id, 0)
    refund, pia = rows(Refund)[0], cast.actor(cast.pia)
    with pytest.raises(InvalidInput):
        decisions.refund_paid(refund.id, actor=pia, paid_on=day(1), reference="out")
    decisions.refund_paid(refund.id, actor=pia, paid_on=TODAY, reference="out")
    assert (balance("refundable"), balance("cash")) == (0, 0)
    assert "$25,000.00 paid back" in cast.client(cast.carl).get(f"/placements/{placement_id}/money").text
    with pytest.raises(Conflict):
        decisions.refund_paid(refund.id, actor=pia, paid_on=TODAY, reference="out")
    with pytest.raises(NotPermitted):
        decisions.refund_paid(refund.id, actor=cast.actor(cast.carl), paid_on=TODAY, reference="out")


def test_a_refund_that_there_is_not_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        decisions.refund_paid(uuid.UUID(int=7), actor=cast.actor(cast.pia), paid_on=TODAY, reference="out")


def test_a_refund_that_the_next_invoice_took_is_paid_for_the_rest(cast: Cast) -> None:
    placement_id = started(cast, remedy="pro_rata")
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    with simulated(DAY.replace(year=2027, month=2)):
        begun(cast, job_on(cast), name="Ben Two")
    refund = rows(Refund)[0]
    with pytest.raises(Conflict) as refused:
        decisions.refund_paid(refund.id, actor=cast.actor(cast.pia), paid_on=TODAY, reference="out")
    assert refused.value.code == "NOTHING_OWED"


def test_what_was_overpaid_and_no_invoice_took_is_paid_out_once_beside_the_refund(cast: Cast) -> None:
    placement_id = started(cast, remedy="pro_rata")
    paid(cast, placement_id, 2_600_000)
    left(cast, placement_id, 45)
    assert balance("refundable") == 100_000 + 1_250_000
    pia, said = cast.actor(cast.pia), {"currency": "USD", "reference": "out"}
    with pytest.raises(InvalidInput):
        decisions.credit_paid(cast.acme, actor=pia, paid_on=day(1), **said)
    decisions.credit_paid(cast.acme, actor=pia, paid_on=TODAY, **said)
    assert rows(CreditPayment)[0].amount_minor == 100_000
    with pytest.raises(Conflict) as refused:
        decisions.credit_paid(cast.acme, actor=pia, paid_on=TODAY, **said)
    assert refused.value.code == "NOTHING_OWED"
    with pytest.raises(Exception, match="append-only"), Session(db.engine) as session:
        session.execute(text("UPDATE billing.credit_payments SET amount_minor = 1"))
    decisions.refund_paid(rows(Refund)[0].id, actor=pia, paid_on=TODAY, reference="out")
    assert (balance("refundable"), verification.verify().findings) == (0, ())
    with pytest.raises(NotPermitted):
        decisions.credit_paid(cast.acme, actor=cast.actor(cast.carl), paid_on=TODAY, **said)
    with pytest.raises(NotFound):
        decisions.credit_paid(uuid.UUID(int=7), actor=pia, paid_on=TODAY, **said)


def test_a_small_difference_settles_the_invoice(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id, 2_497_500)
    assert debts.bearers(placement_id, viewer=cast.actor(cast.pia)) == ()
    decisions.write_off_invoice(invoice_of(placement_id).id, actor=cast.actor(cast.pia), reason="Bank fee")
    assert (balance("write_off"), balance("payable")) == (2_500, 2_500_000)
    with pytest.raises(Conflict):
        decisions.write_off_invoice(invoice_of(placement_id).id, actor=cast.actor(cast.pia), reason="Bank fee")


def test_a_bad_debt_is_borne_by_all_and_what_is_cleared_is_due(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id, 1_250_000)
    bearers = sorted(debts.bearers(placement_id, viewer=cast.actor(cast.pia)))
    decisions.write_off_invoice(invoice_of(placement_id).id, actor=cast.actor(cast.pia), reason="Insolvent")
    assert bearers == [("Omar", 375_000), ("Rita", 875_000)]
    assert [amount for _, amount, _ in payouts(placement_id)] == [500_000, 375_000, 250_000, 125_000]
    assert {state for *_, state in payouts(placement_id)} == {"due"}
    assert verification.verify().ok


def test_a_clawback_is_given_up(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    left(cast, placement_id, 10)
    row = rows(Clawback)[0]
    decisions.write_off_clawback(row.id, actor=cast.actor(cast.pia), reason="Not worth it")
    assert balance("clawback", row.recruiter_id) == 0
    with pytest.raises(Conflict):
        decisions.write_off_clawback(row.id, actor=cast.actor(cast.pia), reason="Not worth it")


# --- the check --------------------------------------------------------------------------------------------------------


def busy(cast: Cast) -> None:
    """Pay a placement in two parts, pay it out, and fail it; somebody has opened the PDF of the invoice."""
    placement_id = started(cast, remedy="pro_rata", platform_bp=500, tax_bp=1_900, **ON_PAY)
    papers.of_invoice(invoice_of(placement_id).id, actor=cast.actor(cast.pia))
    paid(cast, placement_id, 1_000_000)
    paid(cast, placement_id, 1_975_000, reference="second")
    pay_run(cast, run_of(cast))
    left(cast, placement_id, 40)


@pytest.fixture
def busy_books(app: Flask, context: None, cleaner: Cleaner) -> None:
    """Put the books of a busy placement in place, which are made once."""
    cleaner.once("busy books", lambda: busy(assemble(app)))


@pytest.mark.usefixtures("busy_books")
def test_the_books_of_a_busy_placement_agree() -> None:
    verdict = verification.verify()
    assert verdict.findings == ()
    assert verdict.transfers > 15


LAST = "(SELECT id FROM billing.ledger_transfers ORDER BY id DESC LIMIT 1)"
FIRST = "(SELECT id FROM billing.ledger_transfers ORDER BY id LIMIT 1)"
FOUND = {  # the kind of finding that names each of these
    "amount": "transfer", "account": "transfer", "kind": "transfer", "placement": "transfer", "event": "event",
    "deleted": "event", "digest": "transfer", "twin": "event", "balance": "balance", "payout": "fee", "guard": "guard",
    "emptied": "event",
}  # fmt: skip
TAMPERING = {
    "amount": f"UPDATE billing.ledger_transfers SET amount_minor = amount_minor + 1 WHERE id = {FIRST}",
    "account": f"UPDATE billing.ledger_transfers SET debit_id = credit_id, credit_id = debit_id WHERE id = {FIRST}",
    "kind": f"UPDATE billing.ledger_transfers SET kind = 'written_off' WHERE id = {LAST}",
    "placement": f"UPDATE billing.ledger_transfers SET placement_id = NULL WHERE id = {LAST}",
    "event": f"UPDATE billing.ledger_transfers SET event_id = gen_random_uuid() WHERE id = {LAST}",
    "deleted": f"DELETE FROM billing.ledger_transfers WHERE id = {LAST}",
    "digest": f"UPDATE billing.ledger_transfers SET digest = repeat('0', 64) WHERE id = {LAST}",
    "twin": (
        "INSERT INTO billing.ledger_transfers (id, operation_id, kind, debit_id, credit_id, amount_minor, currency,"
        " placement_id, document_id, event_id, at, actor_id, digest) SELECT gen_random_uuid(), operation_id, kind,"
        " debit_id, credit_id, amount_minor, currency, placement_id, document_id, event_id, at, actor_id, digest"
        f" FROM billing.ledger_transfers WHERE id = {FIRST}"
    ),
    "balance": "UPDATE billing.ledger_accounts SET debits_minor = debits_minor + 5 WHERE kind = 'cash'",
    "payout": "UPDATE billing.payouts SET original_minor = original_minor + 100000000",
    "guard": "ALTER TABLE billing.ledger_transfers DISABLE TRIGGER append_only",
    "emptied": "DELETE FROM billing.ledger_transfers",
}


@pytest.mark.usefixtures("busy_books")
@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_by_raw_sql_is_found_and_named(how: str) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(TAMPERING[how]))
    try:
        assert FOUND[how] in {finding.kind for finding in verification.verify().findings}
    finally:
        with Session(db.engine) as session, session.begin():
            session.execute(text("ALTER TABLE billing.ledger_transfers ENABLE TRIGGER append_only"))


BESIDE = {  # what is kept beside the ledger, by the kind of finding that names it
    "moment": "UPDATE billing.ledger_transfers SET at = at - interval '1 year' WHERE kind = 'payout_paid'",
    "due": "UPDATE billing.payouts SET state = 'due', run_id = NULL, paid_at = NULL WHERE role = 'closer'",
    "parts": "UPDATE billing.fees SET refunded_minor = refunded_minor - 1",
    "invoice": "UPDATE billing.invoice_lines SET amount_minor = amount_minor + 1 WHERE kind = 'tax'",
    "outstanding": "UPDATE billing.allocations SET amount_minor = amount_minor + 1",
    "credit_note": "UPDATE billing.credit_notes SET tax_minor = tax_minor + 1",
    "document": "UPDATE billing.receipts SET amount_minor = amount_minor - 1",
    "clawback": "UPDATE billing.clawbacks SET settled_at = opened_at",
    "run": "UPDATE billing.payout_run_lines SET gross_minor = gross_minor + 1, net_minor = net_minor + 1",
    "number": "UPDATE billing.document_counters SET last = last + 1 WHERE kind = 'CN'",
    "payee": "UPDATE billing.payees SET changed_at = changed_at - interval '3 days'",
    "pdf": "UPDATE billing.invoice_documents SET pdf = 'another'",
    "guard": "ALTER TABLE billing.receipts DISABLE TRIGGER append_only",
}


@pytest.mark.usefixtures("busy_books")
def test_a_job_tells_what_is_wrong_with_the_ledger() -> None:
    system = system_actor(DAY)
    assert verification.check_regularly(actor=system).ok
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(TAMPERING["balance"]))
    with pytest.raises(verification.BooksChanged, match="The balance of cash account"):
        verification.check_regularly(actor=system)


def test_what_is_booked_while_the_ledger_is_verified_is_no_finding(app: Flask, cast: Cast) -> None:
    placement_id = started(cast)
    still_to_book = [placement_id]

    def book(statement: str) -> None:
        if still_to_book and "ORDER BY billing.ledger_transfers.event_id" in statement:
            with app.app_context():
                paid(cast, still_to_book.pop())

    with before_statements(book):
        assert verification.verify().findings == ()
    assert not still_to_book


@pytest.mark.usefixtures("busy_books")
def test_what_is_kept_beside_the_ledger_is_compared_with_it() -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in BESIDE.values():
            session.execute(text(statement))
    try:
        assert {finding.kind for finding in verification.verify().findings} == {*BESIDE}
    finally:
        with Session(db.engine) as session, session.begin():
            session.execute(text("ALTER TABLE billing.receipts ENABLE TRIGGER append_only"))


@pytest.mark.parametrize("how", ["amount", "deleted", "balance"])
def test_the_database_itself_refuses_to_change_what_was_booked(cast: Cast, how: str) -> None:
    started(cast)
    with pytest.raises(Exception, match=r"append-only|follow from transfers"), Session(db.engine) as session:
        session.execute(text(TAMPERING[how].replace("cash", "receivable")))


def test_no_account_goes_below_zero(cast: Cast) -> None:
    started(cast)

    def take(kind: str) -> str:
        return f"(SELECT id FROM billing.ledger_accounts WHERE kind = '{kind}' LIMIT 1)"

    with pytest.raises(Exception, match=r"credit_floor|debit_floor"), Session(db.engine) as session:
        session.execute(
            text(
                "INSERT INTO billing.ledger_transfers (id, operation_id, kind, debit_id, credit_id, amount_minor,"
                " currency, event_id, at, actor_id, digest) VALUES (gen_random_uuid(), gen_random_uuid(), 'receipt',"
                f" {take('held')}, {take('receivable')}, 99999999, 'USD', gen_random_uuid(), now(),"
                " gen_random_uuid(), '')"
            )
        )
