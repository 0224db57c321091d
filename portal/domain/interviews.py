"""Interviews between acceptance and hire (domain.md §3): the stages of a job, appointments, and how they end."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.domain import texts
from portal.domain.errors import InvalidInput

STANDARD_STAGES = ("Screening", "Technical", "Final")
MOST_STAGES, STAGE_NAME = 8, 60
MOST_INTERVIEWS, MOST_NOTES = 20, 50  # of a proposal, and of an interview
MOST_PARTICIPANTS = 12
SHORTEST, USUAL, LONGEST = 5, 60, 480  # minutes
DAY = timedelta(days=1)
BACK, AHEAD = 30 * DAY, 365 * DAY


class Outcome(StrEnum):
    """The result of an interview."""

    PASSED = "passed"
    NOT_PASSED = "not_passed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


OUTCOME_LABELS = {
    Outcome.PASSED: "Passed",
    Outcome.NOT_PASSED: "Not passed",
    Outcome.CANCELLED: "Canceled",
    Outcome.NO_SHOW: "No-show",
}


@dataclass(frozen=True, slots=True)
class Appointment:
    """When an interview is, at which stage, where, who of the company takes part, and which guests do."""

    stage: str
    starts_at: datetime
    minutes: int = USUAL
    participants: frozenset[uuid.UUID] = frozenset()
    with_whom: str = ""  # guests: who has no account
    place: str = ""

    def checked(self) -> Appointment:
        """Return it with its texts cleaned.

        Raises:
            InvalidInput: all fields that are wrong, each with what to do.
        """
        wrong, clean = dict[str, str](), dict[str, Any]()
        for name, most, least in (("stage", STAGE_NAME, 1), ("with_whom", texts.LINE, 0), ("place", texts.REASON, 0)):
            try:
                clean[name] = texts.clean(name, getattr(self, name), most=most, least=least)
            except InvalidInput as error:
                wrong |= error.fields
        if not SHORTEST <= self.minutes <= LONGEST:
            wrong["minutes"] = f"Enter {SHORTEST} to {LONGEST} minutes."
        if len(self.participants) > MOST_PARTICIPANTS:
            wrong["participants"] = f"Choose up to {MOST_PARTICIPANTS} people."
        if wrong:
            raise InvalidInput("Some fields need changes.", fields=wrong)
        return replace(self, **clean)

    def check_day(self, now: datetime) -> None:
        """Refuse a day that is long past or far ahead: it is mistyped rather than meant. Each day counts as a whole."""
        if not now - BACK - DAY < self.starts_at < now + AHEAD + DAY:
            raise InvalidInput.field(
                "starts_at", f"Choose a date up to {BACK.days} days back or {AHEAD.days} days ahead."
            )


def stages_mark(stages: Iterable[tuple[uuid.UUID | None, str]]) -> str:
    """Return what tells a job's stages from those that somebody saved meanwhile: a digest of ids and names in order."""
    listed = "\n".join(f"{stage_id} {name}" for stage_id, name in stages if stage_id is not None)
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def check_stages(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a job's stages, cleaned, in their order.

    Raises:
        InvalidInput: there are none or too many, one is empty or too long, or two are the same.
    """
    if not 1 <= len(names) <= MOST_STAGES:
        raise InvalidInput.field("stages", f"Name 1 to {MOST_STAGES} stages.")
    clean = tuple(texts.clean("stages", name, most=STAGE_NAME, least=1) for name in names)
    if len({name.casefold() for name in clean}) < len(clean):
        raise InvalidInput.field("stages", "Give each stage a different name.")
    return clean
