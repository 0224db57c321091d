"""What happens to a fee, by day (money.md §9): the input of the one pure function that books it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.domain.billing.schedule import Row
from portal.domain.billing.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts have: the day in the company's zone."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated(Fact):
    """The sheet is locked and the guarantee is agreed."""

    rows: tuple[Row, ...]
    start: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued(Fact):
    """The invoice was issued; its tax is computed at the terms' rate."""

    invoice: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Fact):
    """Money of the company came in for the invoice, or (`from_credit`) its credit was applied to it."""

    amount: int
    received_on: date
    from_credit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed(Fact):
    """A receipt was returned by the bank, or (`to_credit`) a credit was taken off the invoice again."""

    amount: int
    received_on: date
    to_credit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCame(Fact):
    """A day began: instalments and the end of the guarantee may have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented(Fact):
    """A recruiter agreed that the guarantee of their shares has so many days: an extension."""

    recruiter: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(Fact):
    """The guarantee ended well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Fact):
    """The person left, or never came (`last_day` None)."""

    last_day: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationRefunded(Fact):
    """No replacement came in time, or the recruiter gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationWaived(Fact):
    """The company wants no replacement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced(Fact):
    """A linked replacement was activated: what is unreleased moves to its sheet and its guarantee."""

    placement: str
    rows: tuple[Row, ...]
    start: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded(Fact):
    """A part of the fee goes back by a decision: of all parties, or of the one part that is named."""

    amount: int
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut(Fact):
    """A due part was paid: in cash, less what was netted against clawbacks of these placements."""

    key: str
    netted: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedByBank(Fact):
    """The cash of a payout came back: it is due again as a part of its own."""

    key: str
    cash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawbackReduced(Fact):
    """What a recruiter owes of this fee came in: `in_cash`, or netted in a run, which another fee's payout books."""

    recruiter: str
    placement: str
    amount: int
    in_cash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawbackWrittenOff(Fact):
    """What a recruiter owes is given up."""

    recruiter: str
    placement: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceWrittenOff(Fact):
    """The platform bears a small difference; the invoice is settled by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtWrittenOff(Fact):
    """What the company owes is lost: the parties bear it in proportion, and the cleared part is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended(Fact):
    """A locked sheet was changed."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Fact):
    """The hire was recorded wrongly: its fee or start are others.

    When the fee changes after the invoice was issued, `invoice` is the one in its place. `runs_again`: the guarantee
    had ended under the wrong start, and goes on under the right one.
    """

    terms: Terms
    fee: int
    rows: tuple[Row, ...]
    start: date
    invoice: str = ""
    due_on: date | None = None
    runs_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    """A no-show was reported by mistake, before anything was invoiced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen(Fact):
    """What disputes keep as it is from now on: the whole fee, or the parts that are named, or nothing."""

    frozen: bool
    parts: frozenset[str] = frozenset()
