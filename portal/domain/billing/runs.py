"""Payout runs (money.md §4): their states, netting, and who may approve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.machine import Machine, State, Transition
from portal.domain.permissions import Permission
from portal.domain.times import month_after

LAST_PAYOUT_DAY = 28


class RunState(StrEnum):
    COLLECTED = "collected"
    APPROVED = "approved"
    PAID = "paid"
    CANCELLED = "cancelled"


class RunAction(StrEnum):
    COLLECT = "collect"
    APPROVE = "approve"
    PAY = "pay"
    CANCEL = "cancel"


S, A = RunState, RunAction
MACHINE = Machine.of(
    "payout run",
    [
        State(S.COLLECTED, "Collected", "plus", "info", "has not been approved"),
        State(S.APPROVED, "Approved", "circle-check", "warn", "has been approved"),
        State(S.PAID, "Paid", "circle-check", "ok", "has been paid", terminal=True),
        State(S.CANCELLED, "Canceled", "circle-x", "", "has been canceled", terminal=True),
    ],
    [
        Transition(A.COLLECT, (None,), S.COLLECTED, Permission.BILLING_MANAGE, "Collect due payouts", "collected"),
        Transition(A.APPROVE, (S.COLLECTED,), S.APPROVED, Permission.BILLING_MANAGE, "Approve", "approved"),
        Transition(A.PAY, (S.APPROVED,), S.PAID, Permission.BILLING_MANAGE, "Mark as paid", "marked as paid"),
        Transition(A.CANCEL, (S.COLLECTED, S.APPROVED), S.CANCELLED, Permission.BILLING_MANAGE, "Cancel", "canceled"),
    ],
)


@dataclass(frozen=True, slots=True)
class Netting:
    """What of a payout is kept for what its recruiter owes of a placement."""

    payout: str
    placement: str
    amount: int


def net(payouts: Iterable[tuple[str, int]], owed: Sequence[tuple[str, int]]) -> list[Netting]:
    """Keep from one recruiter's payouts what is owed, both oldest first, never more than there is."""
    left = dict(owed)
    made: list[Netting] = []
    for payout, amount in payouts:
        for placement, open_ in left.items():
            here = min(amount, open_)
            if here:
                made.append(Netting(payout, placement, here))
                amount -= here
                left[placement] = open_ - here
    return made


def are_payout_days(days: Sequence[int]) -> bool:
    """Return whether these are days of the month on which the platform can promise to pay: some, in every month."""
    return bool(days) and len(set(days)) == len(days) and all(1 <= day <= LAST_PAYOUT_DAY for day in days)


def next_payout_day(days: Sequence[int], since: date) -> date:
    """Return the first day on or after another on which the platform pays."""
    later = [day for day in days if day >= since.day]
    if later:
        return since.replace(day=min(later))
    return month_after(since, 1).replace(day=min(days))


def needs_second(gross: int, recent: int, limit: int) -> bool:
    """Return whether another admin than the collector approves: the runs of 24 hours together pass the limit."""
    return gross + recent > limit
