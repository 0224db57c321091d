"""What a platform admin decides about money (money.md §3, §5, §9): refunds paid out, and what is given up."""

from __future__ import annotations

import uuid
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select

from portal import access
from portal.domain import texts
from portal.domain.billing import facts
from portal.domain.billing.facts import Fact
from portal.domain.billing.ledger import CASH, AccountKind, OperationKind, Ref, Transfer
from portal.domain.errors import Conflict, NotFound, existing
from portal.domain.events import CreditPaid, RefundPaid, WriteOffMade
from portal.domain.permissions import Actor, Permission
from portal.models import CreditPayment, Organisation, Recruiter, Refund, RefundPayment, WriteOff
from portal.queries.billing import owing
from portal.services.billing import credits, limits, numbers
from portal.services.billing.accounts import Account, about_fee, refuse_own
from portal.services.billing.books import Books, books
from portal.services.billing.invoices import load_invoice
from portal.services.billing.journal import Telling
from portal.services.billing.payments import OWN_DEBT, load_clawback, open_of
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

OWN_COMPANY = "You have a role in this company, so another admin has to do it."


def refund_paid(refund_id: uuid.UUID, *, actor: Actor, paid_on: date, reference: str) -> uuid.UUID:
    """Record that a refund was paid out to the company, less what its next invoices have taken of it.

    Raises:
        InvalidInput: the day has not come or is long past, or there is no reference.
        Conflict: it was paid before, or nothing of it is left.
        NotPermitted: it pays a company in which the actor has a role.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reference(reference)
    with unit_of_work(actor) as uow, books(uow) as kept:
        row = existing(uow.session.get(Refund, refund_id))
        numbers.check_moved(uow, "paid_on", paid_on)
        uow.refuse_own_company(row.company_id, OWN_COMPANY)
        kept.lock_companies([row.company_id])
        amount = uow.session.scalars(select(owing.left()).where(Refund.id == refund_id)).one()
        if amount <= 0:
            raise Conflict("Nothing is left of this refund: it was applied to other invoices.", code="NOTHING_OWED")
        _write_payment(uow, row, amount, paid_on, said)
        _book_payment(kept, row, amount, paid_on)
    return refund_id


def _write_payment(uow: UnitOfWork, row: Refund, amount: int, paid_on: date, reference: str) -> None:
    payment = RefundPayment(refund_id=row.id, amount_minor=amount, paid_on=paid_on, reference=reference)
    with uow.refusing(
        {"uq_refund_payments_refund_id": Conflict("This refund has already been paid.", code="REFUND_PAID")}
    ):
        uow.add(payment)


def _book_payment(kept: Books, row: Refund, amount: int, paid_on: date) -> None:
    about: dict[str, Any] = {"placement_id": row.placement_id, "organisation_id": row.company_id}
    tell = partial(RefundPaid, **about, currency=row.currency, refund_id=row.id, paid_on=paid_on)
    out = Transfer(Ref(AccountKind.REFUNDABLE, str(row.company_id)), CASH, amount, str(row.placement_id))
    kept.journal.post(OperationKind.REFUND_PAID, [out], row.currency, tell, document=row.id)


def credit_paid(company_id: uuid.UUID, *, actor: Actor, currency: str, paid_on: date, reference: str) -> uuid.UUID:
    """Record that a company's credit was paid out: all that no invoice took and no refund accounts for.

    Raises:
        InvalidInput: the day has not come or is long past, or there is no reference.
        Conflict: the company has no such credit.
        NotPermitted: it pays a company in which the actor has a role.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reference(reference)
    with unit_of_work(actor) as uow, books(uow) as kept:
        if uow.session.get(Organisation, company_id) is None:
            raise NotFound()
        numbers.check_moved(uow, "paid_on", paid_on)
        uow.refuse_own_company(company_id, OWN_COMPANY)
        kept.lock_companies([company_id])
        amount = credits.unclaimed(kept, company_id, currency)
        if amount == 0:
            raise Conflict("This company has no credit in this currency to pay out.", code="NOTHING_OWED")
        paid: dict[str, Any] = {"amount_minor": amount, "paid_on": paid_on, "reference": said}
        row = uow.add(CreditPayment(company_id=company_id, currency=currency, **paid))
        _book_credit(kept, row)
    return row.id


def _book_credit(kept: Books, row: CreditPayment) -> None:
    about: dict[str, Any] = {"organisation_id": row.company_id, "currency": row.currency}
    tell = partial(CreditPaid, **about, credit_payment_id=row.id, paid_on=row.paid_on)
    out = Transfer(Ref(AccountKind.REFUNDABLE, str(row.company_id)), CASH, row.amount_minor)
    kept.journal.post(OperationKind.REFUND_PAID, [out], row.currency, tell, document=row.id)


def write_off_invoice(invoice_id: uuid.UUID, *, actor: Actor, reason: str) -> uuid.UUID:
    """Write off what is owed on an invoice, and return the write-off's id.

    A small difference the platform bears, and the invoice is settled; a bad debt the parties bear in proportion.

    Raises:
        Conflict: nothing is owed on it.
        NotPermitted: the actor shares in its fee, or has a role in its company.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reason(reason)
    with unit_of_work(actor) as uow, books(uow) as kept:
        account = load_invoice(kept, invoice_id)
        refuse_own(uow, account.fee.id)
        uow.refuse_own_company(account.fee.company_id, OWN_COMPANY)
        owed = account.standing.outstanding
        if owed == 0:
            raise Conflict("Nothing is owed on this invoice.", code="INVOICE_SETTLED")
        today = kept.today(account.fee.time_zone)
        _, small = limits.in_force(uow, account.fee.currency)
        is_small = owed <= small
        fact: Fact = facts.DifferenceWrittenOff(on=today) if is_small else facts.DebtWrittenOff(on=today)
        row = _write_off(uow, "difference" if is_small else "bad_debt", owed, said, invoice_id=invoice_id)
        kept.book(account, fact, {OperationKind.WRITTEN_OFF: _tell(account, row)}, document=row.id)
    return row.id


def write_off_clawback(clawback_id: uuid.UUID, *, actor: Actor, reason: str) -> uuid.UUID:
    """Write off what a recruiter owes of a placement, and return the write-off's id.

    Raises:
        Conflict: nothing of it is open.
        NotPermitted: it is owed by the actor.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reason(reason)
    with unit_of_work(actor) as uow, books(uow) as kept:
        clawback = load_clawback(uow, clawback_id)
        uow.refuse_own(Recruiter.id == clawback.recruiter_id, OWN_DEBT)
        account = kept.load(clawback.fee_id)
        owed = open_of(uow, account, clawback)
        if owed <= 0:
            raise Conflict("Nothing is outstanding on this clawback.", code="CLAWBACK_SETTLED")
        row = _write_off(uow, "clawback", owed, said, clawback_id=clawback_id)
        fact = facts.ClawbackWrittenOff(
            on=kept.today(account.fee.time_zone),
            recruiter=str(clawback.recruiter_id),
            placement=str(clawback.placement_id),
            amount=owed,
        )
        kept.book(account, fact, {OperationKind.WRITTEN_OFF: _tell(account, row)}, document=row.id)
    return row.id


def _write_off(
    uow: UnitOfWork,
    kind: str,
    amount: int,
    reason: str,
    *,
    invoice_id: uuid.UUID | None = None,
    clawback_id: uuid.UUID | None = None,
) -> WriteOff:
    row = uow.add(
        WriteOff(invoice_id=invoice_id, clawback_id=clawback_id, kind=kind, amount_minor=amount, reason=reason)
    )
    uow.session.flush()
    return row


def _tell(account: Account, row: WriteOff) -> Telling:
    said: dict[str, Any] = {"amount_minor": row.amount_minor, "kind": row.kind, "reason": row.reason}
    event = WriteOffMade(**about_fee(account), **said, write_off_id=row.id)
    return lambda **_: event
