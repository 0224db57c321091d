"""What a failure or a bad debt would mean for a fee, before it is booked: the decision, and who gives how much."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from portal.domain.billing import operations, refunds
from portal.domain.billing.facts import DebtWrittenOff, Failed, ObligationRefunded
from portal.domain.billing.refunds import Decision, Taken
from portal.domain.billing.schedule import PartState
from portal.domain.billing.standing import Standing


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What one recruiter, or the platform, gives back of a fee: of what is unpaid, and of what was paid out."""

    unpaid: int = 0
    clawback: int = 0

    @property
    def total(self) -> int:
        return self.unpaid + self.clawback


@dataclass(frozen=True, slots=True)
class Consequence:
    """A failure's decision, with the refund and its tax; where a replacement is owed, those if none arrives in time."""

    decided: Decision
    refund: int
    tax: int
    taken: tuple[Taken, ...]

    def given_by(self, recruiter: str) -> GivenBack:
        """Return what a recruiter gives back, with the empty name the platform."""
        mine = [each for each in self.taken if each.part.recruiter == recruiter]
        paid = [each for each in mine if each.part.state is PartState.PAID and not each.part.is_platform]
        clawback = sum(each.amount for each in paid)
        return GivenBack(sum(each.amount for each in mine) - clawback, clawback)


def without_replacement(standing: Standing, recruiter: str) -> tuple[int, int]:
    """Return what goes back of the fee when no replacement comes, and how much of it from a recruiter."""
    bound = [part for part in standing.parts if standing.is_bound(part)]
    refund = refunds.at_deadline(standing.terms, standing.bound_left)
    taken = refunds.take_back(bound, refund) if refund else []
    return refund, sum(each.amount for each in taken if each.part.recruiter == recruiter)


def of_failure(standing: Standing, fact: Failed) -> Consequence:
    """Return what a failure would mean, computed as the books will."""
    decided, taken = operations.given_back(standing, fact)
    after, _ = operations.book(standing, fact)
    amount = decided.refund
    if decided.due_on is not None:
        amount = refunds.at_deadline(standing.terms, after.bound_left)
        bound = {part.key for part in after.parts if after.is_bound(part)}
        taken = refunds.take_back([p for p in standing.parts if p.key in bound], amount) if amount else []
        after, _ = operations.book(after, ObligationRefunded(on=decided.due_on))
    return Consequence(decided, amount, after.tax_back - standing.tax_back, tuple(taken))


def of_bad_debt(standing: Standing, fact: DebtWrittenOff) -> Counter[str]:
    """Return what each recruiter, with the empty name the platform, has less of a fee whose debt is written off."""
    after, _ = operations.book(standing, fact)
    left = {part.key: part.left for part in after.parts}
    lost = Counter[str]()
    for part in standing.parts:
        lost[part.recruiter] += part.left - left[part.key]
    return lost
