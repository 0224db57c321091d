"""What a fee would pay, to whom and when, and what a departure would take back; nothing is written (money.md §7).

The books' own function does it, fed with what would happen: the client pays on time and each part is paid when due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain import collaboration, money
from portal.domain.billing import consequences, operations
from portal.domain.billing.consequences import Consequence, GivenBack
from portal.domain.billing.facts import Activated, Completed, DayCame, Failed, Issued, PaidOut, Received
from portal.domain.billing.ledger import PLATFORM
from portal.domain.billing.refunds import Ending
from portal.domain.billing.schedule import Part, PartState, Row
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import PayoutSchedule, Terms, base_of, fee_of, with_fee
from portal.domain.errors import InvalidInput
from portal.domain.placements import FailureReason

START = date(2026, 1, 1)  # any day: the simulation counts in days from the start
PLACEMENT = "simulated"
WHEN_PAID, GUARANTEE_ENDS = "client_paid", "guarantee_ends"


@dataclass(frozen=True, slots=True)
class Party:
    """Who shares the fee, the platform first: `split_bp` of the pool, and what a departure takes, in minor units.

    `clawback_minor` of what is given back had been paid out already.
    """

    role: str
    split_bp: int | None
    amount_minor: int
    gives_back_minor: int = 0
    clawback_minor: int = 0

    @property
    def keeps_minor(self) -> int:
        """Return what is left after the departure."""
        return self.amount_minor - self.gives_back_minor


@dataclass(frozen=True, slots=True)
class Payout:
    """One instalment of a share: the guarantee's day (None: see `event`) and the amount in minor units."""

    role: str
    day: int | None
    event: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Refund:
    """What the company gets back; with `by_day` only if no replacement arrives by that day of the guarantee."""

    amount_minor: int
    tax_minor: int
    by_day: int | None

    @property
    def total_minor(self) -> int:
        return self.amount_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class Simulation:
    """A fee from the invoice to the last payout; under `terms`; amounts in minor units."""

    terms: Terms
    fee_minor: int
    tax_minor: int
    parties: tuple[Party, ...]
    payouts: tuple[Payout, ...]
    ending: Ending | None
    refund: Refund | None

    @property
    def currency(self) -> str:
        return self.terms.currency

    @property
    def platform_minor(self) -> int:
        return self.parties[0].amount_minor

    @property
    def invoice_minor(self) -> int:
        return self.fee_minor + self.tax_minor

    @property
    def pool_minor(self) -> int:
        """Return what the team shares."""
        return self.fee_minor - self.platform_minor

    def is_paid_by(self, payout: Payout, day: int) -> bool:
        """Return whether a payout was made by a day of the guarantee, which runs on then."""
        return payout.event != GUARANTEE_ENDS and max(payout.day or 0, self.terms.payment_days) <= day

    @property
    def team(self) -> tuple[Party, ...]:
        return self.parties[1:]


def simulate(terms: Terms, fee_minor: int, team: Sequence[tuple[str, int | None]], last_day: int | None) -> Simulation:
    """Return what the terms make of a fee that a team shares, when the person leaves on a day, or stays (None)."""
    shares = collaboration.preview(fee_minor, team).shares
    filled = money.fill_to_whole([bp for _, bp, _ in shares])
    rows = tuple(Row(str(n), str(n), bp) for n, bp in enumerate(filled))
    roles = {PLATFORM: PLATFORM, **{row.holder: role for row, (role, _, _) in zip(rows, shares, strict=True)}}
    parties = [(PLATFORM, None), *((row.holder, row.bp) for row in rows)]
    begun = _begin(terms, fee_minor, rows)
    left = None if last_day is None else _leave(begun, last_day)
    return Simulation(
        terms,
        fee_minor,
        begun.tax,
        tuple(_party(holder, bp, begun, left, roles) for holder, bp in parties),
        tuple(_payout(part, terms, roles) for part in begun.parts if not part.is_platform),
        left.decided.ending if left else None,
        _refund(left) if left else None,
    )


def _begin(terms: Terms, fee_minor: int, rows: tuple[Row, ...]) -> Standing:
    """Return the fee as it stands when the invoice is issued on the start date."""
    standing = operations.begin(terms, PLACEMENT, "company", fee_minor)
    due = START + timedelta(days=terms.payment_days)
    facts = (
        Activated(on=START, rows=rows, start=START, days=terms.guarantee_days),
        Issued(on=START, invoice="1", due_on=due),
    )
    return operations.operations(standing, facts)[0]


def _leave(begun: Standing, last_day: int) -> Consequence:
    """Return what follows when the person leaves on a day and no replacement arrives."""
    day = START + timedelta(days=last_day)
    return consequences.of_failure(
        _until(begun, day), Failed(on=day, last_day=day, reason=FailureReason.CANDIDATE_QUIT)
    )


def _refund(left: Consequence) -> Refund | None:
    due = left.decided.due_on
    return Refund(left.refund, left.tax, None if due is None else (due - START).days) if left.refund else None


def _until(standing: Standing, day: date) -> Standing:
    """Simulate that the client pays on time, and that every part is paid on the day that it becomes due."""
    days = {START + timedelta(days=part.day) for part in standing.parts if part.day is not None}
    end, paid = standing.agreed_end, standing.due_on
    assert end is not None
    assert paid is not None
    for today in sorted(moment for moment in days | {paid, end, day} if moment <= day):
        if today == paid:
            received = Received(on=today, amount=standing.outstanding, received_on=today)
            standing = operations.book(standing, received)[0]
        if today == end and today < day:
            standing = operations.book(standing, Completed(on=today))[0]
        standing = operations.book(standing, DayCame(on=today))[0]
        for part in [part for part in standing.parts if part.state is PartState.DUE]:
            standing = operations.book(standing, PaidOut(on=today, key=part.key))[0]
    return standing


def _payout(part: Part, terms: Terms, roles: dict[str, str]) -> Payout:
    at_end = part.day is None and terms.payout_schedule != PayoutSchedule.WHEN_PAID
    day = terms.guarantee_days if at_end else part.day
    event = GUARANTEE_ENDS if at_end else WHEN_PAID if part.day is None else "day"
    return Payout(roles[part.holder], day, event, part.original)


def _party(holder: str, bp: int | None, begun: Standing, left: Consequence | None, roles: dict[str, str]) -> Party:
    amount = sum(part.original for part in begun.parts if part.holder == holder)
    back = left.given_by("" if holder == PLATFORM else holder) if left else GivenBack()
    return Party(roles[holder], bp, amount, back.total, back.clawback)


def fee_from(terms: Terms, *, fee_minor: int | None, salary_minor: int | None) -> tuple[Terms, int]:
    """Return the fee that is given, or that the terms make of a salary, and the terms with that fee.

    Raises:
        InvalidInput: the fee is not above zero, or the salary cannot be meant.
    """
    if fee_minor is None:
        assert salary_minor is not None
        return terms, fee_of(terms, base_of(terms, salary_minor, None))
    if not 0 < fee_minor <= money.MAX_MINOR:
        raise InvalidInput.field("fee", "Enter a fee above zero.")
    return with_fee(terms, flat_fee_minor=fee_minor), fee_minor
