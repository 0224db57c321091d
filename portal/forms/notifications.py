"""The choice of what one is told, and the filter of the deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.domain.notifications import CHOOSABLE, KIND_LABELS
from portal.queries.admin.deliveries import Filter
from portal.queries.notifications import Choice
from portal.services.messages.preferences import ByMail, Wish

FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)
WHEN = [
    SelectChoice(ByMail.AT_ONCE.value, "At once"),
    SelectChoice(ByMail.DAILY.value, "In a daily digest"),
    SelectChoice(ByMail.NEVER.value, "Never"),
]


class PreferencesForm(FlaskForm):
    """Ask for each kind how and when to tell; its fields are made from the kinds below."""

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> PreferencesForm:
        """Show what is chosen; a posted form shows what was posted."""
        return cls(data={name: value for choice in choices for name, value in _data(choice).items()})

    def to_input(self) -> Mapping[str, Wish]:
        """Give the wishes by kind."""
        return {
            kind.value: Wish(ByMail(self[f"mail_{kind}"].data), self[f"app_{kind}"].data is True) for kind in CHOOSABLE
        }


def _data(choice: Choice) -> dict[str, Any]:
    mail = ByMail.DAILY if choice.in_digest else ByMail.AT_ONCE if choice.by_mail else ByMail.NEVER
    return {f"mail_{choice.kind}": mail.value, f"app_{choice.kind}": choice.in_app}


for _kind in CHOOSABLE:
    _label = KIND_LABELS[_kind][0]
    setattr(PreferencesForm, f"mail_{_kind}", RadioField(f"{_label} by mail", [InputRequired()], choices=WHEN))
    setattr(PreferencesForm, f"app_{_kind}", BooleanField("Also show it in the portal"))


def _printable(text: str | None) -> str:
    """Drop what no person types; the database cannot even compare a NUL."""
    return "".join(c for c in text or "" if c.isprintable()).strip()


class DeliveryFilterForm(FlaskForm):
    """Read and check what to filter deliveries by; everything may be left empty."""

    class Meta:
        """Reading changes nothing, so that no token is needed."""

        csrf = False

    state = StringField("State", [Length(max=20)], [_printable])
    template = StringField("Mail", [Length(max=60)], [_printable])
    to = StringField("To", [Length(max=200)], [_printable])
    since = DateField("From", [Optional()], name="from")
    until = DateField("Until", [Optional()], name="until")

    def validate_since(self, field: Field) -> None:
        """Keep to years that a calendar shows."""
        if field.data and not FIRST <= field.data <= LAST:
            raise ValidationError("Choose a day from 2000 on.")

    validate_until = validate_since

    def to_input(self) -> Filter:
        """Give the filter."""
        return Filter(self.state.data, self.template.data, self.to.data, self.since.data, self.until.data)

    def given(self) -> dict[str, str]:
        """Give what is filtered by, by its name in the address."""
        return {f.name: text for f in self if (text := _printable(f.raw_data[0] if f.raw_data else ""))}

    def chips(self) -> list[tuple[str, str]]:
        """Give each active filter in words, with the query of the address without it."""
        given, labels = self.given(), {f.name: f.label.text for f in self}
        return [
            (f"{labels[name]}: {text.replace('_', ' ')}", urlencode({k: v for k, v in given.items() if k != name}))
            for name, text in given.items()
        ]
