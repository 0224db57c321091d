"""The PDF of an invoice or credit note (money.md §3, §9): printed when it is first asked for, then kept as it is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.times import write_day
from portal.models import CreditNote, CreditNoteDocument, Invoice, InvoiceDocument, InvoiceLine
from portal.printing.documents import Printed, printed
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class Pdf:
    """A printed document: its name as a file, and its bytes."""

    name: str
    content: bytes


def of_invoice(invoice_id: uuid.UUID, *, actor: Actor) -> Pdf:
    """Return the PDF of an invoice.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with unit_of_work(actor) as uow:
        row = _seen(uow, invoice_id)
        kept = uow.session.scalar(select(InvoiceDocument.pdf).where(InvoiceDocument.invoice_id == invoice_id))
        if kept is None:
            kept = printed(_invoice(uow, row))
            values = {"invoice_id": row.id, "pdf": kept, "sha256": _digest(kept), "at": uow.now}
            uow.session.execute(insert(InvoiceDocument).values(values).on_conflict_do_nothing())
        return Pdf(f"{row.number}.pdf", kept)


def of_credit_note(credit_note_id: uuid.UUID, *, actor: Actor) -> Pdf:
    """Return the PDF of a credit note.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with unit_of_work(actor) as uow:
        row = uow.session.get(CreditNote, credit_note_id)
        if row is None:
            raise NotFound()
        invoice = _seen(uow, row.invoice_id)
        document = CreditNoteDocument
        kept = uow.session.scalar(select(document.pdf).where(document.credit_note_id == credit_note_id))
        if kept is None:
            kept = printed(_credit_note(row, invoice))
            values = {"credit_note_id": row.id, "pdf": kept, "sha256": _digest(kept), "at": uow.now}
            uow.session.execute(insert(document).values(values).on_conflict_do_nothing())
        return Pdf(f"{row.number}.pdf", kept)


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
    )


def _credit_note(row: CreditNote, invoice: Invoice) -> Printed:
    tax = [(invoice.tax_label, row.tax_minor)] if row.tax_minor else []
    return Printed(
        "Credit note",
        row.number,
        row.currency,
        _details(invoice.issuer),
        _details(invoice.billed_to),
        row.issued_on,
        [(f"{invoice.service}: taken back", row.fee_minor), *tax],
        refers_to=f"Invoice {invoice.number} of {write_day(invoice.issued_on)}",
    )


def _details(copied: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in copied.items()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
