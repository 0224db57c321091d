"""Receipts and refunds as documents of their own: a page of them, one, and the list of receipts (money.md §3, §5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from portal.domain.errors import existing
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
from portal.queries import places
from portal.queries.billing import money, standings
from portal.queries.billing.documents import of_every_company, own
from portal.queries.billing.listing import in_currency
from portal.queries.filters import Days, Search, by_state
from portal.queries.list_parts import HIGHEST, NEWEST, Cell, Column, Sort, in_major
from portal.queries.lists import Listing, as_selected
from portal.queries.paging import Counted, newest


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
    recorded_at: datetime  # when it was booked
    reversed_at: datetime | None
    reason: str | None
    allocations: tuple[ReceiptAllocation, ...] = ()

    @property
    def counting(self) -> list[ReceiptAllocation]:
        return [part for part in self.allocations if not part.is_undone]

    @property
    def allocated(self) -> int:
        """Return what of it counts for invoices."""
        return sum(part.amount for part in self.counting)

    @property
    def credit(self) -> int:
        """Return what of it is the company's credit, or was paid back to it."""
        return 0 if self.reversed_at else self.amount - self.allocated


def receipt(receipt_id: uuid.UUID, *, viewer: Actor) -> ReceiptDetail:
    query = columns(viewer).where(own(viewer, Receipt.company_id), Receipt.id == receipt_id)
    row = existing(reading().execute(query).one_or_none())
    return _counting([ReceiptDetail(*row)])[0]


def columns(_: Actor) -> Select[Any]:
    """Select the fields of receipts but their allocations."""
    return (
        select(Receipt.id, Receipt.company_id, Organisation.name.label("company_name"), Receipt.currency)
        .add_columns(Receipt.amount_minor, Receipt.received_on, Receipt.reference, Receipt.at)
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
    query = money.refund_columns().where(own(viewer, Refund.company_id))
    return newest(query, Refund.id, money.refund_line, older_than=older_than, limit=limit)


def refund_with_note(refund_id: uuid.UUID, *, viewer: Actor) -> money.RefundLine:
    query = money.refund_columns().where(own(viewer, Refund.company_id), Refund.id == refund_id)
    row = existing(reading().execute(query).one_or_none())
    return money.refund_line(row)


# --- the list ----------------------------------------------------------------------------------------------------


def _among(viewer: Actor) -> Select[Any]:
    found = select(Receipt.id).join(Organisation, Organisation.id == Receipt.company_id)
    found = found.outerjoin(ReceiptReversal, ReceiptReversal.receipt_id == Receipt.id)
    return found.where(own(viewer, Receipt.company_id))


def _counting(rows: Sequence[ReceiptDetail]) -> list[ReceiptDetail]:
    """Add what each receipt counts for, of a whole page at once."""
    found = allocations([row.id for row in rows])
    return [replace(row, allocations=tuple(found.get(row.id, ()))) for row in rows]


RECEIPTS: Listing[ReceiptDetail] = Listing(
    name="receipts",
    zone=standings.document_zone,
    noun=("receipt", "receipts"),
    path="/receipts",
    looked_at="receipts",
    id=Receipt.id,
    among=_among,
    shows=columns,
    make=as_selected(ReceiptDetail),
    complete=lambda rows, _: _counting(rows),
    filters=(
        by_state(
            {"received": "Received", "reversed": "Reversed"},
            lambda state: ReceiptReversal.at.is_(None) if state == "received" else ReceiptReversal.at.is_not(None),
        ),
        Search("q", "Reference or company", of=(places.receipt(Receipt.id), places.company(Receipt.company_id))),
        Days("received", "Received", on=Receipt.received_on),
        in_currency(Receipt.currency),
    ),
    sorts=(
        Sort("recorded", "Recorded", Receipt.id, NEWEST, falls=True),
        Sort("received", "Received", Receipt.received_on, NEWEST, falls=True),
        Sort("amount", "Amount", Receipt.amount_minor, HIGHEST, falls=True),
    ),
    columns=(
        Column("Received", sort="received"),
        Column("Company", offered=of_every_company),
        Column("Reference"),
        Column("Applied to"),
        Column("Amount", "n", sort="amount"),
    ),
    cells=(
        Cell("Reference", lambda row: row.reference),
        Cell("Company", lambda row: row.company_name),
        Cell("Received", lambda row: row.received_on),
        Cell("Recorded", lambda row: row.recorded_at, is_time=True),
        Cell("Applied to", lambda row: ", ".join(part.invoice_number for part in row.counting)),
        Cell("Currency", lambda row: row.currency),
        Cell("Amount", in_major(lambda row: row.amount)),
        Cell("Allocated", in_major(lambda row: row.allocated)),
        Cell("Credit", in_major(lambda row: row.credit)),
        Cell("Reversed", lambda row: row.reversed_at, is_time=True),
        Cell("Reason", lambda row: row.reason or ""),
    ),
)
