"""What people type, read: money in major units, percentages, whole days, ids."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from wtforms import Field, IntegerField
from wtforms.widgets import TextInput

from portal.domain import money

LONGEST = 40  # characters; no figure of ours needs more


class _FigureField(Field):
    """Read a decimal number with at most two decimals; what cannot be read stays as it was typed."""

    widget = TextInput()
    wanted = "Enter a number, for example 1,250."

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data.normalize():f}"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; nothing typed is None."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        self.data = self.read(text)

    def read(self, text: str) -> Decimal:
        """Give the number.

        Raises:
            ValueError: this is none, or one with more than two decimals.
        """
        try:
            value = money.parse_decimal(text[: LONGEST + 1])
        except ValueError as error:
            raise ValueError(self.wanted) from error
        if len(text) > LONGEST or abs(value) >= money.MAX_MINOR:
            raise ValueError("This number is too large.")
        if value != value.quantize(Decimal("0.01")):
            raise ValueError("Use at most two decimals.")
        return value


class MoneyField(_FigureField):
    """Take an amount in major units."""

    wanted = "Enter an amount, for example 125,000."

    def minor(self, currency: str) -> int | None:
        """Give the amount in minor units of a currency."""
        known = currency if currency in money.DECIMALS else "USD"
        return None if self.data is None else money.to_minor(self.data, known)


class PercentField(_FigureField):
    """Take a percentage."""

    wanted = "Enter a percentage, for example 20."

    def read(self, text: str) -> Decimal:
        """Give the number; a percent sign is not needed, and does no harm."""
        return super().read(text.rstrip("% "))

    @property
    def bp(self) -> int:
        """Give the percentage in basis points, 0 when nothing was typed."""
        return money.percent_to_bp(self.data or Decimal(0))


class DaysField(IntegerField):
    """Take a number of days; nothing typed is None."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if text and not (text.lstrip("-").isdecimal() and len(text) <= 6):
            raise ValueError("Enter a whole number of days.")
        self.data = int(text) if text else None


def read_id(text: str | None) -> uuid.UUID | None:
    """Give the id that a text is, or None."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
