"""Money: a placement's, invoices and receipts, payouts and runs, earnings and statements, the ledger."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, CountedPart, From, Minor, Money, OneOf, Percentage, Time
from portal.domain.billing.documents import InvoiceState
from portal.domain.billing.payouts import PayoutState
from portal.domain.billing.runs import RunState


class InvoiceSums(Answer):
    """An invoice in a placement's money."""

    id: UUID
    number: str
    state: OneOf[InvoiceState]
    issued_on: date
    due_on: date
    total: Annotated[Money, Minor("total")]
    paid: Annotated[Money, Minor("paid")]
    outstanding: Annotated[Money, Minor("outstanding")]


class Invoice(InvoiceSums):
    """An invoice; `announced_on` is the payment date that the company reported."""

    placement_id: UUID
    company_id: UUID
    company_name: str
    currency: str
    announced_on: date | None


class Invoices(CountedPart):
    """The invoices that the caller can see, newest first; `next_cursor` leads to older ones."""

    invoices: Annotated[list[Invoice], From("rows")]


class InvoiceLine(Answer):
    """One line of an invoice."""

    kind: str
    description: str
    amount: Annotated[Money, Minor("amount")]


class CountedReceipt(Answer):
    """A receipt, and how much of it is applied to this invoice."""

    id: UUID
    amount: Annotated[Money, Minor("amount")]
    counted: Annotated[Money, Minor("counted")]
    received_on: date
    reference: str
    reversed_at: Time | None


class CreditNote(Answer):
    """A credit note: the part of an invoice's fee and tax that is credited."""

    id: UUID
    number: str
    invoice_id: UUID
    invoice_number: str
    currency: str
    fee: Annotated[Money, Minor("fee")]
    tax: Annotated[Money, Minor("tax")]
    issued_on: date


class CreditNotes(CountedPart):
    """The credit notes that the caller can see, newest first."""

    credit_notes: Annotated[list[CreditNote], From("rows")]


class InvoiceDetail(Invoice):
    """An invoice as issued, and what has happened to it since."""

    fee: Annotated[Money, Minor("fee")]
    tax: Annotated[Money, Minor("tax")]
    tax_label: str
    tax_percentage: Annotated[Percentage, From("tax_bp")]
    issuer: dict[str, str]
    billed_to: dict[str, str]
    lines: list[InvoiceLine]
    receipts: list[CountedReceipt]
    credit_notes: list[CreditNote]


class ReceiptRecorded(Answer):
    """A recorded receipt, and the resulting state of its invoice."""

    id: UUID
    invoice_id: UUID
    amount: Annotated[Money, Minor("amount")]
    received_on: date
    reference: str
    invoice_state: OneOf[InvoiceState]


class ReceiptReversed(Answer):
    """A reversed receipt; the state is null if it was all the company's credit."""

    id: UUID
    reversed_at: Time
    invoice_state: OneOf[InvoiceState] | None


class Allocation(Answer):
    """The part of a receipt applied to an invoice, until it is undone."""

    invoice_id: UUID
    invoice_number: str
    amount: Annotated[Money, Minor("amount")]
    is_undone: bool


class PaymentReceipt(Answer):
    """A receipt; what isn't applied to an invoice is the company's credit."""

    id: UUID
    company_id: UUID
    company_name: str
    currency: str
    amount: Annotated[Money, Minor("amount")]
    received_on: date
    reference: str
    reversed_at: Time | None
    reversal_reason: Annotated[str | None, From("reason")]
    allocations: list[Allocation]


class Receipts(CountedPart):
    """The receipts that the caller can see, newest first."""

    receipts: Annotated[list[PaymentReceipt], From("rows")]


class Refund(Answer):
    """A refund and its credit note: credited if nothing is left to pay back; otherwise owed, then paid.

    `owed` is what is left to pay back, or was paid: the company's next invoices take it first.
    """

    id: UUID
    placement_id: UUID
    company_id: UUID
    currency: str
    amount: Annotated[Money, Minor("amount")]
    tax: Annotated[Money, Minor("tax")]
    owed: Annotated[Money, Minor("owed")]
    state: str
    cause: str
    credit_note: str


class Refunds(CountedPart):
    """The refunds that the caller can see, newest first."""

    refunds: Annotated[list[Refund], From("rows")]


class PaidCredit(Answer):
    """A company's credit that was paid out: an overpayment that was not applied to an invoice."""

    id: UUID
    company_id: UUID
    currency: str
    amount: Annotated[Money, Minor("amount")]
    paid_on: date
    reference: str


class Clawback(Answer):
    """What a recruiter owes on a placement; `open` is what is outstanding across its clawbacks."""

    id: UUID
    placement_id: UUID
    recruiter_id: UUID
    recruiter_name: str
    currency: str
    amount: Annotated[Money, Minor("amount")]
    open: Annotated[Money, Minor("open")]
    opened_at: Time


class Clawbacks(Answer):
    """The open clawbacks that the caller can see, oldest first."""

    clawbacks: list[Clawback]
    next_cursor: UUID | None


class WriteOff(Answer):
    """What was written off: a small difference or bad debt on an invoice, or a clawback."""

    id: UUID
    invoice_id: UUID | None
    clawback_id: UUID | None
    kind: str
    currency: str
    amount: Annotated[Money, Minor("amount")]
    reason: str


# --- a placement ------------------------------------------------------------------------------------------------------


class Payout(Answer):
    """A payout: what is left of it and, until it is paid, what it is waiting for."""

    id: UUID
    placement_id: UUID
    recruiter_id: UUID
    recruiter_name: str
    role: str
    currency: str
    amount: Annotated[Money, Minor("amount")]
    original: Annotated[Money, Minor("original")]
    state: OneOf[PayoutState]
    expected_on: date | None
    waits_for: str | None


class ListedPayout(Payout):
    """A payout in a list, with the candidate whose placement earned it."""

    candidate_name: str


class Earned(Answer):
    """A recruiter's earnings in one currency; amounts paid are net."""

    currency: str
    due: Annotated[Money, Minor("due")]
    held: Annotated[Money, Minor("held")]
    paid_this_month: Annotated[Money, Minor("paid_this_month")]
    paid_this_year: Annotated[Money, Minor("paid_this_year")]
    paid_ever: Annotated[Money, Minor("paid_ever")]
    owed_back: Annotated[Money, Minor("owed_back")]


class EarningsMonth(Answer):
    """What was paid, or is expected, in a month."""

    month: date
    currency: str
    paid: Annotated[Money, Minor("paid")]
    expected: Annotated[Money, Minor("expected")]


class Earnings(Answer):
    """What a recruiter has earned and what is coming; for the payouts, see /api/payouts."""

    recruiter_id: UUID
    sums: list[Earned]
    months: list[EarningsMonth]


class Share(Answer):
    """A share and its amount; a company can dispute `payout_id`, its next payout."""

    recruiter_id: UUID
    recruiter_name: str
    role: str
    split_percentage: Annotated[Percentage, From("split_bp")]
    amount: Annotated[Money, Minor("amount")]
    payout_id: UUID | None


class Obligation(Answer):
    """A replacement that is or was owed, its due date, and who acts first."""

    id: UUID
    placement_id: UUID
    state: str
    due_on: date
    first_right: UUID
    first_right_name: str


class Reserve(Answer):
    """What would follow if the placement failed today; with `obligation_due`, only if no replacement starts by then."""

    ending: str
    remedy: str
    refund: Annotated[Money, Minor("refund")]
    from_caller: Annotated[Money, Minor("from_viewer")]
    obligation_due: date | None


class PlacementMoney(Answer):
    """A placement's money as the caller can see it; recruiters see every share, but only their own payouts."""

    placement_id: UUID
    currency: str
    fee: Annotated[Money, Minor("fee")]
    platform_fee: Annotated[Money, Minor("platform_fee")]
    tax: Annotated[Money, Minor("tax")]
    schedule: str
    shares: list[Share]
    invoice: InvoiceSums | None
    invoices: list[InvoiceSums]
    invoice_waits_for: str | None
    payouts: list[Payout]
    refund: Refund | None
    refunds: list[Refund]
    obligation: Obligation | None
    reserve: Reserve | None


# --- payouts, runs, statements, ledger --------------------------------------------------------------------------------


class Payouts(CountedPart):
    """The payouts that the caller can see, newest first; `next_cursor` leads to older ones."""

    payouts: Annotated[list[ListedPayout], From("rows")]


class RunLine(Answer):
    """What a recruiter gets in a run."""

    recruiter_id: UUID
    recruiter_name: str
    gross: Annotated[Money, Minor("gross")]
    netted: Annotated[Money, Minor("netted")]
    net: Annotated[Money, Minor("net")]
    reference: str


class Run(Answer):
    """A payout run; `total` is what is paid out after deductions."""

    id: UUID
    currency: str
    state: OneOf[RunState]
    gross: Annotated[Money, Minor("gross")]
    total: Annotated[Money, Minor("net")]
    needs_second: bool
    collected_at: Time
    collected_by: str
    approved_at: Time | None
    approved_by: str | None
    closed_at: Time | None


class Runs(CountedPart):
    """The payout runs, newest first."""

    runs: Annotated[list[Run], From("rows")]


class RunDetail(Run):
    """A payout run with its lines."""

    lines: list[RunLine]


class StatementLine(Answer):
    """A transaction: positive if earned, negative if paid or clawed back; `deducted` was kept for what was owed."""

    date: Annotated[date, From("at")]
    kind: str
    placement_id: UUID | None
    candidate_name: str
    amount: Annotated[Money, Minor("amount")]
    deducted: Annotated[Money, Minor("deducted")]


class Statement(Answer):
    """A recruiter's month in one currency: closing = opening + earned − paid − clawed back − written off."""

    recruiter_id: UUID
    month: date
    currency: str
    opening: Annotated[Money, Minor("opening")]
    earned: Annotated[Money, Minor("earned")]
    paid: Annotated[Money, Minor("paid")]
    clawed_back: Annotated[Money, Minor("clawed_back")]
    written_off: Annotated[Money, Minor("written_off")]
    closing: Annotated[Money, Minor("closing")]
    lines: list[StatementLine]


class AccountSums(Answer):
    """All accounts of a kind; the balance is positive on their normal side."""

    account: str
    debits: Annotated[Money, Minor("debits")]
    credits: Annotated[Money, Minor("credits")]
    balance: Annotated[Money, Minor("balance")]


class TrialBalance(Answer):
    """A currency's accounts; the difference is 0 when the books balance."""

    currency: str
    accounts: list[AccountSums]
    difference: Annotated[Money, Minor("difference")]


class TrialBalances(Answer):
    """The trial balance of every currency."""

    balances: list[TrialBalance]
