"""The list of credit notes, with the refunds that they belong to (money.md §5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, select, type_coerce

from portal.domain.billing import documents as document_rules
from portal.domain.permissions import Actor
from portal.models import CreditNote, Invoice, Organisation, Refund, RefundPayment
from portal.queries.billing import owing
from portal.queries.billing.documents import of_every_company, own
from portal.queries.billing.listing import in_currency
from portal.queries.filters import Choice, Days, Search
from portal.queries.list_parts import HIGHEST, NEWEST, Cell, Column, Sort, in_major, in_percent
from portal.queries.lists import Listing, as_selected


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
    billed_to: dict[str, Any]  # as the invoice has it, with its tax
    tax_label: str
    tax_bp: int

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
        .add_columns(owing.owed.label("owed_minor"), Refund.cause, owing.state.label("state"))
        .add_columns(RefundPayment.paid_on, RefundPayment.reference)
        .add_columns(Invoice.billed_to, Invoice.tax_label, Invoice.tax_bp)
    )


CREDIT_NOTES: Listing[NoteRow] = Listing(
    name="credit-notes",
    noun=("credit note", "credit notes"),
    path="/credit-notes",
    looked_at="credit notes",
    id=CreditNote.id,
    among=_notes,
    shows=_note_columns,
    make=as_selected(NoteRow),
    filters=(
        Choice(
            "state",
            "Refund",
            options=document_rules.REFUND_STATE_LABELS,
            on=lambda state: owing.state == state,
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
        Column("Company", offered=of_every_company),
        Column("Why"),
        Column("Issued", sort="issued"),
        Column("Refund"),
        Column("Total", "n", sort="total"),
    ),
    cells=(
        Cell("Number", lambda row: row.number),
        Cell("Invoice", lambda row: row.invoice_number),
        Cell("Company", lambda row: row.company_name),
        Cell("Billed to", lambda row: row.billed_to.get("legal_name", "")),
        Cell("Tax ID", lambda row: row.billed_to.get("tax_id", "")),
        Cell("Why", lambda row: document_rules.REFUND_CAUSE_LABELS[row.cause]),
        Cell("Issued", lambda row: row.issued_on),
        Cell("Currency", lambda row: row.currency),
        Cell("Fee", in_major(lambda row: row.fee)),
        Cell("Tax name", lambda row: row.tax_label if row.tax else ""),
        Cell("Tax %", in_percent(lambda row: row.tax_bp)),
        Cell("Tax", in_major(lambda row: row.tax)),
        Cell("Total", in_major(lambda row: row.total)),
        Cell("To be refunded", in_major(lambda row: row.owed)),
        Cell("Refund", lambda row: document_rules.REFUND_STATE_LABELS[row.state]),
        Cell("Refunded", lambda row: row.paid_on),
        Cell("Reference", lambda row: row.reference or ""),
    ),
)
