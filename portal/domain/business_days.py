"""Business days: day 1 is the next business day, and a deadline ends with its last day, by the clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from holidays import HolidayBase, country_holidays


def deadline(since: datetime, days: int, zone: str) -> datetime:
    """Return when the last of some business days is over, in the country and by the clock of a time zone."""
    local = ZoneInfo(zone)
    last = _calendar(zone).get_nth_working_day(since.astimezone(local).date(), days)
    return datetime.combine(last + timedelta(days=1), time(), local).astimezone(UTC)


@cache
def _calendar(zone: str) -> HolidayBase:
    """Return the weekends and holidays of the country that a zone lies in; without one, Saturdays and Sundays."""
    country = get_global("zone_territories").get(zone, "")
    try:
        return country_holidays(country)
    except NotImplementedError:  # so the library refuses an empty name, and a country that it has no calendar of
        return HolidayBase()
