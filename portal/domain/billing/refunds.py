"""What happens when somebody leaves (money.md §5, §9): void or remedy, the refund, and who gives back how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.domain import money
from portal.domain.billing.schedule import Part, PartState, left_by_party
from portal.domain.billing.terms import WITH_REPLACEMENT, Remedy, Terms
from portal.domain.placements import FailureReason


class Void(StrEnum):
    """Why a guarantee is void."""

    REASON = "reason"
    UNPAID = "unpaid"
    REPORTED_LATE = "reported_late"


class Ending(StrEnum):
    """What follows from a failure."""

    NEVER_STARTED = "never_started"
    OUTSIDE = "outside"
    VOID = "void"
    REMEDY = "remedy"


@dataclass(frozen=True, slots=True)
class Payments:
    """What an invoice asked for, until when, and the unreversed receipts with their dates.

    `disputed` are the days on which a case about it was opened and was over, the earliest first; None while it goes on.
    """

    due_on: date
    wanted: int  # the total less what was credited
    received: tuple[tuple[date, int], ...] = ()
    disputed: tuple[tuple[date, date | None], ...] = ()

    def counted_until(self, days: int) -> date | None:
        """Return the day on which a number of unpaid days is over; cases stop the count, None while one still does."""
        until, reached = self.due_on + timedelta(days=days), self.due_on
        for opened, over in self.disputed:
            if opened >= until:
                break
            if over is None:
                return None
            begun = max(opened, reached)
            until += max(over - begun, timedelta())
            reached = max(over, reached)
        return until

    def covered_by(self, day: date) -> bool:
        """Return whether what was received until a day covers the invoice."""
        return sum(amount for on, amount in self.received if on <= day) >= self.wanted


@dataclass(frozen=True, slots=True)
class Departure:
    """A failure: the guarantee as agreed, the last day worked (None: never began), when and why reported."""

    start: date | None
    days: int
    last_day: date | None
    reported_on: date
    reason: str

    @property
    def worked_until(self) -> int | None:
        """Return the guarantee's day on which the person last worked, None when there is none."""
        if self.start is None or self.last_day is None or self.last_day < self.start:
            return None
        return (self.last_day - self.start).days


@dataclass(frozen=True, slots=True)
class Decision:
    """What the terms say about a failure; `refund` is minor units of the fee, decided now."""

    ending: Ending
    remedy: str = ""
    refund: int = 0
    void_reason: str = ""
    opens_obligation: bool = False
    due_on: date | None = None  # of the obligation


def decide(terms: Terms, fee_left: int, left: Departure, payments: Payments | None) -> Decision:
    """Decide what a failure means for the money; `fee_left` is what was not refunded before."""
    day = left.worked_until
    if day is None or left.reason == FailureReason.NO_SHOW:
        return Decision(Ending.NEVER_STARTED, Remedy.FULL_REFUND, fee_left)
    if day > left.days:
        return Decision(Ending.OUTSIDE)
    void = void_reason(terms, left, payments)
    if void is not None:
        return Decision(Ending.VOID, terms.remedy, void_reason=void)
    if terms.remedy in WITH_REPLACEMENT:
        due = left.reported_on + timedelta(days=terms.replacement_window_days)
        return Decision(Ending.REMEDY, terms.remedy, opens_obligation=True, due_on=due)
    return Decision(Ending.REMEDY, terms.remedy, refund_of(terms, fee_left, day, left.days))


def void_reason(terms: Terms, left: Departure, payments: Payments | None) -> Void | None:
    """Return the first condition that makes the guarantee void, or None."""
    assert left.last_day is not None
    if left.reason in terms.void_reasons:
        return Void.REASON
    if terms.void_unpaid_days is not None and payments is not None:
        until = payments.counted_until(terms.void_unpaid_days)
        if until is not None and left.last_day > until and not payments.covered_by(until):
            return Void.UNPAID
    late = (left.reported_on - left.last_day).days
    if terms.void_reported_days is not None and late > terms.void_reported_days:
        return Void.REPORTED_LATE
    return None


def refund_of(terms: Terms, fee_left: int, day: int, days: int) -> int:
    """Return the refund of the fee when the person last worked on a day of the guarantee."""
    match terms.remedy:
        case Remedy.FULL_REFUND:
            return fee_left
        case Remedy.PRO_RATA:
            return 0 if days == 0 else _half_up(fee_left * (days - day), days)
        case Remedy.STEPS:
            share = next((bp for until, bp in terms.steps if day <= until), 0)
            return money.share_of(fee_left, share)
        case _:
            return 0


def at_deadline(terms: Terms, fee_left: int) -> int:
    """Return the refund when an obligation's deadline passes: the whole fee, or nothing for replacement only."""
    return fee_left if terms.remedy == Remedy.REPLACEMENT_FIRST else 0


def tax_back(refunded_before: int, refund: int, tax_bp: int, tax_back_before: int) -> int:
    """Return the tax of one more refund: of all refunds together, less what went back already."""
    return money.share_of(refunded_before + refund, tax_bp) - tax_back_before


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


# --- who gives back -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken of one part, and in which state the part was."""

    part: Part
    amount: int


def take_back(parts: Sequence[Part], amount: int) -> list[Taken]:
    """Take an amount from all parties in proportion to what each still has (money.md §5).

    Within a party first what is held, then what is due, then what was paid; the latest instalment first.
    """
    left = left_by_party(parts)
    shares = money.allocate(amount, list(left.values()))
    taken: list[Taken] = []
    for party, share in zip(left, shares, strict=True):
        taken += take_of([part for part in parts if (part.placement, part.holder) == party], share)
    return taken


_FIRST = {PartState.HELD: 0, PartState.DUE: 1, PartState.PAID: 2}


def take_of(parts: Sequence[Part], amount: int) -> list[Taken]:
    """Take an amount from the parts of one party: held, due, paid, the latest first.

    Raises:
        ValueError: the party has less than that.
    """
    taken: list[Taken] = []
    for part in sorted(parts, key=lambda p: (_FIRST[p.state], -p.instalment)):
        here = min(amount, max(part.left, 0))
        if here:
            taken.append(Taken(part, here))
            amount -= here
    if amount:
        raise ValueError("a party cannot give back more than it has")
    return taken
