"""The form that creates a personal access token."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from portal.forms.choices import choices
from portal.services.identity.access_tokens import NAME_MOST

LIFETIMES = choices({7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year"})
SCOPE_LABELS = {
    "read": "Read",
    "write": "Read and write",
    "admin": "Read, write and administer the platform",
}


class AccessTokenForm(FlaskForm):
    name = StringField("Name", [InputRequired("Enter a name for the token.")], render_kw={"maxlength": NAME_MOST})
    scope = SelectField("Access", [InputRequired("Choose the access level.")], validate_choice=False)
    days = SelectField("Expires after", [InputRequired("Choose when it expires.")], choices=LIFETIMES, default="30")

    def offer(self, scopes: tuple[str, ...]) -> None:
        self.scope.choices = choices((scope, SCOPE_LABELS[scope]) for scope in scopes)

    def to_input(self) -> dict[str, Any]:
        return {"name": self.name.data or "", "scope": self.scope.data or "", "days": int(self.days.data)}
