"""Invoices (money.md §3): issued once a placement on its start date, for what the terms say, and never changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import money, placements, texts
from portal.domain.billing import correcting, documents, facts
from portal.domain.billing.documents import Details
from portal.domain.billing.ledger import AccountKind, OperationKind
from portal.domain.errors import Conflict, NotFound
from portal.domain.events import CreditApplied, InvoiceIssued, InvoiceOverdue, InvoiceReminded, PaymentAnnounced
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import Actor, Permission, Scope
from portal.models import (
    Allocation,
    BillingDetails,
    Candidate,
    Fee,
    Invoice,
    InvoiceLine,
    InvoiceReminder,
    Job,
    LedgerAccount,
    PaymentAnnouncement,
    Placement,
)
from portal.services.billing import chores, credits, numbers
from portal.services.billing.accounts import Account, about_invoice
from portal.services.billing.books import Books, books
from portal.services.billing.journal import Telling
from portal.services.machinery import rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

_issuer, _customer = aliased(BillingDetails), aliased(BillingDetails)


# --- issuing ---------------------------------------------------------------------------------------------------------


def issue_if_started(kept: Books, account: Account) -> bool:
    """Issue the invoice of a fee whose start has come, unless billing details are missing; tell whether it was."""
    return bool(_issue_started(kept, {account.fee.id: account}))


def _issue_started(kept: Books, accounts: Mapping[uuid.UUID, Account]) -> Collection[uuid.UUID]:
    """Issue the invoices of those fees that have begun and miss nothing, and name them."""
    begun = {key: account for key, account in accounts.items() if _is_to_be_issued(kept, account.fee)}
    if not begun:
        return ()
    wanted = {PLATFORM_ORGANISATION_ID, *(account.fee.company_id for account in begun.values())}
    query = select(BillingDetails).where(BillingDetails.organisation_id.in_(wanted))
    details = {row.organisation_id: row for row in kept.uow.session.scalars(query)}
    ready = {key: account for key, account in begun.items() if account.fee.company_id in details}
    if not ready or PLATFORM_ORGANISATION_ID not in details:
        return ()
    _issue(kept, list(ready.values()), details)
    return ready


def _is_to_be_issued(kept: Books, fee: Fee) -> bool:
    return fee.invoice_id is None and not fee.is_void and fee.start_date <= kept.today(fee.time_zone)


def _issue(kept: Books, accounts: Sequence[Account], details: Mapping[uuid.UUID, BillingDetails]) -> None:
    """Write the invoices with their lines, book them, and apply what credit the companies have."""
    uow = kept.uow
    kept.lock_companies({account.fee.company_id for account in accounts})
    on = numbers.document_day(uow)
    services = _services(uow, accounts)
    for account, number in zip(accounts, numbers.allocate(uow, "INV", on, len(accounts)), strict=True):
        account.invoice = _invoice(uow, account, number, on, details)
        account.invoice.service = services[account.fee.id]
    rows = [account.invoice for account in accounts if account.invoice is not None]
    uow.session.add_all(rows)
    uow.session.flush()
    uow.session.add_all(line for row in rows for line in _lines(row))
    for account, row in zip(accounts, rows, strict=True):
        account.fee.invoice_id = row.id
        fact = facts.Issued(on=kept.today(account.fee.time_zone), invoice=str(row.id), due_on=row.due_on)
        kept.book(account, fact, {OperationKind.INVOICE_ISSUED: _tell_issued(account)}, document=row.id)
    credits.apply_to_new(kept, accounts)


def _invoice(
    uow: UnitOfWork, account: Account, number: str, on: date, details: Mapping[uuid.UUID, BillingDetails]
) -> Invoice:
    fee, terms = account.fee, account.standing.terms
    old = account.invoice  # whose place this one takes
    tax = money.share_of(fee.fee_minor, terms.tax_bp)
    return Invoice(
        id=uow.new_id(),
        number=number,
        fee_id=fee.id,
        placement_id=fee.placement_id,
        company_id=fee.company_id,
        currency=fee.currency,
        issued_on=on,
        due_on=on + timedelta(days=terms.payment_days) if old is None else max(on, old.due_on),
        fee_minor=fee.fee_minor,
        tax_minor=tax,
        total_minor=fee.fee_minor + tax,
        tax_bp=terms.tax_bp,
        tax_label=terms.tax_label,
        issuer=_copy(details[PLATFORM_ORGANISATION_ID]),
        billed_to=_copy(details[fee.company_id]),
        corrects_id=None if old is None else old.id,
        issued_at=uow.now,
        issued_by=uow.actor.user_id,
    )


def _tell_issued(account: Account, *, replaces: str = "", received: int = 0) -> Telling:
    assert account.invoice is not None
    total = account.invoice.total_minor
    event = InvoiceIssued(**about_invoice(account), amount_minor=total, replaces=replaces, received_minor=received)
    return lambda **_: event


def correct(kept: Books, account: Account, fact: facts.Corrected) -> None:
    """Book a corrected hire: after the invoice, another fee means a full credit note and a new invoice in its place."""
    old, before = account.invoice, account.fee.fee_minor
    account.fee.fee_minor, account.fee.terms = fact.fee, fact.terms.as_json()
    if old is None or fact.fee == before:
        kept.book(account, fact)
        issue_if_started(kept, account)
        return
    total = fact.fee + money.share_of(fact.fee, fact.terms.tax_bp)
    received = old.total_minor - account.standing.outstanding
    credited = kept.settlements.credited_in_full(account, owed=max(received - total, 0))
    row = _write_in_place(kept, account)
    _carry_over(kept, old, row)
    booked = replace(fact, invoice=str(row.id), due_on=row.due_on)
    told: dict[OperationKind, Telling] = {
        OperationKind.INVOICE_CREDITED: _tell_issued(account, replaces=old.number, received=min(received, total)),
        OperationKind.CREDIT_APPLIED: partial(CreditApplied, **about_invoice(account)),
    }
    kept.book(account, booked, told, document=credited)
    credits.apply_to_oldest(kept, account.fee.company_id, account.currency)


def _write_in_place(kept: Books, account: Account) -> Invoice:
    """Write the invoice that takes the place of the present one, for the fee as it is now."""
    uow = kept.uow
    on = numbers.document_day(uow)
    both = [PLATFORM_ORGANISATION_ID, account.fee.company_id]
    query = select(BillingDetails).where(BillingDetails.organisation_id.in_(both))
    details = {row.organisation_id: row for row in uow.session.scalars(query)}
    [number] = numbers.allocate(uow, "INV", on, 1)
    row = _invoice(uow, account, number, on, details)
    row.service = _services(uow, [account])[account.fee.id]
    uow.add(row)
    uow.session.flush()
    uow.session.add_all(_lines(row))
    account.fee.invoice_id, account.invoice = row.id, row
    return row


def _carry_over(kept: Books, old: Invoice, row: Invoice) -> None:
    """Count what was received for an invoice for the one in its place; what is over stays the company's credit."""
    query = select(Allocation).where(Allocation.invoice_id == old.id, Allocation.undone_at.is_(None))
    found = kept.uow.session.scalars(query.order_by(Allocation.id)).all()
    carried = correcting.carried([(each.received_on, each.amount_minor) for each in found], row.total_minor)
    for each, (received_on, amount) in zip(found, carried, strict=False):  # what is over comes last
        kept.uow.add(
            Allocation(invoice_id=row.id, receipt_id=each.receipt_id, amount_minor=amount, received_on=received_on)
        )
    for each in found:
        each.undone_at = kept.uow.now
    kept.uow.session.flush()


def _copy(details: BillingDetails) -> dict[str, object]:
    return {f.name: getattr(details, f.name) for f in fields(Details)}


def _services(uow: UnitOfWork, accounts: Sequence[Account]) -> dict[uuid.UUID, str]:
    """Return what each fee is for, in the words of its invoice."""
    query = (
        select(Placement.id, Candidate.full_name, Job.title)
        .join(Candidate, Candidate.id == Placement.candidate_id)
        .join(Job, Job.id == Placement.job_id)
        .where(Placement.id.in_([account.fee.placement_id for account in accounts]))
    )
    said = {key: f"Placement of {name} as {title}" for key, name, title in uow.session.execute(query)}
    return {account.fee.id: said[account.fee.placement_id] for account in accounts}


def _lines(row: Invoice) -> list[InvoiceLine]:
    fee = InvoiceLine(invoice_id=row.id, position=1, kind="fee", description=row.service, amount_minor=row.fee_minor)
    if not row.tax_minor:
        return [fee]
    label = f"{row.tax_label} {money.percent_text(row.tax_bp)}"
    return [
        fee,
        InvoiceLine(invoice_id=row.id, position=2, kind="tax", description=label, amount_minor=row.tax_minor),
    ]


def issue_due(*, actor: Actor) -> int:
    """Issue every invoice whose start date has come and whose details are complete, and count them."""
    return chores.on_fees(_to_issue, _issue_started, actor=actor)


def _to_issue(uow: UnitOfWork) -> Select[uuid.UUID]:
    """Select the fees that wait for their invoice and miss nothing; a day wider because of the zones."""
    return (
        select(Fee.id)
        .join(_issuer, _issuer.organisation_id == PLATFORM_ORGANISATION_ID)
        .join(_customer, _customer.organisation_id == Fee.company_id)
        .where(Fee.invoice_id.is_(None), ~Fee.is_void, Fee.start_date <= uow.now.date() + timedelta(days=1))
    )


def adopt(placement_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Open the books of a placement that is older than they are, and issue its invoice; an admin's decision.

    Raises:
        Conflict: it has books already, or never began, or its billing details are missing.
    """
    with unit_of_work(actor) as uow, books(uow) as kept:
        placement = uow.load(Placement, placement_id, Permission.BILLING_MANAGE)
        if kept.find(placement_id) is not None:
            raise Conflict("This placement has already been invoiced.", code="HAS_BOOKS")
        if placement.state not in placements.EARNING:
            raise placements.MACHINE.refusal(placement.state, "invoiced", "invoice")
        assert placement.start_date is not None
        assert placement.guarantee_days is not None
        account = kept.open(placement, placement.start_date, placement.guarantee_days)
        if placement.state == placements.PlacementState.COMPLETED:
            kept.book(account, facts.Completed(on=kept.today(placement.time_zone)))
        if not issue_if_started(kept, account):
            raise Conflict("Enter the platform’s and the company’s billing details first.", code="DETAILS_MISSING")
    return placement_id


# --- what the company says, and what it is told -----------------------------------------------------------------------


def announce(invoice_id: uuid.UUID, *, actor: Actor, paid_on: date, reference: str) -> uuid.UUID:
    """Record the company's word that an invoice was paid; it counts when the platform records the receipt.

    Raises:
        InvalidInput: the day has not come or is long past, or there is no reference.
        Conflict: nothing is owed on it.
    """
    access.require(actor, Permission.PAYMENT_ANNOUNCE)
    said = texts.reference(reference)
    with unit_of_work(actor) as uow, books(uow) as kept:
        account = load_invoice(kept, invoice_id)
        numbers.check_moved(uow, "paid_on", paid_on)
        if account.standing.outstanding == 0:
            raise Conflict("Nothing is owed on this invoice.", code="INVOICE_SETTLED")
        uow.add(PaymentAnnouncement(invoice_id=invoice_id, paid_on=paid_on, reference=said))
        uow.record(
            PaymentAnnounced(**about_invoice(account), amount_minor=account.standing.outstanding, paid_on=paid_on)
        )
    return invoice_id


def load_invoice(kept: Books, invoice_id: uuid.UUID) -> Account:
    """Load and lock the fee of an invoice that the actor may see.

    Raises:
        Conflict: another invoice took its place.
    """
    actor = kept.uow.actor
    row = kept.uow.session.get(Invoice, invoice_id)
    scope = actor.scope(Permission.INVOICE_VIEW)
    if row is None or scope is None or (scope is Scope.COMPANY and row.company_id != actor.organisation_id):
        raise NotFound()
    kept.lock_companies([row.company_id])
    account = kept.load(row.fee_id)
    if account.fee.invoice_id != invoice_id:
        raise Conflict("This invoice has been replaced by another.", code="INVOICE_REPLACED")
    return account


def remind_due(*, actor: Actor) -> int:
    """Remind companies of invoices 7 days before, on, 7 and 14 days after they are due, each step once; count them."""
    chores.require_platform(actor)

    def due(uow: UnitOfWork) -> Ids:
        return uow.session.scalars(_to_remind(numbers.document_day(uow))).all()

    def some(uow: UnitOfWork, ids: Ids | None) -> Ids:
        return [fee_id for fee_id in ids or () if _remind(uow, fee_id)]

    return sum(map(len, rounds.one_by_one(some, due, actor=actor)))


def _to_remind(today: date) -> Select[uuid.UUID]:
    """Select the fees whose invoice is owed and has a step to come that was not sent, nor a later one."""
    owed = exists().where(
        LedgerAccount.kind == AccountKind.RECEIVABLE,
        LedgerAccount.owner_id == Invoice.id,
        LedgerAccount.debits_minor > LedgerAccount.credits_minor,
    )
    steps = (
        (Invoice.due_on <= today - timedelta(days=step))
        & ~exists().where(InvoiceReminder.invoice_id == Invoice.id, InvoiceReminder.days >= step)
        for step in documents.REMINDER_DAYS
    )
    query = select(Fee.id).join(Invoice, Invoice.id == Fee.invoice_id).where(owed, ~Fee.is_frozen, or_(*steps))
    return query.order_by(Invoice.id)


def _remind(uow: UnitOfWork, fee_id: uuid.UUID) -> bool:
    with books(uow) as kept:
        account = kept.load(fee_id)
        row = account.invoice
        if row is None or not account.standing.outstanding or account.standing.frozen:
            return False
        given = _given(uow, row.id)
        step = documents.due_reminder(row.due_on, row.issued_on, numbers.document_day(uow), frozenset(given))
        if step is None:
            return False
        uow.add(InvoiceReminder(invoice_id=row.id, days=step))
        about = {**about_invoice(account), "amount_minor": account.standing.outstanding}
        announced = uow.session.scalar(
            select(func.max(PaymentAnnouncement.at)).where(PaymentAnnouncement.invoice_id == row.id)
        )
        # After an announcement one reminder says that nothing has come; then the platform asks its bank.
        if announced is None or not any(at > announced for at in given.values()):
            uow.record(InvoiceReminded(**about, days=step, announced=announced is not None))
        if step > 0 and not any(earlier > 0 for earlier in given):
            uow.record(InvoiceOverdue(**about))
    return True


def _given(uow: UnitOfWork, invoice_id: uuid.UUID) -> dict[int, datetime]:
    """Return the steps of an invoice's reminders that have come, and when."""
    query = select(InvoiceReminder.days, InvoiceReminder.at).where(InvoiceReminder.invoice_id == invoice_id)
    return {row.days: row.at for row in uow.session.execute(query)}
