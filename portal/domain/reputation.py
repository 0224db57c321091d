"""Reputation (domain.md §6): what the four components weigh and measure; `queries.reputation.figures` does the sum."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

WEIGHTS = {"hire": 40, "completion": 30, "collaboration": 15, "responsiveness": 15}
LABELS = {
    "hire": "Hire rate",
    "completion": "Completion rate",
    "collaboration": "Collaboration",
    "responsiveness": "Responsiveness",
}
NEUTRAL = Decimal(50)
HIRE_FULL_MARKS = Decimal("0.45")
RESPONSE_ZERO_HOURS = Decimal(168)
ANSWER_WITHIN = timedelta(hours=int(RESPONSE_ZERO_HOURS))  # a later answer counts like none
MIN_RATERS = 2  # one rating alone would be visible in the score
MIN_DECIDED = 5
MIN_FINISHED = 3
NOT_COUNTED_FAILURES = ("layoff", "role_changed")  # what the company caused; what hides in other words is appealed
CONTESTED = {
    "proposal": "a declined proposal",
    "placement": "a failed placement",
    "feedback": "a teammate’s rating",
    "question": "the time to answer a question",
    "amendment": "the time to answer a split change",
}


class Period(StrEnum):
    ALL_TIME = "all_time"
    LAST_YEAR = "last_year"
    LAST_MONTH = "last_month"

    @classmethod
    def read(cls, typed: str | None) -> Period:
        """Read a period from a URL; anything else means all time."""
        return cls(typed) if typed in set(cls) else cls.ALL_TIME
