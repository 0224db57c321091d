"""/styleguide: the macros that pages use, in every state; in development and tests only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, current_app, render_template, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.domain import placements
from portal.policy import public
from portal.requests.frame import Shell
from portal.wording.states import known_states

bp = Blueprint("styleguide", __name__, url_prefix="/styleguide")
NOW = datetime(2026, 11, 24, 2, 39, tzinfo=UTC)
THEMES = ("light", "dark")


class SampleForm(FlaskForm):
    name = StringField("Full name", [InputRequired()], description="As shown in the passport")
    password = PasswordField("Password", [InputRequired()])
    job = SelectField("Job", choices=[SelectChoice("ml", "Staff ML Engineer"), SelectChoice("pd", "Product Designer")])
    start = DateField("Start date", default=NOW.date)
    salary = DecimalField("Base salary", [InputRequired()], default=125_000)
    fee = DecimalField("Fee", default=20)
    pitch = TextAreaField("Pitch", [InputRequired()], default="Led ranking at a 40M-user marketplace.")
    reason = RadioField(
        "Reason", choices=[SelectChoice("salary", "Salary expectation"), SelectChoice("place", "Location")]
    )
    agreed = BooleanField("The candidate has agreed to be proposed")


@bp.before_request
def only_outside_production() -> None:
    """Hide the styleguide where people work."""
    if current_app.config.get("ENV_NAME") == "production":
        abort(404)


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Show every macro; two fields of the form were refused."""
    form = SampleForm(formdata=None, prefix="sample")
    form.salary.errors = ["Enter the salary as a number, such as 125,000."]
    form.reason.errors = ["Choose a reason."]
    form.form_errors = ["The job was closed 2 minutes ago."]
    return render_template(
        "styleguide/index.html",
        shell=_shell(),
        form=form,
        now=NOW,
        viewer_zone=None,
        at=_at,
        states=known_states(),
        ways=_ways(),
    )


@bp.post("/preview")
@public
def preview() -> ResponseReturnValue:
    """Answer the live preview of the sample form."""
    return render_template_string("<b>{{ 2500000|money }}</b> fee, as the server works it out")


def _shell() -> Shell:
    chosen = request.args.get("theme", "")
    nav = (
        ("Work queue", "layout-dashboard", "/styleguide/", 7, ""),
        ("Placements", "heart-handshake", "/styleguide/?at=placements", 0, ""),
        ("Event log", "list-search", "/styleguide/?at=events", 0, "Platform"),
    )
    organisations = (("1", "Northwind Robotics", "Company admin", True), ("2", "Raman Talent", "Recruiter", False))
    theme = chosen if chosen in THEMES else ""
    return Shell(nav, "Work queue", "", "Elena Fischer", "Northwind Robotics", "Company admin", organisations, 4, theme)


def _at(**away: float) -> datetime:
    return NOW + timedelta(**away)


NEVER_BEGUN = {"never began": "failed", "undone": "undone"}


def _ways() -> dict[str, tuple[placements.Step, ...]]:
    """Return the way of a placement in each of its states."""
    hired, began, end = _at(days=-104), _at(days=-78), _at(days=12)
    been = {**dict.fromkeys(placements.MEANING), "hired": hired, "active": began}
    days = {**dict.fromkeys(placements.MEANING, NOW), "hired": hired, "active": began, "completed": end}
    ways = {state: placements.steps(state, been | {state: days[state]}, end) for state in placements.MEANING}
    unbegun = {**been, "active": None, "failed": NOW, "undone": NOW}
    return ways | {name: placements.steps(state, unbegun, None) for name, state in NEVER_BEGUN.items()}
