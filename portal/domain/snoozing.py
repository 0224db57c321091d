"""Snoozing a row of the work queue: for how long one person does not want to see it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

COMES_BACK_AT = time(8)
SHOWN_WHEN_DUE_WITHIN = timedelta(days=1)  # what runs out today is not put off


class Span(StrEnum):
    """For how long a row is put off."""

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"


SPAN_LABELS = {Span.TOMORROW: "Until tomorrow", Span.NEXT_WEEK: "Until next week"}


def comes_back(span: Span, now: datetime, zone: str) -> datetime:
    """Return when a row comes back: in the morning of the next day, or of the next Monday, where the person is."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = 1 if span is Span.TOMORROW else 7 - today.weekday()
    return datetime.combine(today + timedelta(days=days), COMES_BACK_AT, ZoneInfo(zone)).astimezone(UTC)
