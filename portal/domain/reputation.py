"""Reputation (domain.md §6): four components, their weights, and the sum."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

WEIGHTS = {"hire": 40, "completion": 30, "collaboration": 15, "responsiveness": 15}
LABELS = {
    "hire": "Hire rate",
    "completion": "Completion rate",
    "collaboration": "Collaboration",
    "responsiveness": "Responsiveness",
}
NEUTRAL = Decimal(50)
CENT = Decimal("0.01")
HIRE_FULL_MARKS = Decimal("0.45")
RESPONSE_ZERO_HOURS = Decimal(168)
MIN_RATERS = 2  # one rating alone would be visible in the score
MIN_DECIDED = 5
MIN_FINISHED = 3
NOT_COUNTED_FAILURES = ("layoff", "role_changed")  # what the company caused; what hides in other words is appealed
CONTESTED = {
    "proposal": "a declined proposal",
    "placement": "a failed placement",
    "feedback": "a rating by a team mate",
    "question": "the time to answer a question",
    "amendment": "the time to answer an amendment",
}


class Period(StrEnum):
    """What a leaderboard looks at."""

    ALL_TIME = "all_time"
    LAST_YEAR = "last_year"
    LAST_MONTH = "last_month"

    @classmethod
    def read(cls, typed: str | None) -> Period:
        """Read a period from an address; what is none means all time."""
        return cls(typed) if typed in set(cls) else cls.ALL_TIME


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
        return self.decided < MIN_DECIDED or self.completed + self.failed < MIN_FINISHED


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
    return NEUTRAL if rate is None else _bounded(rate / HIRE_FULL_MARKS * 100)


def completion_component(rate: Decimal | None) -> Decimal:
    """Return the completion rate as marks."""
    return NEUTRAL if rate is None else _bounded(rate * 100)


def collaboration_component(stars: Decimal | None) -> Decimal:
    """Map 1–5 stars to 0–100."""
    return NEUTRAL if stars is None else _bounded((stars - 1) * 25)


def responsiveness_component(hours: Decimal | None) -> Decimal:
    """Return 100 for an answer at once, 0 for one after a week or more."""
    return NEUTRAL if hours is None else _bounded((1 - hours / RESPONSE_ZERO_HOURS) * 100)


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
    exact = sum((parts[name] * weight for name, weight in WEIGHTS.items()), Decimal(0)) / 100
    return Score(hire, completion, collaboration, responsiveness, exact.quantize(CENT, rounding=ROUND_HALF_UP))


def score(inputs: Inputs) -> Score:
    """Compute the score of a recruiter from the figures."""
    return combine(
        hire_component(rate(inputs.placements, inputs.decided)),
        completion_component(rate(inputs.completed, inputs.completed + inputs.failed)),
        collaboration_component(inputs.feedback_mean_stars),
        responsiveness_component(inputs.mean_response_hours),
    )
