"""Forms of saved views."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired


class ViewForm(FlaskForm):
    """Ask for the name of a view; a new one brings along the list and what its address has."""

    name = StringField("Name", [InputRequired("Enter a name for the view.")])
    path = HiddenField()
    query = HiddenField()


class RenameForm(FlaskForm):
    name = StringField("Name", [InputRequired("Enter a name for the view.")])
