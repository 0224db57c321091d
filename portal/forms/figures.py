"""What people type, read: money in major units, percentages, whole days, ids.

A figure in another notation than the person's is taken once it was shown how it was understood: the page says so
beside the field as it is typed, and what was not shown yet is shown instead of being sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.utils import unset_value
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from portal.domain import money
from portal.domain.billing.terms import NEVER
from portal.domain.errors import InvalidInput
from portal.domain.ids import written_id
from portal.wording import amounts, reading, writing
from portal.wording.reading import Reading

SHOWN = "-shown"  # the suffix of the field that carries the text whose reading was shown
WHOLE = 100  # percent
TOO_LARGE = "This number is too large."


class FigureField(Field):
    """Read a number with at most `digits` decimals; what cannot be read stays as it was typed."""

    widget = TextInput()
    kind = ""
    digits = 0
    most = money.MAX_MINOR
    likely: int | None = None  # no figure of this kind is larger
    wanted = ""
    was_shown = ""
    read: Reading | None = None
    data: Any  # a number; of days a whole one, or the word never

    @property
    def text(self) -> str:
        """Return what was typed, trimmed."""
        return str(self.raw_data[0]).strip() if self.raw_data else ""

    @property
    def text_shown(self) -> str:
        """Return what the field shows: what was typed, or the number that it was given."""
        return self._value().strip()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else reading.typed(Decimal(self.data).normalize())

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the figure, and which text's reading the person saw."""
        self.was_shown = formdata.get(self.name + SHOWN, "") if formdata is not None else ""
        super().process(formdata, data, extra_filters)

    def process_formdata(self, valuelist: list[Any]) -> None:  # noqa: ARG002  # WTForms calls it so; `text` has it
        """Read what was typed; nothing typed is None."""
        self.data = self.read = None
        if not self.text:
            self.raw_data = [""]  # blanks are no input, also to `InputRequired`
            return
        if len(self.text) > reading.LONGEST:
            raise ValueError(TOO_LARGE)
        self.read = reading.read(self.text, digits=self.digits, wanted=self.wanted, most=self.likely)
        if abs(self.read.value) >= self.most:
            raise ValueError(TOO_LARGE)
        self.data = self.read.value

    @property
    def to_confirm(self) -> str:
        """Return the text whose reading has to be seen before it counts, or nothing."""
        return self.text if self.read is not None and self.read.is_foreign else ""

    def says(self, _currency: str) -> str:
        """Write the figure as it was understood."""
        return reading.written(Decimal(self.data))

    @property
    def beyond(self) -> str:
        """Return what to enter instead of a number that no field of this kind takes; some take less than others."""
        return ""

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002  # WTForms calls it so
        """Ask for a second look at what was written in another notation and not shown yet."""
        if self.read is not None and self.to_confirm not in {"", self.was_shown}:
            said = reading.written(self.read.value)
            raise StopValidation(f"We read this as {said}. If that is right, submit it again; if not, correct it.")


class MoneyField(FigureField):
    """Take an amount in major units; how many decimals it may have is for its currency to say."""

    kind = "money"
    digits = max(money.DECIMALS.values())
    wanted = "Enter an amount, for example 125000."

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Leave what is a number in some notation to the currency."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            if str(error) == TOO_LARGE or not reading.is_number(self.text):
                raise

    def minor(self, currency: str) -> int | None:
        """Return the amount in minor units of a currency.

        Raises:
            InvalidInput: it has decimals that the currency lacks, or may be one of two amounts.
        """
        known = _known(currency)
        amount = self._in_currency(known)
        return None if amount is None else money.to_minor(amount, known, field=self.short_name)

    def _in_currency(self, currency: str) -> Decimal | None:
        digits = money.DECIMALS[currency]
        if self.process_errors:
            return None  # the form says what is wrong with it
        if not self.raw_data or not self.text:
            return self.data if isinstance(self.data, Decimal) else None
        try:
            return reading.read(self.text, digits=digits, wanted=self.wanted).value
        except ValueError as error:
            said = str(error)
            raise InvalidInput.field(
                self.short_name, money.precision_rule(currency) if said == reading.too_precise(digits) else said
            ) from error

    def says(self, currency: str) -> str:
        known = _known(currency)
        return amounts.money(self.minor(known) or 0, known)

    def minor_so_far(self, currency: str) -> int | None:
        """Return the amount being typed, None while it is not one."""
        try:
            return self.minor(currency)
        except InvalidInput:
            return None


def _known(currency: str) -> str:
    """Return the currency to read in; of one that does not exist the service says so."""
    return currency if currency in money.DECIMALS else money.CURRENCIES[0]


class PercentField(FigureField):
    """Take a percentage; a percent sign is not needed, and does no harm."""

    kind = "percent"
    digits = 2
    likely = WHOLE
    wanted = "Enter a percentage, for example 20."

    @property
    def text(self) -> str:
        """Return what was typed, without its sign."""
        return super().text.rstrip("%\u066a \u00a0\u202f")

    def says(self, _currency: str) -> str:
        return f"{reading.written(reading.short(self.data or Decimal(0)))}%"

    @property
    def beyond(self) -> str:
        return "" if 0 <= (self.data or 0) <= WHOLE else f"Enter 0% to {WHOLE}%."

    @property
    def bp(self) -> int:
        """Return the percentage in basis points, 0 when nothing was typed."""
        return money.percent_to_bp(self.data or Decimal(0))


class DaysField(FigureField):
    """Take a number of days; nothing typed is None."""

    kind = "days"
    most = 10**6
    wanted = "Enter a whole number of days."

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            known = {TOO_LARGE, reading.too_precise(0)}
            raise ValueError(self.wanted if str(error) in known else str(error)) from error
        self.data = None if self.data is None else int(self.data)

    @property
    def beyond(self) -> str:
        return "" if self.data is None or self.data == NEVER or self.data >= 0 else self.wanted

    def says(self, _currency: str) -> str:
        return writing.plural(int(self.data or 0), "day")


class DaysOrNeverField(DaysField):
    """Take a number of days or the word "never"; nothing typed is None."""

    kind = "days_or_never"
    wanted = f"Enter a whole number of days, or {NEVER}."

    def _value(self) -> str:
        return NEVER if self.data == NEVER else super()._value()

    def process_formdata(self, valuelist: list[Any]) -> None:
        if self.text.casefold() == NEVER:
            self.data, self.read = NEVER, None
        else:
            super().process_formdata(valuelist)

    def says(self, currency: str) -> str:
        return "Never" if self.data == NEVER else super().says(currency)


@dataclass(frozen=True, slots=True)
class Understood:
    """How a figure is understood, or what is wrong with it; `confirms` is the text that needed to be shown."""

    says: str = ""
    problem: str = ""
    confirms: str = ""


def understand(kind: str, text: str, currency: str) -> Understood:
    """Read a figure of this kind as its form will."""
    form = BaseForm({"figure": KINDS[kind]()})
    form.process(MultiDict({"figure": text}))
    field = form["figure"]
    assert isinstance(field, FigureField)
    if not field.text:
        return Understood()
    if field.process_errors:
        return Understood(problem=str(field.process_errors[0]))
    if field.beyond:
        return Understood(problem=field.beyond)
    try:
        return Understood(says=field.says(currency), confirms=field.to_confirm)
    except InvalidInput as error:
        return Understood(problem=error.fields["figure"])


KINDS: Mapping[str, type[FigureField]] = {
    field.kind: field for field in (MoneyField, PercentField, DaysField, DaysOrNeverField)
}


def read_version(field: Field) -> int | None:
    """Return the version that a form was drawn from, None for a forged one or none."""
    text = str(field.data or "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def read_id(text: str | None) -> uuid.UUID | None:
    try:
        return written_id(text or "")
    except ValueError:
        return None
