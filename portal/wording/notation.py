"""How a person writes numbers: `1,234.50` or `1.234,50`, as the account says, else as the browser's language does.

What is shown is written in the notation that is read back, so that a figure copied from a page means the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from portal.domain.people import NumberFormat

USUAL = NumberFormat.COMMA_POINT
_LAKHS = "#,##,##0"
_SPACES = {" ", "\u00a0", "\u202f"}
# Sign between thousands, sign before decimals.
SIGNS = {
    NumberFormat.COMMA_POINT: (",", "."),
    NumberFormat.POINT_COMMA: (".", ","),
    NumberFormat.SPACE_COMMA: ("\u202f", ","),
    NumberFormat.APOSTROPHE_POINT: ("\u2019", "."),
    NumberFormat.LAKHS: (",", "."),
}
_present: ContextVar[NumberFormat] = ContextVar("notation", default=USUAL)


def present() -> NumberFormat:
    """Return the notation of whoever reads this page or mail."""
    return _present.get()


def use(chosen: str = USUAL, languages: Iterable[str] = ()) -> None:
    """Write and read numbers as chosen from here on; an automatic choice follows the first language that is known."""
    _present.set(_resolve(chosen, languages))


@contextmanager
def using(chosen: str) -> Iterator[None]:
    """Write and read numbers as chosen within this block."""
    token = _present.set(_resolve(chosen, ()))
    try:
        yield
    finally:
        _present.reset(token)


def _resolve(chosen: str, languages: Iterable[str]) -> NumberFormat:
    if chosen != NumberFormat.AUTOMATIC:
        return NumberFormat(chosen)
    return next((found for tag in languages if (found := _of_language(tag)) is not None), USUAL)


@lru_cache(maxsize=256)
def _of_language(tag: str) -> NumberFormat | None:
    """Return the notation of a language such as `de-AT`, or None for one that nobody knows."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
    if locale.decimal_formats[None].pattern.startswith(_LAKHS):
        return NumberFormat.LAKHS
    signs = locale.number_symbols["latn"]
    if signs["decimal"] == ",":
        return NumberFormat.SPACE_COMMA if signs["group"] in _SPACES else NumberFormat.POINT_COMMA
    return NumberFormat.APOSTROPHE_POINT if signs["group"] == "\u2019" else USUAL


def decimal_sign() -> str:
    """Return the sign before the decimals."""
    return SIGNS[present()][1]


def grouped(whole: int) -> str:
    """Write a whole number of zero or more with its thousands apart."""
    notation = present()
    if notation is NumberFormat.LAKHS:
        return format_decimal(whole, locale=notation.value)
    written = f"{whole:,}"
    return written if notation is USUAL else written.replace(",", SIGNS[notation][0])


def sample(notation: str) -> str:
    """Write a number that shows what a notation does."""
    with using(notation):
        return f"{grouped(1_234_567)}{decimal_sign()}50"
