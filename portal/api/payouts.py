"""Payouts, earnings and statements, the runs that pay them, what is owed back, and the ledger (money.md §4, §6, §8)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from portal.answers import money as answers
from portal.api.endpoint import CSV, Api, Created, File
from portal.api.invoices import ReasonBody, Reference
from portal.api.types import Body, Currency, Id, Money, PageQuery, Query, To
from portal.domain.billing.payouts import PayoutState
from portal.domain.billing.runs import RunState
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.billing import earnings, ledger, looked_after
from portal.queries.billing.listing import RUNS, payout_page
from portal.queries.billing.money import PayoutLine
from portal.rendering import money_files
from portal.services.billing import payments, runs

bp = Api("payouts", __name__, tag="Payouts")
RUN_CONFLICTS = ("WRONG_STATE", "RUN_BLOCKED")


class PayoutsQuery(PageQuery):
    """Which payouts; a recruiter's own without a name."""

    state: PayoutState | None = None
    recruiter_id: Id | None = None


class RunsQuery(PageQuery):
    """Which payout runs."""

    state: RunState | None = None


class CollectBody(Body):
    """The currency whose due payouts are collected."""

    currency: Currency


class PayBody(Body):
    """One bank reference for the whole run, or one per recruiter."""

    reference: Reference | None = None
    references: dict[Id, Reference] | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.reference is None and not self.references:
            raise ValueError("Send a reference for all, or references by recruiter.")
        return self


class RepaidBody(Body):
    """A recruiter's repayment."""

    amount: Annotated[Money, To("amount_minor")]
    received_on: date
    reference: Reference


class StatementQuery(Query):
    """Which month, the current one by default, and in which currency."""

    month: Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-11"])] | None = None
    currency: Currency = "USD"


# --- payouts ----------------------------------------------------------------------------------------------------------


@bp.reads("/payouts", answers.Payouts, Permission.EARNINGS_VIEW)
def list_payouts(query: PayoutsQuery) -> object:
    """List payouts and what each is waiting for: a recruiter sees their own, the platform sees all."""
    return payout_page(
        current_actor(),
        recruiter_id=query.recruiter_id,
        state=query.state,
        older_than=query.cursor,
        limit=query.limit,
    )


@bp.reads("/payouts/<uuid:payout_id>", answers.ListedPayout, Permission.EARNINGS_VIEW)
def get_payout(payout_id: uuid.UUID) -> PayoutLine:
    """Return a payout and what it is waiting for."""
    return earnings.payout(payout_id, viewer=current_actor())


@bp.changes("/payouts/<uuid:payout_id>/returned", answers.ListedPayout, Permission.BILLING_MANAGE, "NOT_PAID")
def return_payout(payout_id: uuid.UUID, body: ReasonBody) -> PayoutLine:
    """Record that the bank returned a payment: the payout is reversed, and a new one becomes due."""
    actor = current_actor()
    payments.returned(payout_id, actor=actor, reason=body.reason)
    return earnings.payout(payout_id, viewer=actor)


@bp.reads("/recruiters/<uuid:recruiter_id>/earnings", answers.Earnings, Permission.EARNINGS_VIEW)
def get_earnings(recruiter_id: uuid.UUID) -> earnings.Earnings:
    """Return what a recruiter has earned, what is coming and what they owe."""
    return earnings.earnings(recruiter_id, viewer=current_actor())


@bp.reads("/recruiters/<uuid:recruiter_id>/statement", answers.Statement, Permission.EARNINGS_VIEW)
def get_statement(recruiter_id: uuid.UUID, query: StatementQuery) -> earnings.Statement:
    """Return a recruiter's monthly statement: opening balance, earned, paid, clawed back, closing balance."""
    month = date.fromisoformat(f"{query.month}-01") if query.month else None
    return earnings.statement(recruiter_id, viewer=current_actor(), month=month, currency=query.currency)


@bp.reads("/clawbacks", answers.Clawbacks, Permission.EARNINGS_VIEW)
def list_clawbacks(query: PageQuery) -> dict[str, object]:
    """List open clawbacks: a recruiter sees their own, the platform sees all."""
    found = looked_after.open_clawbacks(current_actor(), newer_than=query.cursor, limit=query.limit + 1)
    shown = found[: query.limit]
    return {"clawbacks": shown, "next_cursor": shown[-1].id if len(found) > len(shown) else None}


@bp.changes("/clawbacks/<uuid:clawback_id>/repaid", answers.Clawback, Permission.BILLING_MANAGE)
def repay_clawback(clawback_id: uuid.UUID, body: RepaidBody) -> looked_after.OpenClawback:
    """Record a recruiter's repayment."""
    currency = looked_after.clawback(clawback_id).currency
    payments.repaid(clawback_id, actor=current_actor(), **body.to_input(currency))
    return looked_after.clawback(clawback_id)


# --- runs -------------------------------------------------------------------------------------------------------------


@bp.reads("/payout-runs", answers.Runs, Permission.BILLING_MANAGE)
def list_runs(query: RunsQuery) -> object:
    """List the payout runs."""
    return RUNS.counted(current_actor(), {"state": query.state}, before=query.cursor, size=query.limit)


@bp.changes("/payout-runs", answers.RunDetail, Permission.BILLING_MANAGE, "NOTHING_DUE")
def collect_run(body: CollectBody) -> Created:
    """Collect all due payouts in a currency into a run, less what their recruiters owe."""
    run_id = runs.collect(actor=current_actor(), currency=body.currency)
    return Created(ledger.run(run_id), f"/api/payout-runs/{run_id}")


@bp.reads("/payout-runs/<uuid:run_id>", answers.RunDetail, Permission.BILLING_MANAGE)
def get_run(run_id: uuid.UUID) -> ledger.RunDetail:
    """Return a payout run by recruiter."""
    return ledger.run(run_id)


@bp.reads("/payout-runs/<uuid:run_id>.csv", CSV, Permission.BILLING_MANAGE)
def get_run_csv(run_id: uuid.UUID) -> File:
    """Return a payout run by recruiter as CSV."""
    return File(*money_files.run_csv(ledger.run(run_id)))


@bp.changes("/payout-runs/<uuid:run_id>/approve", answers.RunDetail, Permission.BILLING_MANAGE, *RUN_CONFLICTS)
def approve_run(run_id: uuid.UUID) -> ledger.RunDetail:
    """Approve a collected run; above the limit, an admin other than the one who collected it must approve."""
    runs.approve(run_id, actor=current_actor())
    return ledger.run(run_id)


@bp.changes("/payout-runs/<uuid:run_id>/pay", answers.RunDetail, Permission.BILLING_MANAGE, *RUN_CONFLICTS)
def pay_run(run_id: uuid.UUID, body: PayBody) -> ledger.RunDetail:
    """Mark an approved run as paid."""
    references = body.references or {}
    payments.pay(run_id, actor=current_actor(), reference=body.reference or "", references=references)
    return ledger.run(run_id)


@bp.changes("/payout-runs/<uuid:run_id>/cancel", answers.RunDetail, Permission.BILLING_MANAGE, "WRONG_STATE")
def cancel_run(run_id: uuid.UUID) -> ledger.RunDetail:
    """Cancel a run before it is paid; its payouts become due again."""
    runs.cancel(run_id, actor=current_actor())
    return ledger.run(run_id)


@bp.reads("/ledger/trial-balance", answers.TrialBalances, Permission.BILLING_MANAGE)
def get_trial_balance() -> dict[str, object]:
    """Return the trial balance by currency; the difference is 0 when the books balance."""
    return {"balances": ledger.trial_balance()}
