"""How an amount is written for people: one way for pages, mails and histories."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import get_currency_precision, get_currency_symbol

from portal.domain.texts import MINUS


@lru_cache(maxsize=64)
def _currency(code: str) -> tuple[str, int]:
    symbol = get_currency_symbol(code, "en_US")
    return f"{symbol}\u00a0" if symbol[-1].isalpha() else symbol, get_currency_precision(code)


def currency_symbol(code: str) -> str:
    """Give the sign before an amount: `$`, `€`, `CHF`."""
    return _currency(code)[0].strip()


@lru_cache(maxsize=4096)
def money(minor: int, currency: str = "USD", *, cents: bool = False) -> str:
    """Write minor units as `$25,000`, `$1,234.50` or `−$1,200`; `cents` keeps zero cents."""
    symbol, digits = _currency(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    tail = f".{rest:0{digits}d}" if digits and (rest or cents) else ""
    return f"{MINUS if minor < 0 else ''}{symbol}{whole:,}{tail}"
