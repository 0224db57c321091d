"""Days as people and their programs write them: by the month's name in many languages, or in figures of one meaning."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from babel import Locale

from portal.domain.names import fold
from portal.domain.times import write_day

LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb"),
    *("fi", "pl", "cs", "sk", "hu", "ro", "tr", "el", "ru", "uk"),
)
CENTURY = 2000  # of a year of two digits, as spreadsheets write `12-Mar-27`
WANTED = "Enter the date as 2027-01-15."
_FROM_YEAR = re.compile(r"(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\.?")  # wherever dates have dots
_EITHER_FIRST = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_WORDS = re.compile(r"\d+|[^\W\d_]+")
_BESIDE = frozenset(("st", "nd", "rd", "th", "er", "de", "del", "of", "the", "den", "г", "р"))


def read_day(text: str) -> date:
    """Read a day; one that means another day elsewhere is none.

    Raises:
        ValueError: it is none, or may be two, which it names.
    """
    if found := _FROM_YEAR.fullmatch(text):
        return _day(*map(int, found.group(1, 3, 4)))
    if re.fullmatch(r"\d{8}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    if found := _DAY_FIRST.fullmatch(text):
        return _day(*map(int, reversed(found.groups())))
    if found := _EITHER_FIRST.fullmatch(text):
        return _only(*map(int, found.group(4, 1, 3)))
    return _with_a_name(text)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(WANTED) from error


def _only(year: int, first: int, second: int) -> date:
    """Return the one day that two figures and a year can be."""
    may_be = set[date]()
    for month, day in ((first, second), (second, first)):
        try:
            may_be.add(date(year, month, day))
        except ValueError:
            continue
    if len(may_be) > 1:
        days = " or ".join(map(write_day, sorted(may_be)))
        raise ValueError(f"This could be {days}. {WANTED}")
    if not may_be:
        raise ValueError(WANTED)
    return may_be.pop()


def _with_a_name(text: str) -> date:
    """Read `12 March 2027`, `Mar 12, 2027`, `12-Mar-27`, `12. März 2027`, `jeudi 12 mars 2027`."""
    words = [word for word in map(fold, _WORDS.findall(text)) if word not in _BESIDE]
    figures = [word for word in words if word.isdecimal()]
    named = {month for word in words if (month := _months().get(word))}
    others = [word for word in words if not word.isdecimal() and word not in _months() and word not in _weekdays()]
    if len(named) != 1 or len(figures) != 2 or others:
        raise ValueError(WANTED)
    year, day = sorted(figures, key=len, reverse=True) if len(figures[0]) != len(figures[1]) else reversed(figures)
    return _day(int(year) + (CENTURY if len(year) <= 2 else 0), named.pop(), int(day))


@lru_cache
def _months() -> dict[str, int]:
    """Return the months by their names and abbreviations; a name of two months (`listopad`) is none."""
    found: dict[str, set[int]] = {}
    for names in _names("months"):
        for number, name in names.items():
            found.setdefault(fold(name).strip("."), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and name.isalpha()}


@lru_cache
def _weekdays() -> frozenset[str]:
    return frozenset(fold(name).strip(".") for names in _names("days") for name in names.values())


def _names(what: str) -> list[dict[int, str]]:
    return [
        dict(getattr(Locale.parse(language), what)[context][width])
        for language in LANGUAGES
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
    ]
