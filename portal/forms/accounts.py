"""Forms of a person's own account; what a name or a password may be is for the service to say."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.domain.people import PASSWORD_RULE, NumberFormat
from portal.domain.texts import NAME
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.wording import notation

FORMATS = choices({f: "Automatic" if f is NumberFormat.AUTOMATIC else notation.sample(f) for f in NumberFormat})
_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
ZONES = ("UTC", *sorted(z for z in available_timezones() if z.split("/")[0] in _AREAS and "/" in z))
# Without maxlength: a browser would cut what is pasted, and say nothing.
_NEW, _PRESENT = {"autocomplete": "new-password"}, {"autocomplete": "current-password"}


def zone_choices(present: str) -> list[SelectChoice]:
    """List the zones of places, and the present one whatever it is called."""
    return _choices(ZONES if present in ZONES else (present, *ZONES))


def few_zones(present: str) -> list[SelectChoice]:
    """List the present zone and UTC: the whole list weighs more than the rest of a page, and is seldom opened."""
    return _choices(dict.fromkeys((present, "UTC")))


def _choices(zones: Iterable[str]) -> list[SelectChoice]:
    return choices((zone, zone.replace("_", " ")) for zone in zones)


class SignInForm(FlaskForm):
    email = EmailField(
        "Email", [InputRequired("Enter your email address.")], render_kw={"autocomplete": "username", "maxlength": 254}
    )
    password = PasswordField("Password", [InputRequired("Enter your password.")], render_kw=_PRESENT)
    next = HiddenField()


class ForgotForm(FlaskForm):
    email = EmailField(
        "Email", [InputRequired("Enter your email address.")], render_kw={"autocomplete": "username", "maxlength": 254}
    )


class NewPasswordForm(FlaskForm):
    new = PasswordField(
        "New password", [InputRequired("Choose a password.")], description=PASSWORD_RULE, render_kw=_NEW
    )


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField("Current password", [InputRequired("Enter your current password.")], render_kw=_PRESENT)


class ProfileForm(CommandForm):
    """Ask for name, time zone and number format."""

    name = StringField(
        "Name", [InputRequired("Enter your name.")], render_kw={"autocomplete": "name", "maxlength": NAME}
    )
    time_zone = SelectField(
        "Time zone",
        [InputRequired("Choose a time zone from the list.")],
        description="Used for all dates and times.",
        validate_choice=False,
    )
    number_format = SelectField(
        "Number format",
        [InputRequired("Choose a number format from the list.")],
        choices=FORMATS,
        description="Used to type, read and export numbers. Automatic: your browser’s; in CSV, your time zone’s.",
        validate_choice=False,
    )
    seen = HiddenField()
