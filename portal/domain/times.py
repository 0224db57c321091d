"""How a time is written for people: by the clock of their zone, which is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.domain.errors import InvalidInput
from portal.domain.texts import MINUS

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_zone(at: datetime, zone: ZoneInfo | None) -> tuple[datetime, str]:
    """Return the wall-clock time in a zone (UTC without one) and the zone's name."""
    if zone is None:
        return at.astimezone(UTC), "UTC"
    local = at.astimezone(zone)
    name = local.tzname() or "UTC"
    return local, name if name[0].isalpha() else f"UTC{name.replace('-', MINUS)}"


def by_the_clock(day: date, clock: time, zone: str, *, name: str) -> datetime:
    """Return the time at which the clocks of a zone show this.

    Raises:
        InvalidInput: they never do, because they are put forward then.
    """
    shown = datetime.combine(day, clock)
    try:
        at = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:  # of the first or last day that there is, which no bounds allow
        return shown.replace(tzinfo=UTC)
    if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != shown:
        when = f"{clock:%H:%M} on that day ({zone_words(zone)})"
        raise InvalidInput.field(name, f"{when} doesn’t exist: the clocks go forward. Choose a later time.")
    return at


def exact(at: datetime) -> str:
    """Write a time for programs: ISO 8601 in UTC, to the millisecond, with Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zone_words(zone: str) -> str:
    """Write `New York time`, or `UTC`."""
    return zone if zone == "UTC" else f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def write_full(at: datetime, zone: ZoneInfo | None = None) -> str:
    """Write `Tue 24 Nov 2026, 02:08 UTC`."""
    local, name = in_zone(at, zone)
    return f"{DAYS[local.weekday()]} {write_day(local)}, {local:%H:%M} {name}"


def write_deadline(at: datetime, zone: ZoneInfo | None = None) -> str:
    """Write the end of a day as `Mon 7 Dec 2026, 23:59 UTC`: at 00:00 of the next, everybody reads a day too late."""
    last, name = in_zone(at - timedelta.resolution, zone)
    if last.date() == in_zone(at, zone)[0].date():
        return write_full(at, zone)
    return f"{DAYS[last.weekday()]} {write_day(last)}, 23:59 {name}"  # also where the clocks skip 00:00 that night


def write_day_of(day: date, there: str | None, mine: str) -> str:
    """Write a day of the calendar of a zone (None: everyone's) for somebody whose zone is `mine`."""
    return write_day(day) if there in {None, mine} else f"{write_day(day)} ({zone_words(there)})"


def write_day(at: date) -> str:
    """Write `14 Mar 2027`."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def month_after(day: date, months: int) -> date:
    """Return the first day of the month that is some months after that of a day, or before it."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
