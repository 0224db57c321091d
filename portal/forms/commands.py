"""Forms whose fields are called as the arguments of the service that they ask for."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field

from portal.forms.figures import FigureField, PercentField, read_id, read_version

OF_THE_PAGE = ("csrf_token", "shown", "seen")  # what a form carries for the page alone


class CommandForm(FlaskForm):
    """Ask for the arguments of a service, each in a field of its name."""

    def to_input(self) -> dict[str, Any]:
        """Return the arguments: no text is None, and ids, versions and shares are read."""
        return {field.short_name: _read(field) for field in self if field.short_name not in OF_THE_PAGE}


def _read(field: Field) -> object:
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
    return field.data if isinstance(field, FigureField | DateField) else field.data or ""
