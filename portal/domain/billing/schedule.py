"""The parts of a fee (money.md §2, §4): who gets how much with which instalment, and when its day has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.domain import money
from portal.domain.billing.ledger import PLATFORM
from portal.domain.billing.terms import PayoutSchedule, Terms


class PartState(StrEnum):
    """Where a part stands: not released, released and unpaid, or paid out."""

    HELD = "held"
    DUE = "due"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: `holder` names the row, `recruiter` whose it is."""

    holder: str
    recruiter: str
    bp: int


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment of one party's share, in minor units.

    `taken` went back to the company, to a replacement or to another row; `returned` came back from the bank and stands
    in a part of its own. `owed_by` names the recruiter whose clawback has to come in first. `frozen` is what a dispute
    is about while the rest of the fee goes on. `extended_days` is the length of the guarantee with the extension that
    the recruiter agreed to, 0 without one.
    """

    key: str
    placement: str
    holder: str
    recruiter: str
    instalment: int
    original: int
    day: int | None = None
    taken: int = 0
    returned: int = 0
    state: PartState = PartState.HELD
    owed_by: str = ""
    frozen: bool = False
    extended_days: int = 0

    @property
    def left(self) -> int:
        """Return what the party still has of it."""
        return self.original - self.taken - self.returned

    @property
    def is_platform(self) -> bool:
        """Return whether it is the platform's fee."""
        return self.holder == PLATFORM


def pool_of(fee_minor: int, platform_bp: int) -> tuple[int, int]:
    """Return the platform's fee and the pool that is shared; they add up to the fee."""
    platform = money.share_of(fee_minor, platform_bp)
    return platform, fee_minor - platform


def instalments(amount: int, terms: Terms) -> list[tuple[int, int, int | None]]:
    """Return number, amount and day of each instalment that is not 0; cumulative, so that nothing is lost."""
    made, before = list[tuple[int, int, int | None]](), 0
    for number, (reached, day) in enumerate(terms.payout_steps):
        until = money.share_of(amount, reached)
        if until > before:
            made.append((number, until - before, day))
        before = until
    return made


def parts(placement: str, platform_minor: int, pool_minor: int, rows: Sequence[Row], terms: Terms) -> tuple[Part, ...]:
    """Return the parts of a fee: the platform's, then each row's; they add up to platform fee and pool."""
    shares = money.allocate(pool_minor, [row.bp for row in rows])
    parties = [(PLATFORM, "", platform_minor)]
    parties += [(row.holder, row.recruiter, share) for row, share in zip(rows, shares, strict=True)]
    return tuple(
        Part(f"{placement}/{holder}/{number}", placement, holder, recruiter, number, amount, day)
        for holder, recruiter, share in parties
        for number, amount, day in instalments(share, terms)
    )


def left_by_party(found: Iterable[Part]) -> dict[tuple[str, str], int]:
    """Return what each party, named by placement and row, still has, in the order of the parts."""
    sums: dict[tuple[str, str], int] = {}
    for part in found:
        sums[part.placement, part.holder] = sums.get((part.placement, part.holder), 0) + part.left
    return sums


def day_of(start: date, day: int) -> date:
    """Return the date of a guarantee's day: the start is day 0."""
    return start + timedelta(days=day)


def has_come(part: Part, terms: Terms, start: date | None, today: date) -> bool:
    """Return whether the trigger of a part has come while the guarantee runs (money.md §4b)."""
    if terms.payout_schedule == PayoutSchedule.WHEN_PAID:
        return True
    return part.day is not None and start is not None and today >= day_of(start, part.day)
