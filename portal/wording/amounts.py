"""How an amount is written for people: one way for pages, emails and histories, in the reader's notation."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import get_currency_symbol

from portal.domain.money import DECIMALS
from portal.domain.people import NumberFormat
from portal.domain.texts import MINUS
from portal.wording import notation


@lru_cache(maxsize=64)
def _symbol(code: str) -> str:
    symbol = get_currency_symbol(code, "en_US")
    return f"{symbol}\u00a0" if symbol[-1].isalpha() else symbol


def currency_symbol(code: str) -> str:
    """Return the sign before an amount: `$`, `€`, `CHF`."""
    return _symbol(code).strip()


def money(minor: int, currency: str = "USD", *, cents: bool = False) -> str:
    """Write minor units as `$25,000`, `$1,234.50` or `−$1,200`; `cents` keeps zero cents."""
    return _written(minor, currency, notation.present(), cents=cents)


def figure(minor: int, currency: str = "USD") -> str:
    """Write minor units as `50,000.00`, where the same figure stands for several currencies."""
    return money(minor, currency, cents=True).replace(_symbol(currency), "", 1)


def gain(minor: int, currency: str = "USD") -> str:
    """Write what somebody gets more or less, to the cent: `+$2,024.00`, `−$2,024.00`."""
    return f"{'+' if minor > 0 else ''}{money(minor, currency, cents=True)}"


@lru_cache(maxsize=4096)
def _written(minor: int, currency: str, _notation: NumberFormat, *, cents: bool) -> str:
    digits = DECIMALS[currency]
    whole, rest = divmod(abs(minor), 10**digits)
    tail = f"{notation.decimal_sign()}{rest:0{digits}d}" if digits and (rest or cents) else ""
    return f"{MINUS if minor < 0 else ''}{_symbol(currency)}{notation.grouped(whole)}{tail}"
