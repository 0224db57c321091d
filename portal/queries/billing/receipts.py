"""Receipts and refunds as documents of their own: a page of them, or one (money.md §3, §5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import (
    Allocation,
    Invoice,
    Organisation,
    Receipt,
    ReceiptReversal,
    Refund,
)
from portal.queries.billing import money
from portal.queries.billing.documents import own
from portal.queries.paging import Counted, counted


@dataclass(frozen=True, slots=True)
class ReceiptAllocation:
    """What of a receipt counts for an invoice; no longer when it was undone."""

    invoice_id: uuid.UUID
    invoice_number: str
    amount: int
    is_undone: bool
    currency: str


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """A receipt of a company with the invoices that it counts for; what is left is the company's credit."""

    id: uuid.UUID
    company_id: uuid.UUID
    company_name: str
    currency: str
    amount: int
    received_on: date
    reference: str
    reversed_at: datetime | None
    reason: str | None
    allocations: tuple[ReceiptAllocation, ...] = ()

    @property
    def counting(self) -> list[ReceiptAllocation]:
        """Return the allocations that were not undone."""
        return [part for part in self.allocations if not part.is_undone]

    @property
    def allocated(self) -> int:
        """Return what of it counts for invoices."""
        return sum(part.amount for part in self.counting)

    @property
    def credit(self) -> int:
        """Return what of it is the company's credit, or was paid back to it."""
        return 0 if self.reversed_at else self.amount - self.allocated


def receipt_page(viewer: Actor, *, older_than: uuid.UUID | None, limit: int) -> Counted[ReceiptDetail]:
    """Return a part of the receipts that the viewer may see, the newest first."""
    total = select(func.count()).select_from(Receipt).where(own(viewer, Receipt.company_id))
    where = [] if older_than is None else [Receipt.id < older_than]
    return counted(_receipts(viewer, *where, limit=limit + 1), limit, reading().execute(total).scalar_one())


def receipt(receipt_id: uuid.UUID, *, viewer: Actor) -> ReceiptDetail:
    """Return a receipt.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = _receipts(viewer, Receipt.id == receipt_id, limit=1)
    if not found:
        raise NotFound()
    return found[0]


def _receipts(viewer: Actor, *where: ColumnElement[bool], limit: int) -> list[ReceiptDetail]:
    query = columns(viewer).where(own(viewer, Receipt.company_id), *where)
    rows = reading().execute(query.order_by(Receipt.id.desc()).limit(limit)).all()
    found = allocations([row.id for row in rows])
    return [replace(ReceiptDetail(*row), allocations=tuple(found.get(row.id, ()))) for row in rows]


def columns(_: Actor) -> Select[Any]:
    """Select the fields of receipts but their allocations."""
    return (
        select(Receipt.id, Receipt.company_id, Organisation.name.label("company_name"), Receipt.currency)
        .add_columns(Receipt.amount_minor, Receipt.received_on, Receipt.reference)
        .add_columns(ReceiptReversal.at.label("reversed_at"), ReceiptReversal.reason)
        .join(Organisation, Organisation.id == Receipt.company_id)
        .outerjoin(ReceiptReversal, ReceiptReversal.receipt_id == Receipt.id)
    )


def allocations(receipt_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ReceiptAllocation]]:
    """Return what receipts count for, or did."""
    parts = (
        select(Allocation.receipt_id, Allocation.invoice_id, Invoice.number, Allocation.amount_minor)
        .add_columns(Allocation.undone_at.is_not(None), Invoice.currency)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Allocation.receipt_id.in_(receipt_ids))
        .order_by(Allocation.id)
    )
    found: dict[uuid.UUID, list[ReceiptAllocation]] = {}
    for receipt_id, *part in reading().execute(parts):
        found.setdefault(receipt_id, []).append(ReceiptAllocation(*part))
    return found


def refund_page(viewer: Actor, *, older_than: uuid.UUID | None, limit: int) -> Counted[money.RefundLine]:
    """Return a part of the refunds that the viewer may see, the newest first."""
    total = select(func.count()).select_from(Refund).where(own(viewer, Refund.company_id))
    query = money.refund_columns().where(own(viewer, Refund.company_id))
    if older_than is not None:
        query = query.where(Refund.id < older_than)
    found = reading().execute(query.order_by(Refund.id.desc()).limit(limit + 1))
    return counted([money.refund_line(row) for row in found], limit, reading().execute(total).scalar_one())


def refund_with_note(refund_id: uuid.UUID, *, viewer: Actor) -> money.RefundLine:
    """Return a refund with its credit note.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    query = money.refund_columns().where(own(viewer, Refund.company_id), Refund.id == refund_id)
    row = reading().execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return money.refund_line(row)
