"""Forms of the platform's settings: a preview of old and new comes first, and is confirmed."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from portal.domain.errors import InvalidInput
from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import GUARANTEE_BOUNDS, LABELS, PLATFORM_BOUNDS, Bounds, PlatformLimits, as_words
from portal.forms.accounts import zone_choices
from portal.forms.figures import read_version

_LEAST, _MOST = -(2**31), 2**31 - 1
WHOLE = "Enter a whole number."


class WholeNumber(IntegerField):
    """A number of the settings; the domain knows its bounds."""

    def __init__(self, bounds: Bounds, **kwargs: Any) -> None:
        super().__init__(
            bounds.label,
            [InputRequired(WHOLE), NumberRange(_LEAST, _MOST, WHOLE)],
            render_kw={"inputmode": "numeric", "min": bounds.least, "max": bounds.most, "autocomplete": "off"},
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read digits only."""
        text = valuelist[0].strip() if valuelist else ""
        if text and not (text.removeprefix("-").isdecimal() and len(text) < 20):
            self.data = None
            raise ValueError(WHOLE)
        self.data = int(text) if text else None


class PreviewedForm(FlaskForm):
    """Ask for settings whose consequences are shown before they are confirmed."""

    version = HiddenField()
    confirmed = HiddenField()

    @property
    def seen(self) -> int:
        """Return the version that the form was opened on, none that there is if it was forged."""
        found = read_version(self.version)
        return -1 if found is None else found


class PlatformForm(PreviewedForm):
    protection_days = WholeNumber(PLATFORM_BOUNDS["protection_days"])
    proposal_days = WholeNumber(PLATFORM_BOUNDS["proposal_days"])
    outreach_per_day = WholeNumber(PLATFORM_BOUNDS["outreach_per_day"])
    outreach_per_candidate_week = WholeNumber(PLATFORM_BOUNDS["outreach_per_candidate_week"])
    checks_per_hour = WholeNumber(PLATFORM_BOUNDS["checks_per_hour"])
    mails_per_hour = WholeNumber(PLATFORM_BOUNDS["mails_per_hour"])
    payout_days = StringField(
        LABELS["payout_days"],
        [InputRequired("Enter at least one day of the month.")],
        render_kw={"maxlength": 100, "autocomplete": "off"},
    )
    time_zone = SelectField(LABELS["time_zone"], [InputRequired("Choose a time zone.")], validate_choice=False)

    def __init__(self, present: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_zone.choices = zone_choices(present)

    def to_input(self) -> PlatformLimits:
        """Return the limits typed.

        Raises:
            InvalidInput: the days are no list of numbers.
        """
        numbers = {name: self[name].data for name in PLATFORM_BOUNDS}
        zone = self.time_zone.data or ""
        return PlatformLimits(**numbers, payout_days=_numbers(self.payout_days, "1, 15"), time_zone=zone)


class GuaranteeForm(PreviewedForm):
    default_days = WholeNumber(GUARANTEE_BOUNDS["default_days"])
    minimum_days = WholeNumber(GUARANTEE_BOUNDS["minimum_days"])
    maximum_days = WholeNumber(GUARANTEE_BOUNDS["maximum_days"])
    maximum_extensions = WholeNumber(GUARANTEE_BOUNDS["maximum_extensions"])
    replacement_window_days = WholeNumber(GUARANTEE_BOUNDS["replacement_window_days"])
    notice_days = StringField(LABELS["notice_days"], render_kw={"maxlength": 100, "autocomplete": "off"})
    automatic_completion = BooleanField(LABELS["automatic_completion"])

    def to_input(self) -> GuaranteeTerms:
        """Return the terms typed.

        Raises:
            InvalidInput: the notices are no list of numbers.
        """
        numbers = {name: self[name].data for name in GUARANTEE_BOUNDS}
        return GuaranteeTerms(
            **numbers,
            notice_days=_numbers(self.notice_days, "30, 7, 1"),
            automatic_completion=bool(self.automatic_completion.data),
        )


def _numbers(field: StringField, example: str) -> tuple[int, ...]:
    parts = [part.strip() for part in (field.data or "").split(",") if part.strip()]
    if any(not part.isdecimal() or len(part) > 4 for part in parts):
        raise InvalidInput.field(field.name, f"Enter whole numbers separated by commas, for example {example}.")
    return tuple(int(part) for part in parts)


def fill(form: PreviewedForm, values: PlatformLimits | GuaranteeTerms, version: int) -> None:
    form.version.data = str(version)
    for field in form:
        if hasattr(values, field.name):
            value = getattr(values, field.name)
            field.data = as_words(value) if isinstance(value, tuple) else value
