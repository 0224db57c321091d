"""The choice of what one is told, and the filter of the deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from portal.domain import seen
from portal.domain.notifications import CHOOSABLE, KIND_LABELS
from portal.forms.choices import choices
from portal.queries.notifications import Choice
from portal.services.messages.preferences import ByMail, Wish

WHEN = choices({ByMail.AT_ONCE: "Email immediately", ByMail.DAILY: "Daily digest", ByMail.NEVER: "No email"})


class PreferencesForm(FlaskForm):
    """Ask for each kind how and when to tell; its fields are made from the kinds below."""

    seen = HiddenField()

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> PreferencesForm:
        """Show what is chosen; a posted form shows what was posted."""
        return cls(data={name: value for choice in choices for name, value in _data(choice).items()})

    def sees(self, choices: Sequence[Choice]) -> None:
        """Carry what is chosen, as whoever sends the form next has seen it."""
        self.seen.data = seen.digest({choice.kind.value: _wish(choice) for choice in choices})

    def to_input(self) -> Mapping[str, Wish]:
        return {
            kind.value: Wish(ByMail(self[f"mail_{kind}"].data), self[f"app_{kind}"].data is True) for kind in CHOOSABLE
        }


def _data(choice: Choice) -> dict[str, Any]:
    wish = _wish(choice)
    return {f"mail_{choice.kind}": wish.mail.value, f"app_{choice.kind}": wish.in_app}


def _wish(choice: Choice) -> Wish:
    mail = ByMail.DAILY if choice.in_digest else ByMail.AT_ONCE if choice.by_mail else ByMail.NEVER
    return Wish(mail, choice.in_app)


for _kind in CHOOSABLE:
    _label = KIND_LABELS[_kind][0]
    setattr(PreferencesForm, f"mail_{_kind}", RadioField(f"{_label} by email", [InputRequired()], choices=WHEN))
    setattr(PreferencesForm, f"app_{_kind}", BooleanField("In-app"))
