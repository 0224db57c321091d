"""The lists of what moves an issued invoice (money.md §3, §5): receipts, and credit notes with their refunds."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, select, type_coerce

from portal.domain.billing import documents as document_rules
from portal.domain.money import to_major
from portal.domain.permissions import Actor
from portal.models import CreditNote, Invoice, Organisation, Receipt, ReceiptReversal, Refund, RefundPayment
from portal.queries.billing import money, receipts, standings
from portal.queries.billing.documents import own
from portal.queries.billing.listing import in_currency
from portal.queries.billing.receipts import ReceiptDetail
from portal.queries.filters import Choice, Days, Search
from portal.queries.lists import HIGHEST, NEWEST, Cell, Column, Listing, Sort

# --- receipts -----------------------------------------------------------------------------------------------------


def _receipts(viewer: Actor) -> Select[Any]:
    found = select(Receipt.id).join(Organisation, Organisation.id == Receipt.company_id)
    found = found.outerjoin(ReceiptReversal, ReceiptReversal.receipt_id == Receipt.id)
    return found.where(own(viewer, Receipt.company_id))


def _counting(rows: list[ReceiptDetail], _: Actor) -> list[ReceiptDetail]:
    """Add what each receipt counts for, of a whole page at once."""
    found = receipts.allocations([row.id for row in rows])
    return [replace(row, allocations=tuple(found.get(row.id, ()))) for row in rows]


def _in_receipt(minor: Callable[[ReceiptDetail], int]) -> Callable[[ReceiptDetail], object]:
    return lambda row: to_major(minor(row), row.currency)


RECEIPTS: Listing[ReceiptDetail] = Listing(
    name="receipts",
    zone=standings.document_zone,
    noun=("receipt", "receipts"),
    path="/receipts",
    id=Receipt.id,
    among=_receipts,
    shows=receipts.columns,
    make=lambda values, _: ReceiptDetail(*values),
    complete=_counting,
    filters=(
        Choice(
            "state",
            "Status",
            options={"received": "Received", "reversed": "Reversed"},
            on=lambda state: ReceiptReversal.at.is_(None) if state == "received" else ReceiptReversal.at.is_not(None),
            tabs=True,
        ),
        Search("q", "Reference or company", text=(Receipt.reference, Organisation.name)),
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
        Column("Company"),
        Column("Reference"),
        Column("Applied to"),
        Column("Amount", "n", sort="amount"),
    ),
    cells=(
        Cell("Reference", lambda row: row.reference),
        Cell("Company", lambda row: row.company_name),
        Cell("Received", lambda row: row.received_on),
        Cell("Applied to", lambda row: ", ".join(part.invoice_number for part in row.counting)),
        Cell("Currency", lambda row: row.currency),
        Cell("Amount", _in_receipt(lambda row: row.amount)),
        Cell("Allocated", _in_receipt(lambda row: row.allocated)),
        Cell("Credit", _in_receipt(lambda row: row.credit)),
        Cell("Reversed", lambda row: row.reversed_at, is_time=True),
        Cell("Reason", lambda row: row.reason or ""),
    ),
)


# --- credit notes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A credit note with the refund that it belongs to; `owed` is what the company gets back of its total."""

    id: uuid.UUID
    number: str
    invoice_id: uuid.UUID
    invoice_number: str
    company_name: str
    issued_on: date
    currency: str
    fee: int
    tax: int
    owed: int
    cause: str
    state: str
    paid_on: date | None
    reference: str | None

    @property
    def total(self) -> int:
        """Return what the credit note takes off."""
        return self.fee + self.tax


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Invoice, Invoice.id == CreditNote.invoice_id)
        .join(Refund, Refund.id == CreditNote.refund_id)
        .join(Organisation, Organisation.id == Refund.company_id)
        .outerjoin(RefundPayment, RefundPayment.refund_id == Refund.id)
    )


def _notes(viewer: Actor) -> Select[Any]:
    return _joined(select(CreditNote.id)).where(own(viewer, Refund.company_id))


def _note_columns(_: Actor) -> Select[Any]:
    return _joined(
        select(
            CreditNote.id, CreditNote.number, CreditNote.invoice_id, Invoice.number.label("invoice"), Organisation.name
        )
        .add_columns(CreditNote.issued_on, CreditNote.currency, CreditNote.fee_minor, CreditNote.tax_minor)
        .add_columns(Refund.owed_minor, Refund.cause, money.refund_state.label("state"))
        .add_columns(RefundPayment.paid_on, RefundPayment.reference)
    )


def _in_note(minor: Callable[[NoteRow], int]) -> Callable[[NoteRow], object]:
    return lambda row: to_major(minor(row), row.currency)


CREDIT_NOTES: Listing[NoteRow] = Listing(
    name="credit-notes",
    noun=("credit note", "credit notes"),
    path="/credit-notes",
    id=CreditNote.id,
    among=_notes,
    shows=_note_columns,
    make=lambda values, _: NoteRow(*values),
    filters=(
        Choice(
            "state",
            "Refund",
            options=document_rules.REFUND_STATE_LABELS,
            on=lambda state: money.refund_state == state,
            tabs=True,
        ),
        Search("q", "Number or company", text=(CreditNote.number, Invoice.number, Organisation.name)),
        Days("issued", "Issued", on=CreditNote.issued_on),
        in_currency(CreditNote.currency),
    ),
    sorts=(
        Sort("issued", "Issued", CreditNote.id, NEWEST, falls=True),
        Sort(
            "total", "Total", type_coerce(CreditNote.fee_minor + CreditNote.tax_minor, BigInteger), HIGHEST, falls=True
        ),
    ),
    columns=(
        Column("Number"),
        Column("Invoice"),
        Column("Company"),
        Column("Why"),
        Column("Issued", sort="issued"),
        Column("Refund"),
        Column("Total", "n", sort="total"),
    ),
    cells=(
        Cell("Number", lambda row: row.number),
        Cell("Invoice", lambda row: row.invoice_number),
        Cell("Company", lambda row: row.company_name),
        Cell("Why", lambda row: document_rules.REFUND_CAUSE_LABELS[row.cause]),
        Cell("Issued", lambda row: row.issued_on),
        Cell("Currency", lambda row: row.currency),
        Cell("Fee", _in_note(lambda row: row.fee)),
        Cell("Tax", _in_note(lambda row: row.tax)),
        Cell("Total", _in_note(lambda row: row.total)),
        Cell("To be refunded", _in_note(lambda row: row.owed)),
        Cell("Refund", lambda row: document_rules.REFUND_STATE_LABELS[row.state]),
        Cell("Refunded", lambda row: row.paid_on),
        Cell("Reference", lambda row: row.reference or ""),
    ),
)
