"""What the typed client asks about money (money.md §8); `Portal` has these methods too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from portal.answers.money import (
    Clawback,
    Clawbacks,
    CreditNotes,
    Earnings,
    InvoiceDetail,
    Invoices,
    ListedPayout,
    Obligation,
    PaidCredit,
    PaymentReceipt,
    Payouts,
    PlacementMoney,
    ReceiptRecorded,
    ReceiptReversed,
    Receipts,
    Refund,
    Refunds,
    RunDetail,
    Runs,
    Statement,
    TrialBalances,
    WriteOff,
)
from portal.answers.simulations import Simulated
from portal.answers.terms import Terms
from portal.answers.values import Answer

R = TypeVar("R", bound=Answer)


class MoneyCalls(ABC):
    """The calls about money, for a class that can send them."""

    @abstractmethod
    def _call(self, result: type[R], method: str, path: str, **said: Any) -> R:
        """Send a request and read its answer."""

    # --- terms, a placement's money, what if --------------------------------------------------------------------------

    def terms_of_job(self, job_id: UUID) -> Terms:
        """Return the terms under which one proposes for a job."""
        return self._call(Terms, "GET", f"jobs/{job_id}/terms")

    def change_terms_of_job(self, job_id: UUID, **terms: Any) -> Terms:
        """Change terms of a job; with `version`, only if nobody else did."""
        return self._call(Terms, "PATCH", f"jobs/{job_id}/terms", **terms)

    def terms_of_organisation(self, organisation_id: UUID) -> Terms:
        """Return the terms of a company, or of the platform."""
        return self._call(Terms, "GET", f"organisations/{organisation_id}/terms")

    def change_terms_of_organisation(self, organisation_id: UUID, **terms: Any) -> Terms:
        """Change terms of a company or of the platform; with `version`, only if nobody else did."""
        return self._call(Terms, "PATCH", f"organisations/{organisation_id}/terms", **terms)

    def simulate(self, **case: Any) -> Simulated:
        """Compute what a fee pays, to whom and when, and what a departure takes back."""
        return self._call(Simulated, "POST", "simulations", **case)

    def money_of_placement(self, placement_id: UUID) -> PlacementMoney:
        """Return the money of a placement, as far as the caller may see it."""
        return self._call(PlacementMoney, "GET", f"placements/{placement_id}/money")

    def waive_replacement(self, placement_id: UUID) -> Obligation:
        """Waive a replacement that is owed."""
        return self._call(Obligation, "POST", f"placements/{placement_id}/obligation/waive")

    def give_up_replacement(self, placement_id: UUID) -> Obligation:
        """Give up on the replacement that is owed."""
        return self._call(Obligation, "POST", f"placements/{placement_id}/obligation/give-up")

    # --- invoices -----------------------------------------------------------------------------------------------------

    def invoices(self, **query: Any) -> Invoices:
        """List invoices; `state`, `cursor`, `limit`."""
        return self._call(Invoices, "GET", "invoices", **query)

    def invoice(self, invoice_id: UUID) -> InvoiceDetail:
        """Return an invoice with its lines, receipts and credit notes."""
        return self._call(InvoiceDetail, "GET", f"invoices/{invoice_id}")

    def announce_payment(self, invoice_id: UUID, *, paid_on: date, reference: str) -> InvoiceDetail:
        """Announce a payment of an invoice."""
        return self._call(
            InvoiceDetail, "POST", f"invoices/{invoice_id}/announce", paid_on=paid_on, reference=reference
        )

    def record_receipt(
        self, invoice_id: UUID, *, amount: Decimal, received_on: date, reference: str, confirmed: bool = False
    ) -> ReceiptRecorded:
        """Record money that came in for an invoice."""
        body = {"amount": amount, "received_on": received_on, "reference": reference, "confirmed": confirmed}
        return self._call(ReceiptRecorded, "POST", f"invoices/{invoice_id}/receipts", **body)

    def receipts(self, **query: Any) -> Receipts:
        """List receipts; `cursor`, `limit`."""
        return self._call(Receipts, "GET", "receipts", **query)

    def receipt(self, receipt_id: UUID) -> PaymentReceipt:
        """Return a receipt with the invoices that it counts for."""
        return self._call(PaymentReceipt, "GET", f"receipts/{receipt_id}")

    def reverse_receipt(self, receipt_id: UUID, *, reason: str) -> ReceiptReversed:
        """Take back a receipt that the bank returned."""
        return self._call(ReceiptReversed, "POST", f"receipts/{receipt_id}/reverse", reason=reason)

    def credit_notes(self, **query: Any) -> CreditNotes:
        """List credit notes; `cursor`, `limit`."""
        return self._call(CreditNotes, "GET", "credit-notes", **query)

    def refunds(self, **query: Any) -> Refunds:
        """List refunds; `cursor`, `limit`."""
        return self._call(Refunds, "GET", "refunds", **query)

    def pay_refund(self, refund_id: UUID, *, paid_on: date, reference: str) -> Refund:
        """Record that a refund was paid out."""
        return self._call(Refund, "POST", f"refunds/{refund_id}/paid", paid_on=paid_on, reference=reference)

    def pay_credit(self, organisation_id: UUID, *, currency: str, paid_on: date, reference: str) -> PaidCredit:
        """Record that a company's credit was paid out."""
        body = {"currency": currency, "paid_on": paid_on, "reference": reference}
        return self._call(PaidCredit, "POST", f"organisations/{organisation_id}/credit/paid", **body)

    def write_off(self, *, reason: str, invoice_id: UUID | None = None, clawback_id: UUID | None = None) -> WriteOff:
        """Write off the rest of an invoice or of a clawback."""
        return self._call(WriteOff, "POST", "write-offs", reason=reason, invoice_id=invoice_id, clawback_id=clawback_id)

    # --- payouts ------------------------------------------------------------------------------------------------------

    def payouts(self, **query: Any) -> Payouts:
        """List payouts; `state`, `recruiter_id`, `cursor`, `limit`."""
        return self._call(Payouts, "GET", "payouts", **query)

    def payout(self, payout_id: UUID) -> ListedPayout:
        """Return a payout with what it waits for."""
        return self._call(ListedPayout, "GET", f"payouts/{payout_id}")

    def return_payout(self, payout_id: UUID, *, reason: str) -> ListedPayout:
        """Record that the bank returned a payment."""
        return self._call(ListedPayout, "POST", f"payouts/{payout_id}/returned", reason=reason)

    def clawbacks(self, **query: Any) -> Clawbacks:
        """List the open clawbacks; `cursor`, `limit`."""
        return self._call(Clawbacks, "GET", "clawbacks", **query)

    def repay_clawback(self, clawback_id: UUID, *, amount: Decimal, received_on: date, reference: str) -> Clawback:
        """Record what a recruiter paid back."""
        body = {"amount": amount, "received_on": received_on, "reference": reference}
        return self._call(Clawback, "POST", f"clawbacks/{clawback_id}/repaid", **body)

    def payout_runs(self, **query: Any) -> Runs:
        """List payout runs; `state`, `cursor`, `limit`."""
        return self._call(Runs, "GET", "payout-runs", **query)

    def payout_run(self, run_id: UUID) -> RunDetail:
        """Return a payout run by recruiter."""
        return self._call(RunDetail, "GET", f"payout-runs/{run_id}")

    def collect_run(self, *, currency: str) -> RunDetail:
        """Collect what is due in a currency into a run."""
        return self._call(RunDetail, "POST", "payout-runs", currency=currency)

    def approve_run(self, run_id: UUID) -> RunDetail:
        """Approve a collected run."""
        return self._call(RunDetail, "POST", f"payout-runs/{run_id}/approve")

    def pay_run(
        self, run_id: UUID, *, reference: str | None = None, references: Mapping[UUID, str] | None = None
    ) -> RunDetail:
        """Record that a run was paid, with one reference for all or one for each recruiter."""
        by_recruiter = None if references is None else {str(key): text for key, text in references.items()}
        return self._call(RunDetail, "POST", f"payout-runs/{run_id}/pay", reference=reference, references=by_recruiter)

    def cancel_run(self, run_id: UUID) -> RunDetail:
        """Cancel a run before it is paid."""
        return self._call(RunDetail, "POST", f"payout-runs/{run_id}/cancel")

    def earnings(self, recruiter_id: UUID) -> Earnings:
        """Sum up what a recruiter has earned."""
        return self._call(Earnings, "GET", f"recruiters/{recruiter_id}/earnings")

    def statement(self, recruiter_id: UUID, *, month: str, currency: str = "USD") -> Statement:
        """Return a recruiter's statement of a month, such as 2026-11."""
        return self._call(Statement, "GET", f"recruiters/{recruiter_id}/statement", month=month, currency=currency)

    def trial_balance(self) -> TrialBalances:
        """Add up every kind of account, by currency."""
        return self._call(TrialBalances, "GET", "ledger/trial-balance")
