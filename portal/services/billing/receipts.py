"""Receipts (money.md §3, §9): money counts when a platform admin records it; what the bank takes back is reversed."""

from __future__ import annotations

import uuid
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import exists, select

from portal import access
from portal.domain import money, texts
from portal.domain.billing import facts
from portal.domain.billing.ledger import CASH, AccountKind, OperationKind, Ref, Transfer
from portal.domain.errors import Conflict, InvalidInput, existing
from portal.domain.events import PaymentReceived, PaymentReversed
from portal.domain.permissions import Actor, Permission
from portal.models import Allocation, Invoice, Payout, Receipt, ReceiptReversal
from portal.services.billing import credits, numbers
from portal.services.billing.accounts import Account, about_invoice, refuse_own
from portal.services.billing.books import Books, books
from portal.services.billing.invoices import load_invoice
from portal.services.billing.journal import Telling
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


def record(
    invoice_id: uuid.UUID,
    *,
    actor: Actor,
    amount_minor: int,
    received_on: date,
    reference: str,
    confirmed: bool = False,
) -> uuid.UUID:
    """Record money that came in for an invoice, and return the receipt's id; what is over becomes the company's credit.

    Raises:
        InvalidInput: the amount is not above zero, the day has not come or is long past, or there is no reference.
        Conflict: the same receipt was recorded before and this is not `confirmed`.
        NotPermitted: it would pay the actor.
    """
    said = _checked(actor, amount_minor, reference)
    with unit_of_work(actor) as uow, books(uow) as kept:
        account = load_invoice(kept, invoice_id)
        numbers.check_moved(uow, "received_on", received_on)
        refuse_own(uow, account.fee.id)
        row = _receipt(account, amount_minor, received_on, said)
        if not confirmed:
            _refuse_twin(uow, row)
        uow.add(row)
        uow.session.flush()
        _book(kept, account, row)
        credits.apply_to_oldest(kept, row.company_id, row.currency)
    return row.id


def _checked(actor: Actor, amount_minor: int, reference: str) -> str:
    """Refuse anyone who may not record receipts and anything that is not one, and return the reference."""
    access.require(actor, Permission.BILLING_MANAGE)
    if not 0 < amount_minor <= money.MAX_MINOR:
        raise InvalidInput.field("amount_minor", "Enter an amount above zero.")
    return texts.reference(reference)


def _receipt(account: Account, amount_minor: int, received_on: date, reference: str) -> Receipt:
    return Receipt(
        company_id=account.fee.company_id,
        currency=account.currency,
        amount_minor=amount_minor,
        received_on=received_on,
        reference=reference,
    )


def _refuse_twin(uow: UnitOfWork, row: Receipt) -> None:
    same = exists().where(
        Receipt.company_id == row.company_id,
        Receipt.reference == row.reference,
        Receipt.currency == row.currency,
        Receipt.amount_minor == row.amount_minor,
        Receipt.received_on == row.received_on,
        ~exists().where(ReceiptReversal.receipt_id == Receipt.id),
    )
    if uow.session.scalar(select(same)):
        raise Conflict(
            "A receipt with this reference, amount and date was already recorded. Confirm that this one is separate.",
            code="SAME_RECEIPT",
        )


def _book(kept: Books, account: Account, row: Receipt) -> None:
    applied = min(row.amount_minor, account.standing.outstanding)
    assert account.invoice is not None
    if applied:
        kept.uow.add(
            Allocation(
                invoice_id=account.invoice.id, receipt_id=row.id, amount_minor=applied, received_on=row.received_on
            )
        )

    def tell(*, amount_minor: int) -> PaymentReceived:
        return PaymentReceived(
            **about_invoice(account),
            amount_minor=amount_minor,
            receipt_id=row.id,
            received_on=row.received_on,
            over_minor=row.amount_minor - applied,
            left_minor=account.standing.outstanding,
        )

    fact = facts.Received(on=kept.today(account.fee.time_zone), amount=row.amount_minor, received_on=row.received_on)
    kept.book(account, fact, {OperationKind.RECEIPT: tell}, document=row.id)


def reverse(receipt_id: uuid.UUID, *, actor: Actor, reason: str) -> uuid.UUID:
    """Record that the bank returned a receipt: what was due of it waits again, what was paid is exposed.

    Raises:
        Conflict: it was reversed before, or its credit was paid out already.
        NotPermitted: it concerns what pays the actor.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reason(reason)
    with unit_of_work(actor) as uow, books(uow) as kept:
        row = existing(uow.session.get(Receipt, receipt_id))
        kept.lock_companies([row.company_id])
        before = Conflict("This receipt has already been reversed.", code="RECEIPT_REVERSED")
        with uow.refusing({"pk_receipt_reversals": before}):
            uow.add(ReceiptReversal(receipt_id=row.id, reason=said))
        _unbook(kept, row)
        credits.apply_to_oldest(kept, row.company_id, row.currency)
    return receipt_id


def _unbook(kept: Books, row: Receipt) -> None:
    """Take a receipt out of the books: off its invoices, and off the company's credit for what was over."""
    query = (
        select(Allocation, Invoice.fee_id)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Allocation.receipt_id == row.id, Allocation.undone_at.is_(None))
        .order_by(Allocation.id.desc())
    )
    left = row.amount_minor
    for allocation, fee_id in kept.uow.session.execute(query).all():
        account = kept.load(fee_id)
        refuse_own(kept.uow, fee_id)
        allocation.undone_at = kept.uow.now
        left -= allocation.amount_minor
        fact = facts.Reversed(
            on=kept.today(account.fee.time_zone), amount=allocation.amount_minor, received_on=allocation.received_on
        )
        told = {OperationKind.RECEIPT_REVERSED: _tell_reversed(kept.uow, row, [account])}
        kept.book(account, fact, told, document=row.id)
    if left:
        _take_credit(kept, row, left)


def _take_credit(kept: Books, row: Receipt, amount: int) -> None:
    if credits.take_off(kept, row.company_id, row.currency, amount) < amount:
        raise Conflict(
            f"This receipt’s credit in {row.currency} has already been paid out to the company."
            " Record what comes back first.",
            code="CREDIT_SPENT",
        )
    back = Transfer(Ref(AccountKind.REFUNDABLE, str(row.company_id)), CASH, amount)
    tell = _tell_reversed(kept.uow, row, [])
    kept.journal.post(OperationKind.RECEIPT_REVERSED, [back], row.currency, tell, document=row.id)


def _tell_reversed(uow: UnitOfWork, row: Receipt, accounts: list[Account]) -> Telling:
    fees = [account.fee.id for account in accounts]
    paid = select(Payout.left_minor).where(Payout.fee_id.in_(fees), Payout.state == "paid")
    exposed = sum(uow.session.scalars(paid)) if fees else 0

    about: dict[str, Any] = {"organisation_id": row.company_id, "currency": row.currency, "receipt_id": row.id}
    placement_ids = tuple(account.fee.placement_id for account in accounts)
    return partial(PaymentReversed, **about, placement_ids=placement_ids, exposed_minor=exposed)
