"""Invoices and what follows from them: announcements, receipts, credit notes, refunds, write-offs (money.md §3, §8)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from portal.answers import money as answers
from portal.api.endpoint import PDF, Api, Created, File
from portal.api.types import Body, Currency, Id, Money, PageQuery, Reason, To
from portal.domain import texts
from portal.domain.billing.documents import InvoiceState
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.billing import documents, looked_after
from portal.queries.billing import receipts as receipt_queries
from portal.queries.billing.credit_notes import CREDIT_NOTES
from portal.queries.billing.listing import INVOICES
from portal.services.billing import decisions, invoices, papers, receipts

bp = Api("invoices", __name__, tag="Invoices")
Reference = Annotated[str, Field(min_length=1, max_length=texts.LINE)]


class InvoicesQuery(PageQuery):
    """Which invoices."""

    state: InvoiceState | None = None


class AnnounceBody(Body):
    """When the company paid, and the payment reference."""

    paid_on: date
    reference: Reference


class ReceiptBody(Body):
    """A payment received; `confirmed` says that it is separate from a similar one already recorded."""

    amount: Annotated[Money, To("amount_minor")]
    received_on: date
    reference: Reference
    confirmed: bool = False


class ReasonBody(Body):
    """Why."""

    reason: Reason


class PaidOutBody(AnnounceBody):
    """When the refund was paid, and the payment reference."""


class CreditPaidBody(PaidOutBody):
    """The currency of the credit, when it was paid out, and the payment reference."""

    currency: Currency


class WriteOffBody(Body):
    """What to write off: the rest of an invoice or a clawback."""

    invoice_id: Id | None = None
    clawback_id: Id | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.invoice_id is None) == (self.clawback_id is None):
            raise ValueError("Send invoice_id or clawback_id, one of them.")
        return self


@bp.reads("/invoices", answers.Invoices, Permission.INVOICE_VIEW)
def list_invoices(query: InvoicesQuery) -> object:
    """List the invoices that the caller can see."""
    return INVOICES.counted(current_actor(), {"state": query.state}, before=query.cursor, size=query.limit)


@bp.reads("/invoices/<uuid:invoice_id>", answers.InvoiceDetail, Permission.INVOICE_VIEW)
def get_invoice(invoice_id: uuid.UUID) -> documents.InvoiceDetail:
    """Return an invoice as issued, with its receipts and credit notes."""
    return documents.invoice(invoice_id, viewer=current_actor())


@bp.reads("/invoices/<uuid:invoice_id>.pdf", PDF, Permission.INVOICE_VIEW)
def get_invoice_pdf(invoice_id: uuid.UUID) -> File:
    """Return an invoice as a PDF."""
    found = papers.of_invoice(invoice_id, actor=current_actor())
    return File(found.content, found.name)


@bp.changes(
    "/invoices/<uuid:invoice_id>/announce",
    answers.InvoiceDetail,
    Permission.PAYMENT_ANNOUNCE,
    "INVOICE_SETTLED",
    "INVOICE_REPLACED",
)
def announce_payment(invoice_id: uuid.UUID, body: AnnounceBody) -> documents.InvoiceDetail:
    """Report a payment; it is applied once the platform has recorded its receipt."""
    actor = current_actor()
    invoices.announce(invoice_id, actor=actor, **body.to_input())
    return documents.invoice(invoice_id, viewer=actor)


@bp.changes(
    "/invoices/<uuid:invoice_id>/receipts",
    answers.ReceiptRecorded,
    Permission.BILLING_MANAGE,
    "SAME_RECEIPT",
    "INVOICE_REPLACED",
)
def record_receipt(invoice_id: uuid.UUID, body: ReceiptBody) -> Created:
    """Record a payment received; any overpayment becomes the company's credit."""
    actor = current_actor()
    currency = documents.invoice(invoice_id, viewer=actor).currency
    receipt_id = receipts.record(invoice_id, actor=actor, **body.to_input(currency))
    made = receipt_queries.receipt(receipt_id, viewer=actor)
    state = documents.invoice(invoice_id, viewer=actor).state
    answer = answers.ReceiptRecorded.of(made, invoice_id=invoice_id, invoice_state=state)
    return Created(answer, f"/api/receipts/{receipt_id}")


@bp.reads("/receipts", answers.Receipts, Permission.INVOICE_VIEW)
def list_receipts(query: PageQuery) -> object:
    """List the receipts that the caller can see."""
    return receipt_queries.RECEIPTS.counted(current_actor(), {}, before=query.cursor, size=query.limit)


@bp.reads("/receipts/<uuid:receipt_id>", answers.PaymentReceipt, Permission.INVOICE_VIEW)
def get_receipt_of_money(receipt_id: uuid.UUID) -> receipt_queries.ReceiptDetail:
    """Return a receipt and the invoices it is applied to."""
    return receipt_queries.receipt(receipt_id, viewer=current_actor())


@bp.changes(
    "/receipts/<uuid:receipt_id>/reverse",
    answers.ReceiptReversed,
    Permission.BILLING_MANAGE,
    "RECEIPT_REVERSED",
    "CREDIT_SPENT",
)
def reverse_receipt(receipt_id: uuid.UUID, body: ReasonBody) -> answers.ReceiptReversed:
    """Reverse a receipt after the bank returned the payment; what it had released goes back on hold."""
    actor = current_actor()
    receipts.reverse(receipt_id, actor=actor, reason=body.reason)
    found = receipt_queries.receipt(receipt_id, viewer=actor)
    of = found.allocations[0].invoice_id if found.allocations else None
    state = documents.invoice(of, viewer=actor).state if of else None
    return answers.ReceiptReversed.of(found, invoice_state=state)


@bp.reads("/credit-notes", answers.CreditNotes, Permission.INVOICE_VIEW)
def list_credit_notes(query: PageQuery) -> object:
    """List the credit notes that the caller can see."""
    return CREDIT_NOTES.counted(current_actor(), {}, before=query.cursor, size=query.limit)


@bp.reads("/credit-notes/<uuid:credit_note_id>.pdf", PDF, Permission.INVOICE_VIEW)
def get_credit_note_pdf(credit_note_id: uuid.UUID) -> File:
    """Return a credit note as a PDF."""
    found = papers.of_credit_note(credit_note_id, actor=current_actor())
    return File(found.content, found.name)


@bp.reads("/refunds", answers.Refunds, Permission.INVOICE_VIEW)
def list_refunds(query: PageQuery) -> object:
    """List the refunds that the caller can see."""
    return receipt_queries.refund_page(current_actor(), older_than=query.cursor, limit=query.limit)


@bp.changes("/refunds/<uuid:refund_id>/paid", answers.Refund, Permission.BILLING_MANAGE, "REFUND_PAID", "NOTHING_OWED")
def pay_refund(refund_id: uuid.UUID, body: PaidOutBody) -> object:
    """Record that a refund was paid out to the company."""
    actor = current_actor()
    decisions.refund_paid(refund_id, actor=actor, **body.to_input())
    return receipt_queries.refund_with_note(refund_id, viewer=actor)


@bp.changes(
    "/organisations/<uuid:organisation_id>/credit/paid", answers.PaidCredit, Permission.BILLING_MANAGE, "NOTHING_OWED"
)
def pay_credit(organisation_id: uuid.UUID, body: CreditPaidBody) -> object:
    """Record that a company's credit was paid out: an overpayment not applied to an invoice."""
    paid = decisions.credit_paid(organisation_id, actor=current_actor(), **body.to_input())
    return looked_after.paid_credit(paid)


@bp.changes(
    "/write-offs",
    answers.WriteOff,
    Permission.BILLING_MANAGE,
    "INVOICE_SETTLED",
    "INVOICE_REPLACED",
    "CLAWBACK_SETTLED",
)
def write_off(body: WriteOffBody) -> Created:
    """Write off what is owed on an invoice or a clawback."""
    actor = current_actor()
    if body.invoice_id is not None:
        made = decisions.write_off_invoice(body.invoice_id, actor=actor, reason=body.reason)
        return Created(looked_after.write_off(made), f"/api/invoices/{body.invoice_id}")
    assert body.clawback_id is not None, "the body names one of the two"
    made = decisions.write_off_clawback(body.clawback_id, actor=actor, reason=body.reason)
    return Created(looked_after.write_off(made), "/api/clawbacks")
