"""What happens to money: terms, invoices, payments, payouts, refunds (money.md §8)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from portal.domain.events.base import Event, Kind, event

_mailed = partial(event, notice=Kind.MONEY)


@event("terms.changed", "Terms changed", "The {scope}’s terms.", icon="settings")
class TermsChanged(Event):
    """The terms of the platform, a company or a job changed; each field's old and new value."""

    scope: str
    changed: dict[str, tuple[str, str]]
    job_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class _Booked(Event):
    """What changes the books; `ledger` is the hash over the event's transfers, empty when nothing moved."""

    currency: str
    amount_minor: int
    ledger: str = ""


@dataclass(frozen=True, kw_only=True)
class _OfFee(_Booked):
    placement_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class _OfInvoice(_OfFee):
    invoice_id: uuid.UUID
    number: str
    due_on: date


@_mailed(
    "invoice.issued",
    "Invoice issued",
    "{number}: {amount_minor:money}, due {due_on:day}.",
    icon="file-text",
    tone="info",
)
class InvoiceIssued(_OfInvoice):
    """A company was issued the invoice for a placement; `amount_minor` is its total.

    `replaces` is the number of the credited invoice it replaces, empty for the first; `received_minor` is what counts
    for this one from the start: what was paid for that one, or the company's credit.
    """

    replaces: str = ""
    received_minor: int = 0


@event("invoice.paid", "Invoice settled", "{number}.", icon="check", tone="ok")
class InvoicePaid(_OfInvoice):
    """An invoice was settled: nothing more is owed on it."""


@_mailed("invoice.reminded", "Invoice reminder", "{number}: {amount_minor:money}, due {due_on:day}.", icon="bell")
class InvoiceReminded(_OfInvoice):
    """A company was reminded of an invoice; `days` count from its due date, `amount_minor` is what is owed."""

    days: int
    announced: bool


@event(
    "invoice.overdue",
    "Invoice overdue",
    "{number}: {amount_minor:money}, due {due_on:day}.",
    icon="alert-triangle",
    tone="bad",
)
class InvoiceOverdue(_OfInvoice):
    """An invoice was not paid by its due date; `amount_minor` is what is owed."""


@event("payment.announced", "Payment reported", "{number}, paid {paid_on:day}.", icon="send", tone="info")
class PaymentAnnounced(_OfInvoice):
    """A company reported a payment."""

    paid_on: date


@_mailed("payment.received", "Payment received", "{amount_minor:money} for {number}.", icon="check", tone="ok")
class PaymentReceived(_OfInvoice):
    """A company's payment was received; `over_minor` of it became the company's credit, `left_minor` is still owed."""

    receipt_id: uuid.UUID
    received_on: date
    over_minor: int = 0
    left_minor: int = 0


@_mailed(
    "payment.reversed", "Payment returned", "The bank took back {amount_minor:money}.", icon="arrow-back-up", tone="bad"
)
class PaymentReversed(_Booked):
    """The bank returned a payment; due payouts of these placements go back on hold."""

    receipt_id: uuid.UUID
    placement_ids: tuple[uuid.UUID, ...]
    exposed_minor: int  # what was paid out of it already


@event("credit.applied", "Credit applied", "{amount_minor:money} to {number}.", icon="receipt-2", tone="info")
class CreditApplied(_OfInvoice):
    """A company's credit was applied to its oldest open invoice."""


@event("credit.unapplied", "Credit removed", "{amount_minor:money} from {number}.", icon="receipt-2", tone="warn")
class CreditUnapplied(_OfInvoice):
    """A credit was removed from an invoice, because the payment behind it was returned."""


@_mailed("credit.paid", "Credit paid out", "{amount_minor:money}.", icon="check", tone="ok")
class CreditPaid(_Booked):
    """A company's credit, not applied to any invoice, was paid out to it."""

    credit_payment_id: uuid.UUID
    paid_on: date


@_mailed("credit_note.issued", "Credit note issued", "{number}: {amount_minor:money} of the fee.", icon="receipt-2")
class CreditNoteIssued(_OfFee):
    """A credit note was issued to a company; `amount_minor` is the fee, tax comes on top.

    `is_replaced` if a new invoice takes the place of the one it credits.
    """

    credit_note_id: uuid.UUID
    invoice_id: uuid.UUID
    number: str
    tax_minor: int
    is_replaced: bool = False


@dataclass(frozen=True, kw_only=True)
class _OfPayout(_OfFee):
    recruiter_id: uuid.UUID
    payout_id: uuid.UUID


@_mailed("payout.due", "Payout due", "{recruiter}: {amount_minor:money}.", icon="lock-open", tone="info")
class PayoutDue(_OfPayout):
    """A recruiter's payout became due; it is paid in the next run."""

    next_run_on: date | None = None  # events from before the platform said when it pays have none


@_mailed("payout.paid", "Payout paid", "{recruiter}: {amount_minor:money}.", icon="check", tone="ok")
class PayoutPaid(_OfPayout):
    """A recruiter's payout was paid; `netted_minor` of it was deducted for what the recruiter owed."""

    run_id: uuid.UUID
    netted_minor: int
    reference: str


@event("payout.cancelled", "Payout reduced", "{recruiter}: {amount_minor:money} less.", icon="circle-x", tone="warn")
class PayoutCancelled(_OfPayout):
    """A payout, or part of it, was canceled and will not be paid."""

    left_minor: int


@_mailed("payout.waiting", "Payout on hold again", "{recruiter}: {amount_minor:money}.", icon="lock", tone="warn")
class PayoutWaiting(_OfPayout):
    """A payout that was due is on hold again: the payment behind it, or the end of the guarantee, was reversed."""

    is_covered: bool = False  # the invoice is paid: it waits for the end of its guarantee


@_mailed(
    "payout.returned",
    "Payout returned by the bank",
    "{recruiter}: {amount_minor:money}.",
    icon="arrow-back-up",
    tone="bad",
)
class PayoutReturned(_OfPayout):
    """The bank returned the payment of a payout; it is due again, and paid in the next run."""

    reason: str
    next_run_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class _OfRun(Event):
    run_id: uuid.UUID
    currency: str
    amount_minor: int
    payouts: int


@event(
    "payout_run.collected",
    "Payout run collected",
    "{payouts:count payout}, {amount_minor:money}.",
    icon="plus",
    tone="info",
)
class PayoutRunCollected(_OfRun):
    """A platform admin collected due payouts."""

    needs_second: bool


@event(
    "payout_run.approved",
    "Payout run approved",
    "{payouts:count payout}, {amount_minor:money}.",
    icon="user-check",
    tone="info",
)
class PayoutRunApproved(_OfRun):
    """A payout run was approved."""


@event("payout_run.paid", "Payout run paid", "{payouts:count payout}, {amount_minor:money}.", icon="check", tone="ok")
class PayoutRunPaid(_OfRun):
    """A payout run was paid."""


@event("payout_run.cancelled", "Payout run canceled", "{payouts:count payout}, {amount_minor:money}.", icon="circle-x")
class PayoutRunCancelled(_OfRun):
    """A payout run was canceled; its payouts are due again."""


@_mailed("clawback.opened", "Clawback opened", "{recruiter} owes {amount_minor:money}.", icon="replace", tone="bad")
class ClawbackOpened(_OfFee):
    """A recruiter owes back part of a share that was paid."""

    clawback_id: uuid.UUID
    recruiter_id: uuid.UUID


@event("clawback.reduced", "Clawback reduced", "{recruiter}: {amount_minor:money}.", icon="replace", tone="info")
class ClawbackReduced(_OfFee):
    """A recruiter paid back part of what they owe: deducted in a run, or repaid."""

    clawback_id: uuid.UUID
    recruiter_id: uuid.UUID
    how: str


@event("clawback.settled", "Clawback settled", "{recruiter} no longer owes anything on it.", icon="check", tone="ok")
class ClawbackSettled(_OfFee):
    """A clawback was settled: the recruiter owes nothing more on it."""

    clawback_id: uuid.UUID
    recruiter_id: uuid.UUID


@_mailed("refund.owed", "Refund decided", "{amount_minor:money} of the fee.", icon="receipt-2", tone="warn")
class RefundDecided(_OfFee):
    """Part of a fee is refunded; `owed_minor` of it, tax included, is owed to the company."""

    refund_id: uuid.UUID
    cause: str
    tax_minor: int
    owed_minor: int


@_mailed("refund.paid", "Refund paid", "{amount_minor:money}.", icon="check", tone="ok")
class RefundPaid(_OfFee):
    """A refund was paid out to the company."""

    refund_id: uuid.UUID
    paid_on: date


@_mailed("obligation.opened", "Replacement owed", "By {due_on:there}.", icon="replace", tone="warn")
class ObligationOpened(Event):
    """A replacement is owed."""

    placement_id: uuid.UUID
    obligation_id: uuid.UUID
    recruiter_id: uuid.UUID  # who acts first: the submitter
    due_on: date


@event(
    "obligation.prolonged",
    "Replacement deadline extended",
    "To {due_on:there}, {days:count day} more.",
    icon="replace",
    tone="info",
)
class ObligationProlonged(Event):
    """A replacement's deadline was extended, at the company's request or for days lost through the company."""

    placement_id: uuid.UUID
    obligation_id: uuid.UUID
    due_on: date
    days: int
    because: str


@_mailed("obligation.expiring", "Replacement due soon", "By {due_on:there}.", icon="clock", tone="warn")
class ObligationExpiring(Event):
    """A replacement is due soon."""

    placement_id: uuid.UUID
    obligation_id: uuid.UUID
    recruiter_id: uuid.UUID
    due_on: date
    days_left: int


@_mailed("obligation.closed", "Replacement no longer owed", "Outcome: {outcome}.", icon="check")
class ObligationClosed(Event):
    """A replacement is no longer owed: fulfilled, refunded, lapsed or waived."""

    placement_id: uuid.UUID
    obligation_id: uuid.UUID
    outcome: str


@event("fee.moved", "Part of the fee moved", "{cause:label}: {amount_minor:money}.", icon="replace", tone="info")
class FeeMoved(_OfFee):
    """The unreleased part of a fee moved to a replacement, or between the rows of an amended split."""

    cause: str
    to_placement_id: uuid.UUID


@event("write_off.made", "Written off", "{amount_minor:money}.", icon="circle-x", tone="warn")
class WriteOffMade(_Booked):
    """An amount owed was written off."""

    write_off_id: uuid.UUID
    kind: str
    reason: str
    placement_id: uuid.UUID | None = None


@event(
    "payee.changed",
    "Bank details changed",
    "Payouts go there from {usable_at:day}.",
    icon="key",
    tone="warn",
    notice=Kind.SECURITY,
)
class PayeeChanged(Event):
    """A recruiter added or changed bank details; for safety, the log holds nothing of the account."""

    recruiter_id: uuid.UUID
    usable_at: datetime
    is_first: bool


@event("billing.details_changed", "Billing details changed", "{changed:list}.", icon="settings")
class BillingDetailsChanged(Event):
    """An organization's billing details changed; the names of the fields, not their contents."""

    changed: tuple[str, ...]


@event(
    "billing.address_asked",
    "Billing email consent requested",
    "It receives copies of invoices once its owner agrees.",
    icon="mail",
    notice=Kind.SECURITY,
    mails=("billing_address",),
)
class BillingAddressAsked(Event):
    """The recipient at a billing address was asked to agree to copies; only the email names the address."""

    user_id: uuid.UUID
    consent_id: uuid.UUID


@event("billing.address_answered", "Billing email consent answered", "Copies of invoices: {answer}.", icon="mail")
class BillingAddressAnswered(Event):
    """The recipient at a billing address agreed to copies, or declined them."""

    consent_id: uuid.UUID
    answer: str
