"""The simulator (money.md §7): who gets what when, by the function that keeps the books; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain import money
from portal.domain.billing import operations, schedule
from portal.domain.billing.operations import Activated, Completed, Failed, Issued, ObligationRefunded, Received
from portal.domain.billing.refunds import Decision
from portal.domain.billing.schedule import Part, Row
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import PayoutSchedule, Terms
from portal.domain.placements import FailureReason

START = date(2000, 1, 1)  # any day: only days of the guarantee are shown


@dataclass(frozen=True, slots=True)
class SimulatedPayout:
    """A payout: to which row of the team, on which day of the guarantee or with which event."""

    row: int
    day: int | None
    event: str
    amount: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What one party gives back; `row` None is the platform."""

    row: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """Who gets what when, and what goes back when the person leaves."""

    fee: int
    platform_fee: int
    tax: int
    shares: tuple[int, ...]
    payouts: tuple[SimulatedPayout, ...]
    decision: Decision | None
    refund: int
    tax_back: int
    given_back: tuple[GivenBack, ...]


def simulate(terms: Terms, fee: int, shares_bp: Sequence[int], last_day: int | None = None) -> Simulated:
    """Return what becomes of a fee that the client pays in time; `last_day` is the guarantee's day worked last.

    A replacement that is owed does not arrive.
    """
    rows = tuple(Row(str(number), str(number), bp) for number, bp in enumerate(shares_bp))
    begun = operations.begin(terms, "placement", "company", fee)
    facts = (
        Activated(on=START, rows=rows, start=START, days=terms.guarantee_days),
        Issued(on=START, invoice="invoice", due_on=START),
        Received(on=START, amount=fee + money.share_of(fee, terms.tax_bp), received_on=START),
    )
    standing, _ = operations.operations(begun, facts)
    platform, _ = schedule.pool_of(fee, terms.platform_bp)
    shares = tuple(sum(p.original for p in standing.parts if p.holder == row.holder) for row in rows)
    payouts = tuple(_payout(part, terms) for part in standing.parts if not part.is_platform)
    decided, after = _end(standing, terms, last_day)
    back = _given_back(standing, after, len(rows))
    return Simulated(fee, platform, standing.tax, shares, payouts, decided, after.refunded, after.tax_back, back)


def _payout(part: Part, terms: Terms) -> SimulatedPayout:
    if terms.payout_schedule == PayoutSchedule.AFTER_GUARANTEE:
        return SimulatedPayout(int(part.holder), terms.guarantee_days, "guarantee_ends", part.original)
    event = "day" if part.day is not None else "invoice_paid"
    return SimulatedPayout(int(part.holder), part.day, event, part.original)


def _end(standing: Standing, terms: Terms, last_day: int | None) -> tuple[Decision | None, Standing]:
    if last_day is None:
        end = schedule.day_of(START, terms.guarantee_days)
        return None, operations.book(standing, Completed(on=end))[0]
    on = schedule.day_of(START, last_day)
    fact = Failed(on=on, last_day=on, reason=FailureReason.CANDIDATE_QUIT)
    decided = operations.decision(standing, fact)
    after, _ = operations.book(standing, fact)
    if decided.opens_obligation and decided.due_on is not None:
        after, _ = operations.book(after, ObligationRefunded(on=decided.due_on))
    return decided, after


def _given_back(before: Standing, after: Standing, rows: int) -> tuple[GivenBack, ...]:
    given = {part.holder: 0 for part in before.parts}
    for was, part in zip(before.parts, after.parts, strict=True):
        given[part.holder] += part.taken - was.taken
    platform = sum(amount for holder, amount in given.items() if not holder.isdigit())
    found = [GivenBack(row, given.get(str(row), 0)) for row in range(rows)]
    return (GivenBack(None, platform), *found) if after.refunded else ()
