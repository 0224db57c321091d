"""The PDF of an invoice or credit note (money.md §3, §9): printed when it is first asked for, then kept as it is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain import money
from portal.domain.errors import NotFound, existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.models import Allocation, CreditNote, CreditNoteDocument, Invoice, InvoiceDocument, InvoiceLine
from portal.printing.documents import Printed, day_in_full, printed
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class Pdf:
    """A printed document: its name as a file, and its bytes."""

    name: str
    content: bytes


def of_invoice(invoice_id: uuid.UUID, *, actor: Actor) -> Pdf:
    """Return an invoice as PDF, the same bytes each time."""
    with unit_of_work(actor) as uow:
        row = _seen(uow, invoice_id)
        return Pdf(f"{row.number}.pdf", _kept(uow, InvoiceDocument, "invoice_id", row.id, lambda: _invoice(uow, row)))


def of_credit_note(credit_note_id: uuid.UUID, *, actor: Actor) -> Pdf:
    """Return a credit note as PDF, the same bytes each time."""
    with unit_of_work(actor) as uow:
        row = existing(uow.session.get(CreditNote, credit_note_id))
        invoice = _seen(uow, row.invoice_id)
        return Pdf(
            f"{row.number}.pdf",
            _kept(uow, CreditNoteDocument, "credit_note_id", row.id, lambda: _credit_note(row, invoice)),
        )


def _kept(
    uow: UnitOfWork,
    kind: type[InvoiceDocument | CreditNoteDocument],
    of: str,
    row_id: uuid.UUID,
    said: Callable[[], Printed],
) -> bytes:
    """Return the document that is kept for a row, printed and kept when it is first asked for."""
    kept = uow.session.scalar(select(kind.pdf).where(kind.__table__.c[of] == row_id))
    if kept is None:
        kept = printed(said())
        values = {of: row_id, "pdf": kept, "sha256": hashlib.sha256(kept).hexdigest(), "at": uow.now}
        uow.session.execute(insert(kind).values(values).on_conflict_do_nothing())
    return kept


def _seen(uow: UnitOfWork, invoice_id: uuid.UUID) -> Invoice:
    """Load an invoice that the actor may see."""
    actor = uow.actor
    access.require(actor, Permission.INVOICE_VIEW)
    row = uow.session.get(Invoice, invoice_id)
    is_any = actor.scope(Permission.INVOICE_VIEW) is Scope.ANY
    if row is None or not (is_any or row.company_id == actor.organisation_id):
        raise NotFound()
    return row


def _invoice(uow: UnitOfWork, row: Invoice) -> Printed:
    lines = select(InvoiceLine.description, InvoiceLine.amount_minor).where(InvoiceLine.invoice_id == row.id)
    return Printed(
        "Invoice",
        row.number,
        row.currency,
        _details(row.issuer),
        _details(row.billed_to),
        row.issued_on,
        [(text, amount) for text, amount in uow.session.execute(lines.order_by(InvoiceLine.position))],
        due_on=row.due_on,
        refers_to=_replaced(uow, row),
        taxed=row.tax_minor > 0,
        paid=_paid_at_issue(uow, row),
    )


def _paid_at_issue(uow: UnitOfWork, row: Invoice) -> int:
    """Return what counted for an invoice from its issue on: what was paid for the one before it, or credit."""
    counted = select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(
        Allocation.invoice_id == row.id, Allocation.at == row.issued_at
    )
    return int(uow.session.scalars(counted).one())


def _replaced(uow: UnitOfWork, row: Invoice) -> str:
    """Return which invoice this one stands for, after a correction (money.md §9)."""
    before = uow.session.get(Invoice, row.corrects_id) if row.corrects_id else None
    return f"Replaces invoice {before.number} of {day_in_full(before.issued_on)}" if before else ""


def _credit_note(row: CreditNote, invoice: Invoice) -> Printed:
    tax = [(f"{invoice.tax_label} {money.percent_text(invoice.tax_bp)}", row.tax_minor)] if row.tax_minor else []
    return Printed(
        "Credit note",
        row.number,
        row.currency,
        _details(invoice.issuer),
        _details(invoice.billed_to),
        row.issued_on,
        [(f"{invoice.service}: credited", row.fee_minor), *tax],
        taxed=row.tax_minor > 0,
        refers_to=f"Invoice {invoice.number} of {day_in_full(invoice.issued_on)}",
    )


def _details(copied: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in copied.items()}
