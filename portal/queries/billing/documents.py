"""Invoices, their receipts and credit notes, as companies and the platform see them (money.md §7)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, exists, func, select, true
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import disputes
from portal.domain.billing import documents as rules
from portal.domain.billing.documents import InvoiceState
from portal.domain.billing.ledger import AccountKind
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import local_day
from portal.extensions import reading
from portal.models import (
    Allocation,
    CreditNote,
    Invoice,
    InvoiceLine,
    LedgerAccount,
    Organisation,
    PaymentAnnouncement,
    PlatformSettings,
    Receipt,
    ReceiptReversal,
    Refund,
)
from portal.queries.billing import standings

_corrected = aliased(Invoice)


@dataclass(frozen=True, slots=True)
class InvoiceSums:
    """An invoice in a placement's money; amounts are minor units, the state is derived from the books."""

    id: uuid.UUID
    number: str
    state: str
    issued_on: date
    due_on: date
    total: int
    paid: int
    credited: int
    outstanding: int
    currency: str

    @property
    def is_credited(self) -> bool:
        """Return whether nothing of it stands any more."""
        return self.state == "credited"

    @property
    def label(self) -> str:
        """Return the word for its state; what was given up before anything was paid was not credited."""
        return "Written off" if self.is_credited and self.credited < self.total else rules.STATE_LABELS[self.state]


@dataclass(frozen=True, slots=True)
class ListedInvoice(InvoiceSums):
    placement_id: uuid.UUID
    company_id: uuid.UUID
    company_name: str
    announced_on: date | None
    fee: int
    tax: int
    tax_label: str
    tax_bp: int
    billed_to: dict[str, Any]
    corrects: str | None  # the number of the invoice that it replaces
    to_refund: int  # what of the credit notes was paid before, so that it goes back

    @property
    def written_off(self) -> int:
        """Return what was given up of it: with this, its other sums add up to its total."""
        return self.total - self.paid - self.credited + self.to_refund - self.outstanding


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    description: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt of a company, with what of it counts for this invoice."""

    id: uuid.UUID
    amount: int
    counted: int
    received_on: date
    reference: str
    reversed_at: datetime | None
    currency: str


@dataclass(frozen=True, slots=True)
class CreditNoteLine:
    id: uuid.UUID
    number: str
    invoice_id: uuid.UUID
    invoice_number: str
    currency: str
    fee: int
    tax: int
    issued_on: date

    @property
    def total(self) -> int:
        return self.fee + self.tax


@dataclass(frozen=True, slots=True)
class InvoiceDetail(ListedInvoice):
    lines: tuple[Line, ...]
    issuer: dict[str, Any]
    receipts: tuple[ReceiptLine, ...]
    credit_notes: tuple[CreditNoteLine, ...]
    pays_viewer: bool  # then somebody else records and decides
    announced_as: str  # the reference of the payment that the company announced

    def may_dispute(self, viewer: Actor) -> bool:
        """Return whether the viewer may open a case about it (disputes.md §1)."""
        issued_at = datetime.combine(self.issued_on, time(), UTC)
        is_in_time = disputes.may_open(issued_at, viewer.now, viewer.time_zone)
        return is_in_time and viewer.has(Permission.DISPUTE_OPEN)


@dataclass(frozen=True, slots=True)
class Aging:
    """What is owed in one currency, by how long it is late."""

    currency: str
    buckets: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(amount for _, amount in self.buckets)


def of_fee(fee_id: uuid.UUID, viewer: Actor) -> tuple[InvoiceSums, ...]:
    """Return all invoices of a fee, oldest first; whether the viewer may see them is the caller's to ask."""
    query = _columns().where(Invoice.fee_id == fee_id).order_by(Invoice.id)
    return tuple(InvoiceSums(**_sums_of(row, viewer)) for row in reading().execute(query))


def _sums() -> tuple[Any, Any, Any]:
    """Return what was received for an invoice, what was credited on it, and what is outstanding."""
    received = select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(
        Allocation.invoice_id == Invoice.id, Allocation.undone_at.is_(None)
    )
    credited = select(func.coalesce(func.sum(CreditNote.fee_minor + CreditNote.tax_minor), 0)).where(
        CreditNote.invoice_id == Invoice.id
    )
    owed = select(LedgerAccount.debits_minor - LedgerAccount.credits_minor).where(
        LedgerAccount.kind == AccountKind.RECEIVABLE, LedgerAccount.owner_id == Invoice.id
    )
    return received.scalar_subquery(), credited.scalar_subquery(), func.coalesce(owed.scalar_subquery(), 0)


def _columns() -> Any:
    """Select what an invoice's line is made of, with what was received and credited."""
    received, credited, outstanding = _sums()
    return select(
        Invoice.id,
        Invoice.number,
        Invoice.issued_on,
        Invoice.due_on,
        Invoice.total_minor,
        Invoice.currency,
        cast(received, BigInteger).label("received"),
        cast(credited, BigInteger).label("credited"),
        outstanding.label("outstanding"),
        select(PlatformSettings.time_zone).scalar_subquery().label("document_zone"),
    )


def _sums_of(row: Any, viewer: Actor) -> dict[str, Any]:
    """Return the fields of an invoice's line, with its state of today."""
    values = {name: getattr(row, name) for name in ("id", "number", "issued_on", "due_on", "outstanding", "currency")}
    state = rules.invoice_state(
        outstanding=row.outstanding,
        received=row.received,
        total=row.total_minor,
        credited=row.credited,
        due_on=row.due_on,
        today=local_day(viewer.now, row.document_zone),
    )
    return {**values, "state": state, "total": row.total_minor, "paid": row.received, "credited": row.credited}


def is_in(state: str, today: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the condition of a state, which `domain.billing.documents.invoice_state` derives of each invoice."""
    received, credited, outstanding = _sums()
    is_paid = (received > 0) & (credited < Invoice.total_minor)
    conditions: dict[InvoiceState, ColumnElement[bool]] = {
        InvoiceState.PAID: (outstanding == 0) & is_paid,
        InvoiceState.CREDITED: (outstanding == 0) & ~is_paid,
        InvoiceState.OVERDUE: (outstanding > 0) & (Invoice.due_on < today),
        InvoiceState.PARTLY_PAID: (outstanding > 0) & (Invoice.due_on >= today) & (received > 0),
        InvoiceState.OPEN: (outstanding > 0) & (Invoice.due_on >= today) & (received == 0),
    }
    return conditions[InvoiceState(state)]


def listed(viewer: Actor) -> Any:
    """Select what the line of an invoice is made of, of those that the viewer may see."""
    announced = _announced(PaymentAnnouncement.paid_on)
    query = (
        _columns()
        .add_columns(Invoice.placement_id, Invoice.company_id, Organisation.name.label("company_name"))
        .add_columns(Invoice.fee_minor.label("fee"), Invoice.tax_minor.label("tax"), Invoice.tax_label, Invoice.tax_bp)
        .add_columns(Invoice.billed_to, announced.label("announced_on"))
        .add_columns(_corrected.number.label("corrects"), _to_refund().label("to_refund"))
        .join(Organisation, Organisation.id == Invoice.company_id)
        .outerjoin(_corrected, _corrected.id == Invoice.corrects_id)
    )
    return query.where(own(viewer, Invoice.company_id))


def is_awaited() -> ColumnElement[bool]:
    """Say of an announcement whether it is about an invoice and nothing came since."""
    said, came = PaymentAnnouncement, Allocation
    since = exists().where(came.invoice_id == said.invoice_id, came.at >= said.at, came.undone_at.is_(None))
    return (said.invoice_id == Invoice.id) & ~since.correlate(said)


def _announced(column: Any) -> Any:
    """Select a column of the latest payment that a company announced and that has not come."""
    latest = select(column).where(is_awaited()).order_by(PaymentAnnouncement.at.desc()).limit(1)
    return latest.correlate(Invoice).scalar_subquery()


def _to_refund() -> Any:
    """Select what goes back of an invoice's credit notes; what a corrected one got counts for the one in its place."""
    owed = (
        select(func.coalesce(cast(func.sum(Refund.owed_minor), BigInteger), 0))
        .join(CreditNote, CreditNote.refund_id == Refund.id)
        .where(CreditNote.invoice_id == Invoice.id, Refund.cause != "correction")
    )
    return owed.correlate(Invoice).scalar_subquery()


_AS_THEY_ARE = (
    "placement_id", "company_id", "company_name", "fee", "tax", "tax_label", "tax_bp", "billed_to",
    "corrects", "to_refund",
)  # fmt: skip


def _values(row: Any, viewer: Actor) -> dict[str, Any]:
    announced_on = row.announced_on if row.outstanding else None
    values = {name: getattr(row, name) for name in _AS_THEY_ARE}
    return {**_sums_of(row, viewer), **values, "announced_on": announced_on}


def to_listed(row: Any, viewer: Actor) -> ListedInvoice:
    """Return the line of an invoice with its state of today."""
    return ListedInvoice(**_values(row, viewer))


def aging(viewer: Actor) -> tuple[Aging, ...]:
    """Return what the viewer's companies owe, by currency and age."""
    owed = LedgerAccount
    left = func.sum(owed.debits_minor - owed.credits_minor)
    query = (
        select(Invoice.currency, Invoice.due_on, left)
        .join(owed, (owed.kind == AccountKind.RECEIVABLE) & (owed.owner_id == Invoice.id))
        .where(owed.debits_minor > owed.credits_minor)
        .group_by(Invoice.currency, Invoice.due_on)
    )
    if not of_every_company(viewer):
        query = query.where(Invoice.company_id == viewer.organisation_id)
    today = standings.document_day(viewer.now)
    sums: dict[str, dict[str, int]] = {}
    for currency, due_on, amount in reading().execute(query):
        bucket = sums.setdefault(currency, {label: 0 for label, _ in rules.AGES})
        bucket[rules.age(due_on, today)] += int(amount)
    return tuple(Aging(currency, tuple(buckets.items())) for currency, buckets in sorted(sums.items()))


def credit(viewer: Actor) -> tuple[tuple[str, int], ...]:
    """Return the credit of the viewer's organization by currency, in minor units."""
    account = LedgerAccount
    query = (
        select(account.currency, account.credits_minor - account.debits_minor)
        .where(account.kind == AccountKind.REFUNDABLE, account.owner_id == viewer.organisation_id)
        .where(account.credits_minor > account.debits_minor)
        .order_by(account.currency)
    )
    return tuple((currency, int(amount)) for currency, amount in reading().execute(query))


def invoice(invoice_id: uuid.UUID, *, viewer: Actor) -> InvoiceDetail:
    """Return an invoice as it was issued, with what happened to it since."""
    query = listed(viewer).add_columns(Invoice.issuer, _announced(PaymentAnnouncement.reference).label("announced_as"))
    query = query.add_columns(access.is_paid_by(viewer, Invoice.fee_id).label("pays_viewer"))
    row = existing(reading().execute(query.where(Invoice.id == invoice_id)).one_or_none())
    lines = select(InvoiceLine.kind, InvoiceLine.description, InvoiceLine.amount_minor).where(
        InvoiceLine.invoice_id == invoice_id
    )
    return InvoiceDetail(
        **_values(row, viewer),
        lines=tuple(Line(*found, row.currency) for found in reading().execute(lines.order_by(InvoiceLine.position))),
        issuer=row.issuer,
        receipts=_receipts_of(invoice_id),
        credit_notes=credit_notes(viewer, invoice_id=invoice_id),
        pays_viewer=row.pays_viewer,
        announced_as=row.announced_as or "",
    )


def invoice_of_receipt(receipt_id: uuid.UUID) -> uuid.UUID | None:
    """Return the first invoice that a receipt counted for, or None where all of it is credit."""
    query = (
        select(Allocation.invoice_id)
        .select_from(Receipt)
        .outerjoin(Allocation, Allocation.receipt_id == Receipt.id)
        .where(Receipt.id == receipt_id)
        .order_by(Allocation.id)
    )
    row = existing(reading().execute(query.limit(1)).one_or_none())
    invoice_id: uuid.UUID | None = row.invoice_id
    return invoice_id


def _receipts_of(invoice_id: uuid.UUID) -> tuple[ReceiptLine, ...]:
    query = (
        select(Receipt.id, Receipt.amount_minor, func.sum(Allocation.amount_minor), Receipt.received_on)
        .add_columns(Receipt.reference, ReceiptReversal.at, Receipt.currency)
        .join(Allocation, Allocation.receipt_id == Receipt.id)
        .outerjoin(ReceiptReversal, ReceiptReversal.receipt_id == Receipt.id)
        .where(Allocation.invoice_id == invoice_id)
        .group_by(Receipt.id, ReceiptReversal.at)
        .order_by(Receipt.id)
    )
    return tuple(ReceiptLine(*row) for row in reading().execute(query))


def credit_notes(viewer: Actor, *, invoice_id: uuid.UUID) -> tuple[CreditNoteLine, ...]:
    """Return the credit notes of an invoice that the viewer may see, the newest first."""
    query = (
        select(CreditNote.id, CreditNote.number, CreditNote.invoice_id, Invoice.number, CreditNote.currency)
        .add_columns(CreditNote.fee_minor, CreditNote.tax_minor, CreditNote.issued_on)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .where(own(viewer, Invoice.company_id), CreditNote.invoice_id == invoice_id)
        .order_by(CreditNote.id.desc())
    )
    return tuple(CreditNoteLine(*row) for row in reading().execute(query))


def of_every_company(viewer: Actor) -> bool:
    """Return whether the viewer reads the documents of all companies, so that lists say whose each is."""
    return viewer.scope(Permission.INVOICE_VIEW) is Scope.ANY


def own(viewer: Actor, company_id: Any) -> ColumnElement[bool]:
    """Return the condition that a document is of a company whose documents the viewer may see."""
    if of_every_company(viewer):
        return true()
    is_own: ColumnElement[bool] = company_id == (
        viewer.organisation_id if viewer.has(Permission.INVOICE_VIEW) else None
    )
    return is_own
