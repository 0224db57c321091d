"""Money in integer minor units, shares in basis points, and the one allocation function (domain.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from portal.domain.errors import InvalidInput

WHOLE_BP = 10_000
MAX_MINOR = 10**13
# The most used first, then the others as people look for them.
CURRENCIES = (
    "USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "INR", "SGD", "HKD", "AED",
    "ZAR", "BRL", "MXN", "JPY", "KWD",
)  # fmt: skip
DECIMALS = {code: get_currency_precision(code) for code in CURRENCIES}
LIMITS_IN = "USD"  # limits are one figure for all currencies, kept with the two decimals that most have


def salary_refusal(minor: int | None) -> str | None:
    """Return why a yearly salary is not acceptable, or None."""
    return None if minor is not None and 0 < minor <= MAX_MINOR else "Enter an annual salary above zero."


def optional_salary_refusal(minor: int | None) -> str | None:
    """Return why a yearly salary that may be left out is not acceptable, or None."""
    refusal = None if minor is None else salary_refusal(minor)
    return refusal and f"{refusal[:-1]}, or leave this blank."


def share_of(total: int, bp: int) -> int:
    """Return `bp` basis points of `total` minor units, half a unit rounded up."""
    return (total * bp + WHOLE_BP // 2) // WHOLE_BP


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` by largest remainder, ties to the earlier.

    The parts add up to `total` exactly; all are zero only when every weight is zero.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    if left := total - sum(parts):
        remainders = [total * weight % whole for weight in weights]
        order = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)  # equal ones keep their order
        for i in order[:left]:
            parts[i] += 1
    return parts


def allocate_shares(total: int, shares_bp: Sequence[int]) -> list[int]:
    """Return each share with its amount; the amounts add up to the rounded share of `total` that is allocated."""
    return allocate(share_of(total, sum(shares_bp)), shares_bp)


def fill_to_whole(shares_bp: Sequence[int]) -> list[int]:
    """Spread what is unallocated over the filled shares in proportion, to exactly 100 % (domain.md §5)."""
    return allocate(WHOLE_BP, shares_bp)


def limit_in(currency: str, limit_minor: int) -> int:
    """Return the figure of a limit in minor units of a currency: 50,000.00 is 50,000 yen, and 50,000.000 dinars."""
    return int(Decimal(limit_minor).scaleb(DECIMALS[currency] - DECIMALS[LIMITS_IN]))


def to_minor(amount: Decimal, currency: str, *, field: str) -> int:
    """Turn major units into minor ones, exactly.

    Raises:
        InvalidInput: the amount in `field` has decimals that the currency lacks.
    """
    scaled = amount.scaleb(DECIMALS[currency])
    if scaled != scaled.to_integral_value():
        raise InvalidInput.field(field, precision_rule(currency))
    return int(scaled)


def precision_rule(currency: str) -> str:
    """Return the sentence that says how many decimals an amount in this currency may have."""
    digits = DECIMALS[currency]
    return f"Amounts in {currency} have at most {digits} decimals." if digits else f"{currency} has no decimals."


def to_major(minor: int, currency: str) -> Decimal:
    """Turn minor units into major ones, exactly."""
    return Decimal(minor).scaleb(-DECIMALS[currency])


def percent_to_bp(percent: Decimal) -> int:
    """Turn a percentage with at most two decimals into basis points."""
    scaled = percent * 100
    if scaled != scaled.to_integral_value():
        raise ValueError("at most two decimals")
    return int(scaled)


def bp_to_percent(bp: int) -> Decimal:
    """Turn basis points into a percentage, exactly."""
    return Decimal(bp).scaleb(-2)


def percent_text(bp: int) -> str:
    """Write a share as people read it: 12.5%."""
    return f"{bp_to_percent(bp).normalize():f}%"
