"""A company's credit (money.md §9): applied by itself to its oldest open invoice of the currency."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, exists, func, select

from portal.domain.billing import facts
from portal.domain.billing.ledger import AccountKind, OperationKind
from portal.domain.events import CreditApplied, CreditUnapplied
from portal.models import Allocation, Fee, Invoice, LedgerAccount, Refund, RefundPayment
from portal.services.billing import journal, numbers
from portal.services.billing.accounts import Account, about_invoice
from portal.services.billing.books import Books


def available(kept: Books, company_id: uuid.UUID, currency: str) -> int:
    """Return a company's credit, after what was booked in this transaction."""
    kept.write()
    return journal.balance(kept.uow, AccountKind.REFUNDABLE, company_id, currency)


def unclaimed(kept: Books, company_id: uuid.UUID, currency: str) -> int:
    """Return what of a company's credit no refund accounts for: what it paid too much."""
    owed = select(func.coalesce(func.sum(Refund.owed_minor), 0)).where(
        Refund.company_id == company_id,
        Refund.currency == currency,
        ~exists().where(RefundPayment.refund_id == Refund.id),
    )
    return max(available(kept, company_id, currency) - int(kept.uow.session.scalars(owed).one()), 0)


def apply_to_new(kept: Books, accounts: Sequence[Account]) -> None:
    """Apply the credit that companies have to invoices that were issued just now; the companies are locked."""
    kept.write()
    account = LedgerAccount
    query = select(account.owner_id, account.currency).where(
        account.kind == AccountKind.REFUNDABLE,
        account.owner_id.in_({a.fee.company_id for a in accounts}),
        account.credits_minor > account.debits_minor,
    )
    having = {(owner, currency) for owner, currency in kept.uow.session.execute(query)}
    for one in accounts:
        if (one.fee.company_id, one.currency) in having and one.invoice and (amount := apply(kept, one)):
            kept.journal.complete(one.invoice.id, received_minor=amount)


def apply(kept: Books, account: Account) -> int:
    """Apply the company's credit to the invoice of a loaded fee, and return how much; the company is locked."""
    credit = available(kept, account.fee.company_id, account.currency)
    amount = min(credit, account.standing.outstanding)
    if amount <= 0 or account.invoice is None:
        return 0
    on = numbers.document_day(kept.uow)
    row = kept.uow.add(Allocation(invoice_id=account.invoice.id, amount_minor=amount, received_on=on))
    fact = facts.Received(on=kept.today(account.fee.time_zone), amount=amount, received_on=on, from_credit=True)
    told = {OperationKind.CREDIT_APPLIED: partial(CreditApplied, **about_invoice(account))}
    kept.book(account, fact, told, document=row.id)
    return amount


def apply_to_oldest(kept: Books, company_id: uuid.UUID, currency: str) -> int:
    """Apply a company's credit to its open invoices, the oldest first, and return how much."""
    applied = 0
    if available(kept, company_id, currency) <= 0:
        return 0
    for fee_id in kept.uow.session.scalars(_open(company_id, currency)).all():
        applied += apply(kept, kept.load(fee_id))
    return applied


def _open(company_id: uuid.UUID, currency: str) -> Select[Any]:
    owed = LedgerAccount
    return (
        select(Fee.id)
        .join(Invoice, Invoice.id == Fee.invoice_id)
        .join(owed, (owed.kind == AccountKind.RECEIVABLE) & (owed.owner_id == Invoice.id))
        .where(Fee.company_id == company_id, Fee.currency == currency, owed.debits_minor > owed.credits_minor)
        .order_by(Invoice.due_on, Invoice.id)
    )


def take_off(kept: Books, company_id: uuid.UUID, currency: str, wanted: int) -> int:
    """Take credit off invoices again until `wanted` is there, the latest first; return what credit there is then."""
    there = available(kept, company_id, currency)
    query = (
        select(Allocation, Invoice.fee_id)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(
            Allocation.receipt_id.is_(None),
            Allocation.undone_at.is_(None),
            Invoice.company_id == company_id,
            Invoice.currency == currency,
        )
        .order_by(Allocation.id.desc())
    )
    for row, fee_id in kept.uow.session.execute(query).all():
        if there >= wanted:
            break
        account = kept.load(fee_id)
        row.undone_at = kept.uow.now
        fact = facts.Reversed(
            on=kept.today(account.fee.time_zone), amount=row.amount_minor, received_on=row.received_on, to_credit=True
        )
        told = {OperationKind.CREDIT_UNAPPLIED: partial(CreditUnapplied, **about_invoice(account))}
        kept.book(account, fact, told, document=row.id)
        there = available(kept, company_id, currency)
    return there
