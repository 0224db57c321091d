"""Numbers as people type them: the person's own notation first, the other where it is unambiguous, else a question.

Nothing is guessed: `75.000` may be seventy-five or seventy-five thousand, and a wrong sum would be silent.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import NumberFormatError, parse_decimal

from portal.domain.money import CURRENCIES
from portal.domain.texts import MINUS
from portal.wording import notation

THOUSANDS = 3  # digits between two signs
_THIRD = Decimal("1.000")
LONGEST = 40  # characters; no figure of ours needs more
ARABIC_DECIMAL = "\u066b"
_POINT, _COMMA = ("en_US", "en_IN"), ("de_DE",)  # who writes decimals after a point, and who after a comma
_APOSTROPHES = "'\u2019\u02bc"
_SPACED = re.compile(rf"-?\d{{1,3}}(?:([{_APOSTROPHES}\s])\d{{3}})(?:\1\d{{3}})*(?:[.,]\d+)?")
# As other keyboards write the signs.
_SIGNS = str.maketrans({"\u066c": "'", "\uff0c": ",", "\uff0e": ".", "\u2212": "-"})
# What comes along with a pasted sum and is not seen; between its digits it might turn their order.
_UNSEEN = r"\s\u00ad\u061c\u200b-\u200f\u202a-\u202c\u2060\u2066-\u2069\ufeff"
_AROUND = re.compile(rf"^[{_UNSEEN}]+|[{_UNSEEN}]+$")
_NO_CENTS = re.compile(r"(?<=\d)(?:([.,])[-\u2013\u2014]{1,2}|[:/][-\u2013\u2014])$")  # 1.250,- and 75,000/- and 500:-
_NUMBER = re.compile(r"-?\d[\d.,]*")
_AMONG_SIGNS = re.compile(r"(?P<before>[^\d.,-]*)(?P<number>-?\d(?:[\d.,'\u2019\s]*\d)?)(?P<after>[^\d.,]*)")
_TIMES = {
    **dict.fromkeys(("k", "grand", "thousand", "tsd", "tausend"), 1_000),
    **dict.fromkeys(("m", "mio", "mn", "million", "millions"), 1_000_000),
    **dict.fromkeys(("l", "lac", "lakh", "lakhs"), 100_000),
    **dict.fromkeys(("cr", "crore", "crores"), 10_000_000),
    "万": 10_000,
    "萬": 10_000,
}
# Words that may be left out; any other one, such as "dozen", could make another number of it.
_LEFT_OUT = {
    "",
    *(code.casefold() for code in CURRENCIES),
    *(
        "kr",
        "nkr",
        "dkr",
        "zł",
        "kč",
        "fr",
        "sfr",
        "rs",
        "us",
        "ca",
        "a",
        "au",
        "nz",
        "s",
        "hk",
        "mx",
        "r",
        "br",
        "cn",
        "jp",
    ),
    *("dollar", "dollars", "euro", "euros", "pounds", "francs", "元", "円"),
    *("percent", "per cent", "pct", "day", "days", "a year", "per year", "/year"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A number as it was understood; `is_foreign` when it was written in another notation than the person's."""

    value: Decimal
    is_foreign: bool


def read(text: str, *, digits: int, wanted: str, most: int | None = None) -> Reading:
    """Read a number that may have `digits` decimals; of two that it may be, one over `most` is not meant.

    Raises:
        ValueError: `wanted` when it is no number, else what is wrong with it or which of two numbers may be meant.
    """
    own, other = _likely(*_both(text), most)
    if digits == THOUSANDS:
        own, other = _thirds(own), _thirds(other)
    if own is None and other is None:
        raise ValueError(_without_signs(text) or wanted)
    if own is not None and _places(own) <= digits and not _looks_like_thousands(own, other):
        return Reading(own, is_foreign=False)
    if other is None or _places(other) > digits:
        raise ValueError(too_precise(digits))
    if own is None:
        return Reading(other, is_foreign=True)
    raise ValueError(_question(other, own, digits))


def _thirds(value: Decimal | None) -> Decimal | None:
    """Return a number of three decimals without the zero behind them that keeps them from being thousands."""
    if value is None or _places(value) <= THOUSANDS or value != value.quantize(_THIRD):
        return value
    return value.quantize(_THIRD)


def _looks_like_thousands(own: Decimal, other: Decimal | None) -> bool:
    """Return whether three decimals, as some currencies have, may be meant as thousands: `75.000` dinars."""
    return other is not None and _places(own) == THOUSANDS and _places(other) == 0


def _likely(own: Decimal | None, other: Decimal | None, most: int | None) -> tuple[Decimal | None, Decimal | None]:
    """Drop the one of two readings that is beyond all sense; zeros that end the other one say nothing then."""
    if own is None or other is None or most is None or (abs(own) > most) == (abs(other) > most):
        return own, other
    return (None, short(other)) if abs(own) > most else (short(own), None)


def short(value: Decimal) -> Decimal:
    """Return the number without zeros after its last decimal."""
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()


def _without_signs(text: str) -> str:
    """Return what to enter for a number among letters or signs, such as `75k` or `€75,000`; nothing for other texts."""
    found = _AMONG_SIGNS.fullmatch(text.strip())
    if found is None:
        return ""
    number, before, after = found["number"], _word(found["before"]), _word(found["after"])
    value = next((value for value in _both(number) if value is not None), None)
    if value is None or before not in _LEFT_OUT:
        return ""
    if after in _TIMES:
        return f"Enter it in full: {typed(short(value * _TIMES[after]))}."
    return f"Enter only the number: {number}." if after in _LEFT_OUT else ""


def _word(text: str) -> str:
    """Return what stands beside a number, without signs of currencies and of percent."""
    return "".join(c for c in text if c != "%" and unicodedata.category(c) != "Sc").strip(" .\u00a0\u202f").casefold()


def is_number(text: str) -> bool:
    return any(value is not None for value in _both(text))


def _both(text: str) -> tuple[Decimal | None, Decimal | None]:
    """Return what the text is in the person's notation and what it is in the other."""
    plain = _plain(text)
    point, comma = _parse(plain, _POINT), _parse(plain, _COMMA)
    sign = _NO_CENTS.search(_AROUND.sub("", text).translate(_SIGNS))
    if sign and sign[1]:  # what stood for the cents is no decimals
        point, comma = (None if value is None else short(value) for value in (point, comma))
    return (point, comma) if notation.decimal_sign() == "." else (comma, point)


def _plain(text: str) -> str:
    """Write any script's digits and signs as ours, and leave out the spaces and apostrophes that part thousands."""
    seen = _AROUND.sub("", text)[: LONGEST + 1]
    typed = "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in seen)
    typed = typed.translate(_SIGNS).replace(ARABIC_DECIMAL, notation.decimal_sign())
    typed = _NO_CENTS.sub(lambda sign: f"{sign[1]}00" if sign[1] else "", typed)
    return re.sub(rf"[{_APOSTROPHES}\s]", "", typed) if _SPACED.fullmatch(typed) else typed


def _parse(plain: str, locales: tuple[str, ...]) -> Decimal | None:
    if len(plain) > LONGEST or not _NUMBER.fullmatch(plain):
        return None
    for locale in locales:
        try:
            return parse_decimal(plain, locale=locale, strict=True)
        except NumberFormatError:
            continue
    return None


def _places(value: Decimal) -> int:
    """Count the decimals that were typed."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # `_NUMBER` lets no NaN through
    return max(0, -exponent)


def _exactly(value: Decimal) -> Decimal:
    """Return a number of three decimals so that it can be typed: nobody takes two or four of them for thousands."""
    brief = short(value)
    return value.quantize(_THIRD.scaleb(-1)) if _places(brief) == THOUSANDS else brief


def too_precise(digits: int) -> str:
    """Return the sentence for a number with more decimals than it may have."""
    words = {0: "Enter a whole number, without decimals.", 1: "Use at most one decimal."}
    return words.get(digits) or f"Use at most {({2: 'two', 3: 'three'}).get(digits, digits)} decimals."


def _question(larger: Decimal, smaller: Decimal, digits: int) -> str:
    """Ask which of two numbers was meant, each written so that it can be copied."""
    rounded = smaller.quantize(Decimal(1).scaleb(-digits))
    if rounded != smaller:
        return f"Did you mean {written(larger)}? Then enter {typed(larger)}. {too_precise(digits)}"
    least = typed(rounded if digits < THOUSANDS else _exactly(smaller))
    return f"Did you mean {written(larger)} or {least}? Enter {typed(larger)} or {least}."


def written(value: Decimal) -> str:
    """Write a number as the person does, with its thousands apart."""
    whole, _, decimals = typed(abs(value)).partition(notation.decimal_sign())
    tail = notation.decimal_sign() + decimals if decimals else ""
    return f"{MINUS if value < 0 else ''}{notation.grouped(int(whole))}{tail}"


def typed(value: Decimal) -> str:
    """Write a number as a field shows it: the person's decimal sign, and nothing between thousands."""
    return f"{value:f}".replace(".", notation.decimal_sign())
