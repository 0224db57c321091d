"""How values are written for people: times, money, shares, names. Templates see them through formatting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from stdnum import iban

from portal.domain.texts import MINUS
from portal.domain.times import in_zone, write_day
from portal.wording import notation

MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s"))
HOT = 4 * HOUR  # a deadline nearer than this
RELATIVE_DAYS = 7  # older than this a date says more than a count
LAST_DAYS = 30
LAST_WEEK = 7
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b")


@dataclass(frozen=True, slots=True)
class Clock:
    """What relative and zoned times need: the present and the viewer's zone."""

    now: datetime
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How much of a span has gone, in whole days."""

    days: int
    gone: int
    left: int
    over: bool

    @property
    def percent(self) -> int:
        """Return the share that has gone, 0–100."""
        return 100 * self.gone // self.days if self.days else 100

    @property
    def tone(self) -> str:
        """Return how near the end is."""
        return "" if self.over else tone_of_rest(self.left)


def tone_of_rest(days: int) -> str:
    """Warn in the last 30 days, and more in the last seven."""
    return "bad" if days <= LAST_WEEK else "warn" if days <= LAST_DAYS else ""


def iso(at: datetime | date) -> str:
    """Write a time for machines, in UTC to the second; a date as it is."""
    if not isinstance(at, datetime):
        return at.isoformat()
    return f"{at.astimezone(UTC).isoformat()[:19]}Z"


def write_left(seconds: float) -> str:
    """Write what is left of a deadline; portal.js writes the same words."""
    rest = int(seconds)
    if rest <= 0:
        return f"{-rest // DAY} d overdue" if rest <= -DAY else "due now"
    return _two_units(rest)


def _two_units(total: int) -> str:
    """Write the two largest units, the second only if there is any of it."""
    size, unit = next((each for each in UNITS if total >= each[0]), UNITS[-1])
    smaller, its_unit = UNITS[min(UNITS.index((size, unit)) + 1, len(UNITS) - 1)]
    rest = total % size // smaller
    return f"{total // size} {unit} {rest} {its_unit}" if rest else f"{total // size} {unit}"


def write_ahead(day: date, today: date) -> str:
    """Write a day of the weeks to come: `Today`, `Tomorrow`, `Thu 3 Dec`."""
    near = {0: "Today", 1: "Tomorrow"}.get((day - today).days)
    return near or f"{day:%a} {day.day} {day:%b}"


def urgency(seconds: float) -> str:
    """Return how near a deadline is: ok, warm under a day, hot under four hours, over."""
    if seconds <= 0:
        return "over"
    return "hot" if seconds < HOT else "warm" if seconds < DAY else "ok"


def _amount(seconds: int) -> str:
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h"
    days = seconds // DAY  # fewer than a week: nothing to group
    return "1 day" if days == 1 else f"{days} days"


def write_ago(at: datetime, clock: Clock) -> str:
    """Write `2 days ago` or `in 3 h`; a week away or more, the date."""
    seconds = int((clock.now - at).total_seconds())
    if abs(seconds) < MINUTE:
        return "just now"
    if abs(seconds) >= RELATIVE_DAYS * DAY:
        return write_day(in_zone(at, clock.zone)[0])
    return f"{_amount(seconds)} ago" if seconds > 0 else f"in {_amount(-seconds)}"


def write_elapsed(start: date | datetime, end: date | datetime, now: datetime) -> Elapsed:
    """Count the whole days of a half-open span, and how many have gone by now."""
    since, until = _moment(start), _moment(end)
    days = max(0, (until - since).days)
    gone = min(days, max(0, (now - since).days))
    return Elapsed(days, gone, max(0, -((now - until) // timedelta(days=1))), now >= until)


def _moment(at: date | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, tzinfo=UTC)


def duration(seconds: float) -> str:
    """Write a length of time with its two largest units, whole minutes if there is one: `1 d 6 h`, `4 h`, `12 min`."""
    total = int(seconds)
    return _two_units(total - total % MINUTE if total > MINUTE else total)


def bp(points: int) -> str:
    """Write basis points as a bare percentage: `12.5`."""
    whole, rest = divmod(abs(points), 100)
    tail = f"{notation.decimal_sign()}{rest:02d}".rstrip("0") if rest else ""
    return f"{'-' if points < 0 else ''}{whole}{tail}"


def percent(points: int) -> str:
    """Write basis points as `12.5%`."""
    return f"{bp(points)}%".replace("-", MINUS)


def number(value: int) -> str:
    """Write a count with thousands separators."""
    return f"{MINUS if value < 0 else ''}{notation.grouped(abs(value))}"


def sentence(text: str) -> str:
    """Begin a sentence with a text: only its first letter changes, so that a currency in it stays as it is written."""
    return text[:1].upper() + text[1:]


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """Return the initials of the first and the last word."""
    words = [word for word in re.split(r"[\s.]+", name) if word and word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def account(text: str) -> str:
    """Write where money goes as a company typed it, each IBAN in groups of four, as it is read and typed again."""
    return _IBAN.sub(lambda found: iban.format(found[0]), text)


def phone(text: str) -> str:
    """Write a phone number in the groups of its country; what is none stays as it is."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
