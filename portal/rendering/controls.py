"""The controls of forms as WTForms draws them, which parses a format for each attribute: a third of a page."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape
from wtforms import Field, SelectField
from wtforms.widgets import Input, Select, TextArea
from wtforms.widgets.core import clean_key

from portal.rendering.charts import drawn


def control(field: Field, **attributes: object) -> Markup:
    """Draw the control of a field; what has a drawing of its own, a box or a password, is left to its widget."""
    widget = field.widget
    if type(widget) is Select and not widget.multiple and not field.has_groups():
        return drawn(f"<select {_attributes(field, _asked(field) | attributes)}>{_options(field)}</select>")
    if type(widget) is TextArea:
        return drawn(f"<textarea {_attributes(field, attributes)}>\r\n{escape(field._value())}</textarea>")
    if type(widget).__call__ is Input.__call__:
        return drawn(f"<input {_attributes(field, attributes, type=widget.input_type, value=field._value())}>")
    text: Markup = field(**attributes)
    return text


def _asked(field: SelectField) -> dict[str, object]:
    """Return `required` as false where no empty option comes first: HTML allows it only above one."""
    first = next(iter(field.iter_choices()), None)
    return {} if first is not None and first[0] == "" else {"required": False}


def _attributes(field: Field, given: Mapping[str, object], **usual: object) -> str:
    limits = {
        name: limit for name in field.widget.validation_attrs if (limit := getattr(field.flags, name)) is not None
    }
    named = {"name": field.name, "id": field.id, **usual, **limits, **(field.render_kw or {}), **given}
    return _written({clean_key(name): value for name, value in named.items()})


def _written(attributes: Mapping[str, object]) -> str:
    """Write attributes by name: of true ones the name alone, of false ones nothing."""
    return " ".join(
        name if value is True else f'{name}="{escape(value)}"'
        for name, value in sorted(attributes.items())
        if value is not False
    )


def _options(field: SelectField) -> str:
    return "".join(
        f"<option{_option(value, label or value, render_kw, selected=selected)}>{escape(label or value)}</option>"
        for value, label, selected, render_kw in field.iter_choices()
    )


def _option(value: object, label: object, more: Mapping[str, object], *, selected: bool) -> str:
    """Write the attributes of an option; lists are long, and most of their options have a value alone.

    One that reads as its value needs none: a browser takes what it reads.
    """
    if more:
        return " " + _written({"value": value, "selected": selected, **more})
    is_read = value and value == label == " ".join(str(value).split())
    said = "" if is_read else f' value="{escape(value)}"'
    return f"{' selected' if selected else ''}{said}"
