"""The score worked out a second time, by hand, as domain.md §6 says it; the portal's own sum is one SQL statement."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from portal.domain import reputation as rules
from portal.extensions import reading
from portal.queries.reputation.figures import figures
from portal.queries.reputation.reputation import Figures

CENT = Decimal("0.01")


def replayed(recruiter_id: uuid.UUID, *, now: datetime) -> Figures:
    """Compute the figures from the source rows as of a moment, without storing them."""
    row = reading().execute(figures(now=now, ids=[recruiter_id])).one()
    return Figures(*row[1:])


@dataclass(frozen=True, slots=True)
class Inputs:
    """The figures of one recruiter; None means that there is no data."""

    decided: int
    placements: int
    completed: int
    failed: int
    feedback_mean_stars: Decimal | None
    mean_response_hours: Decimal | None

    @property
    def provisional(self) -> bool:
        """Return whether there is too little history to rank."""
        return self.decided < rules.MIN_DECIDED or self.completed + self.failed < rules.MIN_FINISHED


@dataclass(frozen=True, slots=True)
class Score:
    """The four components and the score, 0–100."""

    hire: Decimal
    completion: Decimal
    collaboration: Decimal
    responsiveness: Decimal
    exact: Decimal

    @property
    def shown(self) -> int:
        """Return the score as people see it, half a point rounded up."""
        return int(self.exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _bounded(value: Decimal) -> Decimal:
    """Keep marks between 0 and 100, with the two decimals that people see, so that they can work the sum out."""
    return min(Decimal(100), max(Decimal(0), value)).quantize(CENT, rounding=ROUND_HALF_UP)


def hire_component(rate: Decimal | None) -> Decimal:
    """Return full marks at 0.45 placements per decided proposal, linear below."""
    return rules.NEUTRAL if rate is None else _bounded(rate / rules.HIRE_FULL_MARKS * 100)


def completion_component(rate: Decimal | None) -> Decimal:
    """Return the completion rate as marks."""
    return rules.NEUTRAL if rate is None else _bounded(rate * 100)


def collaboration_component(stars: Decimal | None) -> Decimal:
    """Map 1–5 stars to 0–100."""
    return rules.NEUTRAL if stars is None else _bounded((stars - 1) * 25)


def responsiveness_component(hours: Decimal | None) -> Decimal:
    """Return 100 for an answer at once, 0 for one after a week or more."""
    return rules.NEUTRAL if hours is None else _bounded((1 - hours / rules.RESPONSE_ZERO_HOURS) * 100)


def rate(part: int, whole: int) -> Decimal | None:
    """Divide, or say that there is nothing to divide."""
    return None if whole == 0 else Decimal(part) / Decimal(whole)


def combine(hire: Decimal, completion: Decimal, collaboration: Decimal, responsiveness: Decimal) -> Score:
    """Weigh the four components into the score."""
    parts = {
        "hire": hire,
        "completion": completion,
        "collaboration": collaboration,
        "responsiveness": responsiveness,
    }
    exact = sum((parts[name] * weight for name, weight in rules.WEIGHTS.items()), Decimal(0)) / 100
    return Score(hire, completion, collaboration, responsiveness, exact.quantize(CENT, rounding=ROUND_HALF_UP))


def score(inputs: Inputs) -> Score:
    """Compute the score of a recruiter from the figures."""
    return combine(
        hire_component(rate(inputs.placements, inputs.decided)),
        completion_component(rate(inputs.completed, inputs.completed + inputs.failed)),
        collaboration_component(inputs.feedback_mean_stars),
        responsiveness_component(inputs.mean_response_hours),
    )
