"""Snoozing a row of the work queue: for how long one person does not want to see it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.domain.errors import InvalidInput

COMES_BACK_AT = time(8)
LONGEST = timedelta(days=366)
SHOWN_WHEN_DUE_WITHIN = timedelta(days=1)  # what runs out today is not put off


class Span(StrEnum):
    """For how long a row is put off."""

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"
    DAY = "day"  # that the person chooses


SPAN_LABELS = {Span.TOMORROW: "Until tomorrow", Span.NEXT_WEEK: "Until next week"}


def comes_back(span: Span, now: datetime, zone: str, *, chosen: date | None = None) -> datetime:
    """Return when a row comes back: in the morning of tomorrow, next Monday or the `chosen` day, where the person is.

    Raises: InvalidInput, the chosen day is none of the year to come.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    match span:
        case Span.TOMORROW:
            day = today + timedelta(days=1)
        case Span.NEXT_WEEK:
            day = today + timedelta(days=7 - today.weekday())
        case _:
            if chosen is None or not today < chosen <= today + LONGEST:
                raise InvalidInput.field("day", "Choose a day after today, within a year.")
            day = chosen
    return datetime.combine(day, COMES_BACK_AT, ZoneInfo(zone)).astimezone(UTC)
