"""Forms whose fields are called as the arguments of the service that they ask for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field

from portal.forms.figures import FigureField, MoneyField, PercentField, read_id, read_version

OF_THE_PAGE = ("csrf_token", "shown", "seen")  # what a form carries for the page alone


class CommandForm(FlaskForm):
    """Ask for the arguments of a service, each in a field of its name, or for those of the input that it `makes`."""

    makes: ClassVar[type[Any] | None] = None

    def to_input(self, currency: str = "") -> Any:
        """Return the arguments: no text is None, and ids, versions and figures are read.

        Amounts are in `currency`, or in that which the form asks for.

        Raises:
            InvalidInput: an amount has decimals that the currency lacks.
        """
        currency = currency or ("currency" in self and self["currency"].data) or ""
        names = [name for name in self.data if name not in OF_THE_PAGE]
        if self.makes is None:
            return {name: _read(self[name], currency) for name in names}
        wanted = {field.name for field in fields(self.makes)}
        return self.makes(**{name: _read(self[name], currency) for name in names if name in wanted})


def _read(field: Field, currency: str) -> object:
    if field.short_name == "version":
        return read_version(field)
    if field.short_name.endswith("_id"):
        return read_id(field.data)
    if field.short_name == "agreed":
        return field.data == "yes"
    if isinstance(field, BooleanField):
        return bool(field.data)
    if isinstance(field, PercentField):
        return field.bp
    if isinstance(field, MoneyField):
        return field.minor(currency)
    return field.data if isinstance(field, FigureField | DateField) else field.data or ""
