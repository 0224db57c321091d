"""Controls read as WTForms would draw them, letter by letter."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.forms.figures import MoneyField
from portal.rendering.controls import control
from tests.kit.conftest import Draw

CHOICES = [
    SelectChoice("", "Choose"),
    SelectChoice("a", 'A "first" & <b>'),
    SelectChoice("b", "B", render_kw={"data-extra": '"'}),
]


class Everything(FlaskForm):
    """One field of each kind."""

    line = StringField("Line", [InputRequired(), Length(max=20)], render_kw={"maxlength": 12, "autocomplete": "off"})
    email = EmailField("Email")
    day = DateField("Day")
    hidden = HiddenField()
    area = TextAreaField("Area", [Length(max=2000)])
    one = SelectField("One", [InputRequired()], choices=CHOICES, default="b")
    several = SelectMultipleField("Several", choices=CHOICES)
    grouped = SelectField("Grouped", choices=[SelectChoice("x", "X", optgroup="Group")])
    box = BooleanField("Box", default=True)
    secret = PasswordField("Secret")
    file = FileField("File")


@pytest.mark.parametrize("name", [name for name in vars(Everything) if name in Everything.__dict__ and name[0] != "_"])
def test_every_kind_is_drawn_as_wtforms_draws_it(kit: Flask, name: str) -> None:
    attributes = {"class_": "input", "aria_label": '"<&', "aria-invalid": False, "hidden": True, "rows": 3}
    with kit.test_request_context():
        field = Everything(formdata=None, data={"line": '<"a">', "area": "</textarea>", "hidden": "h"})[name]
        assert control(field, **attributes) == field(**attributes)
        assert control(field) == field()


class Answered(FlaskForm):
    """A required choice that begins with an answer, and one without any."""

    one = SelectField("One", [InputRequired()], choices=CHOICES[1:])
    none = SelectField("None", [InputRequired()], choices=[])


def test_a_choice_that_begins_with_no_empty_option_is_not_marked_as_required(kit: Flask) -> None:
    with kit.test_request_context():
        assert " required" in control(Everything(formdata=None).one)
        assert control(Answered(formdata=None).one) == Answered(formdata=None).one(required=False)
        assert " required" not in control(Answered(formdata=None).none)


def test_an_option_that_reads_as_its_value_has_no_other(kit: Flask) -> None:
    class Zoned(FlaskForm):
        """Zones of which one reads otherwise than its value, and one as no browser would take it."""

        zone = SelectField(choices=["Asia/Tokyo", SelectChoice("Asia/Ho_Chi_Minh", "Asia/Ho Chi Minh"), "a  b"])

    with kit.test_request_context():
        drawn = control(Zoned(formdata=None, data={"zone": "Asia/Tokyo"}).zone)
    assert "<option selected>Asia/Tokyo</option>" in drawn
    assert '<option value="Asia/Ho_Chi_Minh">Asia/Ho Chi Minh</option><option value="a  b">a  b</option>' in drawn


class Paid(FlaskForm):
    """One sum."""

    amount = MoneyField("Amount")


@pytest.mark.parametrize(
    ("currency", "signs"), [("USD", ["$", "USD"]), ("JPY", ["¥", "JPY"]), ("CHF", ["CHF"]), ("KWD", ["KWD"])]
)
def test_a_currency_without_a_sign_of_its_own_is_said_once(draw: Draw, currency: str, signs: list[str]) -> None:
    drawn = draw("{{ ui.money_field(form.amount, currency) }}", form=Paid(formdata=None), currency=currency)
    assert re.findall(r'<span aria-hidden="true">([^<]+)</span>', drawn) == signs
