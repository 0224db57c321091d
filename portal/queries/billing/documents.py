"""Invoices, receipts, refunds and what recruiters owe, as companies and the platform see them (money.md §7)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from portal.domain.billing import documents as rules
from portal.domain.billing.ledger import AccountKind
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Scope
from portal.extensions import reading
from portal.models import (
    Allocation,
    Clawback,
    CreditNote,
    FeePlacement,
    Invoice,
    InvoiceLine,
    LedgerAccount,
    Organisation,
    PaymentAnnouncement,
    Placement,
    Receipt,
    ReceiptReversal,
    Recruiter,
    Refund,
    RefundPayment,
    User,
)
from portal.queries.billing import money, standings
from portal.queries.billing.money import InvoiceLine as InvoiceSums

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """An invoice in a list."""

    sums: InvoiceSums
    placement_id: uuid.UUID
    company_id: uuid.UUID
    company_name: str
    currency: str
    announced_on: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice."""

    kind: str
    description: str
    amount: int


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt of a company, with what of it counts for this invoice."""

    id: uuid.UUID
    amount: int
    counted: int
    received_on: date
    reference: str
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreditNoteLine:
    """A credit note."""

    id: uuid.UUID
    number: str
    invoice_id: uuid.UUID
    invoice_number: str
    currency: str
    fee: int
    tax: int
    issued_on: date


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with all that belongs to it, as it is printed."""

    invoice: ListedInvoice
    lines: tuple[Line, ...]
    fee: int
    tax: int
    tax_label: str
    tax_bp: int
    issuer: dict[str, Any]
    billed_to: dict[str, Any]
    receipts: tuple[ReceiptLine, ...]
    credit_notes: tuple[CreditNoteLine, ...]


@dataclass(frozen=True, slots=True)
class Aging:
    """What is owed in one currency, by how long it is late."""

    currency: str
    buckets: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Return all that is owed."""
        return sum(amount for _, amount in self.buckets)


@dataclass(frozen=True, slots=True)
class Invoices:
    """A page of invoices, what is owed by age, and the company's credit."""

    invoices: tuple[ListedInvoice, ...]
    aging: tuple[Aging, ...]
    credit: tuple[tuple[str, int], ...]  # currency, minor units
    older_than: uuid.UUID | None


def invoices(viewer: Actor, *, state: str | None = None, older_than: uuid.UUID | None = None) -> Invoices:
    """Return the invoices that the viewer may see, the newest first; the state is looked at after the books."""
    query = _listed(viewer)
    if older_than is not None:
        query = query.where(Invoice.id < older_than)
    if state is None:
        query = query.limit(SHOWN)
    rows = [_to_listed(row, viewer) for row in reading().execute(query.order_by(Invoice.id.desc()))]
    found = [row for row in rows if state in {None, row.sums.state}][:SHOWN]
    last = found[-1].sums.id if len(found) == SHOWN else None
    return Invoices(tuple(found), _aging(viewer), _credit(viewer), last)


def _listed(viewer: Actor) -> Any:
    announced = (
        select(func.max(PaymentAnnouncement.paid_on))
        .where(PaymentAnnouncement.invoice_id == Invoice.id)
        .scalar_subquery()
    )
    query = (
        money.invoice_columns()
        .add_columns(Invoice.placement_id, Invoice.company_id, Organisation.name, Invoice.currency)
        .add_columns(announced.label("announced_on"))
        .join(Organisation, Organisation.id == Invoice.company_id)
    )
    scope = viewer.scope(Permission.INVOICE_VIEW)
    if scope is Scope.ANY:
        return query
    return query.where(Invoice.company_id == (viewer.organisation_id if scope is Scope.COMPANY else None))


def _to_listed(row: Any, viewer: Actor) -> ListedInvoice:
    sums = money.invoice_line(row, viewer)
    announced = row.announced_on if sums.outstanding else None
    return ListedInvoice(sums, row.placement_id, row.company_id, row.name, row.currency, announced)


def _aging(viewer: Actor) -> tuple[Aging, ...]:
    owed = LedgerAccount
    left = func.sum(owed.debits_minor - owed.credits_minor)
    query = (
        select(Invoice.currency, Invoice.due_on, left)
        .join(owed, (owed.kind == AccountKind.RECEIVABLE) & (owed.owner_id == Invoice.id))
        .where(owed.debits_minor > owed.credits_minor)
        .group_by(Invoice.currency, Invoice.due_on)
    )
    if viewer.scope(Permission.INVOICE_VIEW) is not Scope.ANY:
        query = query.where(Invoice.company_id == viewer.organisation_id)
    today = standings.document_day(viewer.now)
    sums: dict[str, dict[str, int]] = {}
    for currency, due_on, amount in reading().execute(query):
        bucket = sums.setdefault(currency, {label: 0 for label, _ in rules.AGES})
        bucket[rules.age(due_on, today)] += int(amount)
    return tuple(Aging(currency, tuple(buckets.items())) for currency, buckets in sorted(sums.items()))


def _credit(viewer: Actor) -> tuple[tuple[str, int], ...]:
    account = LedgerAccount
    query = (
        select(account.currency, account.credits_minor - account.debits_minor)
        .where(account.kind == AccountKind.REFUNDABLE, account.owner_id == viewer.organisation_id)
        .where(account.credits_minor > account.debits_minor)
        .order_by(account.currency)
    )
    return tuple((currency, int(amount)) for currency, amount in reading().execute(query))


def invoice(invoice_id: uuid.UUID, *, viewer: Actor) -> InvoiceDetail:
    """Return an invoice as it was issued, with what happened to it since.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    listed = reading().execute(_listed(viewer).where(Invoice.id == invoice_id)).one_or_none()
    if listed is None:
        raise NotFound()
    row = reading().execute(select(Invoice.__table__).where(Invoice.id == invoice_id)).one()
    lines = select(InvoiceLine.kind, InvoiceLine.description, InvoiceLine.amount_minor).where(
        InvoiceLine.invoice_id == invoice_id
    )
    return InvoiceDetail(
        _to_listed(listed, viewer),
        tuple(Line(*found) for found in reading().execute(lines.order_by(InvoiceLine.position))),
        row.fee_minor,
        row.tax_minor,
        row.tax_label,
        row.tax_bp,
        row.issuer,
        row.billed_to,
        _receipts_of(invoice_id),
        credit_notes(viewer, invoice_id=invoice_id),
    )


def invoice_of_receipt(receipt_id: uuid.UUID) -> uuid.UUID | None:
    """Return the first invoice that a receipt counted for, or None where all of it is credit.

    Raises:
        NotFound: there is no such receipt.
    """
    query = (
        select(Allocation.invoice_id)
        .select_from(Receipt)
        .outerjoin(Allocation, Allocation.receipt_id == Receipt.id)
        .where(Receipt.id == receipt_id)
        .order_by(Allocation.id)
    )
    row = reading().execute(query.limit(1)).one_or_none()
    if row is None:
        raise NotFound()
    invoice_id: uuid.UUID | None = row.invoice_id
    return invoice_id


def _receipts_of(invoice_id: uuid.UUID) -> tuple[ReceiptLine, ...]:
    query = (
        select(Receipt.id, Receipt.amount_minor, func.sum(Allocation.amount_minor), Receipt.received_on)
        .add_columns(Receipt.reference, ReceiptReversal.at)
        .join(Allocation, Allocation.receipt_id == Receipt.id)
        .outerjoin(ReceiptReversal, ReceiptReversal.receipt_id == Receipt.id)
        .where(Allocation.invoice_id == invoice_id)
        .group_by(Receipt.id, ReceiptReversal.at)
        .order_by(Receipt.id)
    )
    return tuple(ReceiptLine(*row) for row in reading().execute(query))


def credit_notes(viewer: Actor, *, invoice_id: uuid.UUID | None = None) -> tuple[CreditNoteLine, ...]:
    """Return the credit notes that the viewer may see, the newest first."""
    query = (
        select(CreditNote.id, CreditNote.number, CreditNote.invoice_id, Invoice.number, CreditNote.currency)
        .add_columns(CreditNote.fee_minor, CreditNote.tax_minor, CreditNote.issued_on)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .order_by(CreditNote.id.desc())
        .limit(SHOWN)
    )
    if invoice_id is not None:
        query = query.where(CreditNote.invoice_id == invoice_id)
    scope = viewer.scope(Permission.INVOICE_VIEW)
    if scope is not Scope.ANY:
        query = query.where(Invoice.company_id == (viewer.organisation_id if scope else None))
    return tuple(CreditNoteLine(*row) for row in reading().execute(query))


# --- what the platform looks after -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwedRefund:
    """A refund that is owed to a company and was not paid out."""

    id: uuid.UUID
    placement_id: uuid.UUID
    company_name: str
    currency: str
    owed: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenClawback:
    """What a recruiter owes of a placement; `open` is what of all its clawbacks has not come in."""

    id: uuid.UUID
    placement_id: uuid.UUID
    recruiter_id: uuid.UUID
    recruiter_name: str
    currency: str
    amount: int
    open: int
    opened_at: datetime


def owed_refunds() -> tuple[OwedRefund, ...]:
    """Return the refunds that wait to be paid out, the oldest first."""
    query = (
        _refunds()
        .outerjoin(RefundPayment, RefundPayment.refund_id == Refund.id)
        .where(Refund.owed_minor > 0, RefundPayment.id.is_(None))
        .order_by(Refund.id)
        .limit(SHOWN)
    )
    return tuple(OwedRefund(*row) for row in reading().execute(query))


def refund(refund_id: uuid.UUID) -> OwedRefund:
    """Return a refund, whether it was paid out or not.

    Raises:
        NotFound: there is none.
    """
    row = reading().execute(_refunds().where(Refund.id == refund_id)).one_or_none()
    if row is None:
        raise NotFound()
    return OwedRefund(*row)


def _refunds() -> Any:
    return select(
        Refund.id, Refund.placement_id, Organisation.name, Refund.currency, Refund.owed_minor, Refund.at
    ).join(Organisation, Organisation.id == Refund.company_id)


def open_clawbacks(viewer: Actor) -> tuple[OpenClawback, ...]:
    """Return what recruiters owe, the oldest first; to a recruiter only their own."""
    query = _clawbacks().where(Clawback.settled_at.is_(None)).order_by(Clawback.id).limit(SHOWN)
    if viewer.scope(Permission.EARNINGS_VIEW) is not Scope.ANY:
        query = query.where(Clawback.recruiter_id == viewer.recruiter_id)
    return tuple(OpenClawback(*row) for row in reading().execute(query))


def clawback(clawback_id: uuid.UUID) -> OpenClawback:
    """Return what a recruiter owes of a placement, whether anything of it is open or not.

    Raises:
        NotFound: there is no such clawback.
    """
    row = reading().execute(_clawbacks().where(Clawback.id == clawback_id)).one_or_none()
    if row is None:
        raise NotFound()
    return OpenClawback(*row)


def _clawbacks() -> Any:
    account = LedgerAccount
    return (
        select(Clawback.id, Clawback.placement_id, Clawback.recruiter_id, User.name, Clawback.currency)
        .add_columns(Clawback.amount_minor, account.debits_minor - account.credits_minor, Clawback.opened_at)
        .join(Recruiter, Recruiter.id == Clawback.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .join(
            account,
            (account.kind == AccountKind.CLAWBACK)
            & (account.owner_id == Clawback.recruiter_id)
            & (account.party_id == Clawback.placement_id),
        )
    )


@dataclass(frozen=True, slots=True)
class ToIssue:
    """A placement from before the books: what its invoice would say, which an admin decides about."""

    placement_id: uuid.UUID
    company_name: str
    currency: str
    fee: int
    state: str


def without_books() -> tuple[ToIssue, ...]:
    """Return the active and completed placements that have no books, the oldest first."""
    query = (
        select(Placement.id, Organisation.name, Placement.currency, Placement.fee_minor, Placement.state)
        .join(Organisation, Organisation.id == Placement.company_id)
        .where(Placement.state.in_(("active", "completed")), ~_has_books())
        .order_by(Placement.id)
        .limit(SHOWN)
    )
    return tuple(ToIssue(*row) for row in reading().execute(query))


def _has_books() -> Any:
    return select(FeePlacement.placement_id).where(FeePlacement.placement_id == Placement.id).exists()
