"""Terms, invoices, receipts and what follows from a failure (money.md §1 to §5); issued documents never change."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ARRAY, CheckConstraint, Date, ForeignKey, Index, LargeBinary, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.billing import documents
from portal.models.base import BILLING, Base, Identity, JsonObject, Made, MaybeMoment, Moment, Words, known_zone, one_of

ORGANISATION, USER, RECRUITER = "identity.organisations.id", "identity.users.id", "network.recruiters.id"
PLACEMENT, FEE, INVOICE = "ats.placements.id", "billing.fees.id", "billing.invoices.id"


class TermsSetting(Base):
    """What the platform, a company or a job sets of the terms; what it does not name comes from above."""

    __tablename__ = "terms"
    id: Mapped[Identity]
    scope: Mapped[Words]
    company_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(ORGANISATION), unique=True)
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.jobs.id"), unique=True)
    fields: Mapped[JsonObject]
    updated_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("scope", ("platform", "company", "job")),
        CheckConstraint(
            "(scope = 'company') = (company_id IS NOT NULL) AND (scope = 'job') = (job_id IS NOT NULL)", name="target"
        ),
        Index("uq_terms_platform", "scope", unique=True, postgresql_where=text("scope = 'platform'")),
        {"schema": BILLING},
    )


class MoneySettings(Base):
    """The platform's settings of money: one row."""

    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    four_eyes_minor: Mapped[int] = mapped_column(server_default="5000000")
    small_difference_minor: Mapped[int] = mapped_column(server_default="2500")
    proposed_minor: Mapped[int | None]  # a higher limit of four eyes, which another admin has to approve
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(USER))
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("(proposed_minor IS NULL) = (proposed_by IS NULL)", name="proposed"),
        CheckConstraint("proposed_minor > four_eyes_minor", name="higher"),
        CheckConstraint("four_eyes_minor >= 0 AND small_difference_minor >= 0", name="bounds"),
        {"schema": BILLING},
    )


class CurrencyLimits(Base):
    """The limits of one currency, in its minor units; `MoneySettings` has those of all others."""

    __tablename__ = "limits"
    currency: Mapped[Words] = mapped_column(primary_key=True)
    four_eyes_minor: Mapped[int]
    small_difference_minor: Mapped[int]
    proposed_minor: Mapped[int | None]
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(USER))
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        CheckConstraint("(proposed_minor IS NULL) = (proposed_by IS NULL)", name="proposed"),
        CheckConstraint("proposed_minor > four_eyes_minor", name="higher"),
        CheckConstraint("four_eyes_minor >= 0 AND small_difference_minor >= 0", name="bounds"),
        {"schema": BILLING},
    )


class BillingDetails(Base):
    """To whom invoices go; of the platform, who issues them and where to pay."""

    __tablename__ = "details"
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION), primary_key=True)
    legal_name: Mapped[Words]
    address: Mapped[Words]
    tax_id: Mapped[Words] = mapped_column(server_default="")
    email: Mapped[Words] = mapped_column(server_default="")
    bank_account: Mapped[Words] = mapped_column(server_default="")
    updated_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = ({"schema": BILLING},)


class BillingAddress(Base):
    """An address that a company has named for copies of documents, and what whoever reads it answered."""

    __tablename__ = "addresses"
    id: Mapped[Identity]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION))
    email: Mapped[Words]
    asked_at: Mapped[Moment]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey(USER))
    confirmed_at: Mapped[MaybeMoment]
    declined_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("confirmed_at IS NULL OR declined_at IS NULL", name="one_answer"),
        Index("uq_addresses_organisation_id_email", "organisation_id", text("lower(email)"), unique=True),
        {"schema": BILLING},
    )


class Fee(Base):
    """Where the money of one fee stands; its id is that of the placement that earned it.

    `placement_id` releases it now: the placement itself, or the one that replaced it. Whoever changes money of the fee
    locks this row first.
    """

    __tablename__ = "fees"
    id: Mapped[Identity]
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT), index=True)
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION))
    currency: Mapped[Words]
    terms: Mapped[JsonObject]
    fee_minor: Mapped[int]
    start_date: Mapped[date]
    agreed_days: Mapped[int]
    time_zone: Mapped[Words]
    invoice_id: Mapped[uuid.UUID | None]
    tax_gone_minor: Mapped[int] = mapped_column(server_default="0")
    refunded_minor: Mapped[int] = mapped_column(server_default="0")
    tax_back_minor: Mapped[int] = mapped_column(server_default="0")
    unbooked_minor: Mapped[int] = mapped_column(server_default="0")
    is_ended: Mapped[bool] = mapped_column(server_default=false())
    is_frozen: Mapped[bool] = mapped_column(server_default=false())
    is_void: Mapped[bool] = mapped_column(server_default=false())  # never invoiced: the placement never began
    next_release_on: Mapped[date | None]  # the day on which something may become due by itself
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        known_zone(),
        CheckConstraint("fee_minor > 0 AND agreed_days >= 0", name="money"),
        CheckConstraint("refunded_minor BETWEEN 0 AND fee_minor AND unbooked_minor >= 0", name="refunded"),
        CheckConstraint("tax_back_minor >= 0 AND tax_gone_minor >= 0", name="tax"),
        Index("ix_fees_company", "company_id", "id"),
        Index(
            "ix_fees_to_issue", "start_date", postgresql_where=text("invoice_id IS NULL AND NOT is_void"),
        ),
        Index("ix_fees_release", "next_release_on", postgresql_where=text("next_release_on IS NOT NULL")),
        {"schema": BILLING},
    )  # fmt: skip


class FeePlacement(Base):
    """A placement through which a fee went: the first, and each that replaced the one before."""

    __tablename__ = "fee_placements"
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT), primary_key=True)
    fee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(FEE), index=True)
    __table_args__ = ({"schema": BILLING},)


class DocumentCounter(Base):
    """The last number of a kind of document and a year; locked by whoever issues, so that a rollback leaves no gap."""

    __tablename__ = "document_counters"
    kind: Mapped[Words] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    __table_args__ = (one_of("kind", documents.PREFIXES), {"schema": BILLING})


class Invoice(Base):
    """An issued invoice, with what was copied from issuer and company at that moment."""

    __tablename__ = "invoices"
    id: Mapped[Identity]
    number: Mapped[Words] = mapped_column(unique=True)
    fee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(FEE), index=True)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT))
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION))
    currency: Mapped[Words]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    fee_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    tax_bp: Mapped[int]
    tax_label: Mapped[Words]
    service: Mapped[Words]
    issuer: Mapped[JsonObject]
    billed_to: Mapped[JsonObject]
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(INVOICE), unique=True)
    issued_at: Mapped[Moment]
    issued_by: Mapped[uuid.UUID] = mapped_column(ForeignKey(USER))
    __table_args__ = (
        CheckConstraint("fee_minor > 0 AND tax_minor >= 0 AND total_minor = fee_minor + tax_minor", name="sum"),
        CheckConstraint("due_on >= issued_on", name="due"),
        Index("ix_invoices_company", "company_id", "id"),
        Index("ix_invoices_due", "due_on"),
        {"schema": BILLING},
    )


class InvoiceLine(Base):
    __tablename__ = "invoice_lines"
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(INVOICE), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[Words]
    description: Mapped[Words]
    amount_minor: Mapped[int]
    __table_args__ = (one_of("kind", ("fee", "tax")), {"schema": BILLING})


class InvoiceDocument(Base):
    """The bytes of an invoice's PDF, as they were sent."""

    __tablename__ = "invoice_documents"
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(INVOICE), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[Words]
    at: Mapped[Moment]
    __table_args__ = ({"schema": BILLING},)


class CreditNoteDocument(Base):
    """The bytes of a credit note's PDF, as they were sent."""

    __tablename__ = "credit_note_documents"
    credit_note_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.credit_notes.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[Words]
    at: Mapped[Moment]
    __table_args__ = ({"schema": BILLING},)


class InvoiceReminder(Base):
    """A reminder of an invoice, once per step; `days` count from the due date."""

    __tablename__ = "invoice_reminders"
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(INVOICE), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    __table_args__ = ({"schema": BILLING},)


class PaymentAnnouncement(Made, Base):
    """A company says that it has paid; money counts when its receipt is recorded."""

    __tablename__ = "payment_announcements"
    id: Mapped[Identity]
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(INVOICE), index=True)
    paid_on: Mapped[date]
    reference: Mapped[Words]
    __table_args__ = ({"schema": BILLING},)


class Receipt(Made, Base):
    """Money of a company that came in; what the bank took back later is a row of its own."""

    __tablename__ = "receipts"
    id: Mapped[Identity]
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION))
    currency: Mapped[Words]
    amount_minor: Mapped[int]
    received_on: Mapped[date]
    reference: Mapped[Words]
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_receipts_company", "company_id", "reference", "amount_minor", "received_on"),
        {"schema": BILLING},
    )


class ReceiptReversal(Made, Base):
    __tablename__ = "receipt_reversals"
    receipt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.receipts.id"), primary_key=True)
    reason: Mapped[Words]
    __table_args__ = ({"schema": BILLING},)


class Allocation(Base):
    """What of a receipt, or (without one) of the company's credit, counts for an invoice."""

    __tablename__ = "allocations"
    id: Mapped[Identity]
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(INVOICE), index=True)
    receipt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("billing.receipts.id"), index=True)
    amount_minor: Mapped[int]
    received_on: Mapped[date]
    at: Mapped[Moment]
    undone_at: Mapped[MaybeMoment]
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"), {"schema": BILLING})


class Refund(Made, Base):
    """What a company gets back: off what it owes (`credited`), the rest owed to it until paid out or applied."""

    __tablename__ = "refunds"
    id: Mapped[Identity]
    fee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(FEE), index=True)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT))
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION), index=True)
    currency: Mapped[Words]
    cause: Mapped[Words]
    amount_minor: Mapped[int]
    tax_minor: Mapped[int]
    credited_minor: Mapped[int]
    owed_minor: Mapped[int]
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND tax_minor >= 0", name="amount"),
        CheckConstraint(
            "credited_minor >= 0 AND owed_minor >= 0 AND credited_minor + owed_minor = amount_minor + tax_minor",
            name="sum",
        ),
        one_of("cause", documents.REFUND_CAUSES),
        {"schema": BILLING},
    )


class RefundPayment(Made, Base):
    __tablename__ = "refund_payments"
    id: Mapped[Identity]
    refund_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.refunds.id"), unique=True)
    amount_minor: Mapped[int]
    paid_on: Mapped[date]
    reference: Mapped[Words]
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"), {"schema": BILLING})


class CreditPayment(Made, Base):
    """A company's credit that no invoice took and no refund accounts for, and that was paid out to it."""

    __tablename__ = "credit_payments"
    id: Mapped[Identity]
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ORGANISATION), index=True)
    currency: Mapped[Words]
    amount_minor: Mapped[int]
    paid_on: Mapped[date]
    reference: Mapped[Words]
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"), {"schema": BILLING})


class CreditNote(Base):
    __tablename__ = "credit_notes"
    id: Mapped[Identity]
    number: Mapped[Words] = mapped_column(unique=True)
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(INVOICE), index=True)
    refund_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing.refunds.id"), unique=True)
    currency: Mapped[Words]
    fee_minor: Mapped[int]
    tax_minor: Mapped[int]
    issued_on: Mapped[date]
    at: Mapped[Moment]
    __table_args__ = (CheckConstraint("fee_minor > 0 AND tax_minor >= 0", name="amount"), {"schema": BILLING})


class Obligation(Base):
    """A replacement that is owed: until when, and how it ended."""

    __tablename__ = "obligations"
    id: Mapped[Identity]
    fee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(FEE), index=True)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(PLACEMENT), unique=True)
    opened_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[Words]
    opened_at: Mapped[Moment]
    closed_at: Mapped[MaybeMoment]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(USER))
    warned_at: Mapped[MaybeMoment]
    prolonged_days: Mapped[int] = mapped_column(server_default="0")  # given back, see services/billing/obligations.py
    idle_on: Mapped[list[date]] = mapped_column(ARRAY(Date), server_default="{}")  # the job took no proposals
    __table_args__ = (
        one_of("state", documents.OBLIGATION_STATES),
        CheckConstraint("prolonged_days >= cardinality(idle_on)", name="prolonged"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("due_on >= opened_on", name="due"),
        Index("uq_obligations_open", "fee_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_obligations_due", "due_on", postgresql_where=text("state = 'open'")),
        {"schema": BILLING},
    )


class WriteOff(Made, Base):
    """What is given up, with a reason: an invoice's small difference or bad debt, or a clawback."""

    __tablename__ = "write_offs"
    id: Mapped[Identity]
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(INVOICE))
    clawback_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("billing.clawbacks.id"))
    kind: Mapped[Words]
    amount_minor: Mapped[int]
    reason: Mapped[Words]
    __table_args__ = (
        one_of("kind", documents.WRITE_OFF_KINDS),
        CheckConstraint("(invoice_id IS NULL) <> (clawback_id IS NULL)", name="subject"),
        CheckConstraint("amount_minor > 0", name="amount"),
        {"schema": BILLING},
    )
