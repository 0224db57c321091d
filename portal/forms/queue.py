"""Forms of the work queue."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField

from portal.forms.placements import DayField


class SnoozeForm(FlaskForm):
    """Take for how long a row is put off; each button has its own."""

    span = StringField()
    day = DayField("Until")
