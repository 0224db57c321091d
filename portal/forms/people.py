"""Forms about people: members, organizations, recruiters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired

from portal.domain.money import CURRENCIES
from portal.domain.permissions import ROLE_LABELS, OrganisationKind
from portal.domain.texts import NAME
from portal.forms.accounts import zone_choices
from portal.forms.choices import choices
from portal.forms.commands import CommandForm

_KINDS = choices({OrganisationKind.COMPANY: "Company (hires)", OrganisationKind.AGENCY: "Agency (recruits)"})


_NAMED: dict[str, Any] = {
    "description": "Only used for new users; an existing account keeps its name.",
    "render_kw": {"autocomplete": "off", "maxlength": NAME},
}


class MemberForm(FlaskForm):
    email = EmailField(
        "Email",
        [InputRequired("Enter an email address.")],
        description="New users get an email to set a password.",
        render_kw={"autocomplete": "off", "maxlength": 254},
    )
    name = StringField("Name", [InputRequired("Enter the name.")], **_NAMED)  # by which a company knows who is invited
    role = SelectField("Role", [InputRequired("Choose a role.")], validate_choice=False)

    def offer(self, roles: Iterable[tuple[str, str]]) -> MemberForm:
        self.role.choices = choices(roles, nothing="Choose a role")
        return self

    def to_input(self) -> dict[str, str]:
        """Return the arguments of `accounts.add_member` that a person typed."""
        return {"email": self.email.data or "", "name": self.name.data or "", "role": self.role.data or ""}


class PersonForm(MemberForm):
    name = StringField("Name", **_NAMED)
    organisation = SelectField("Organization", [InputRequired("Choose an organization.")])

    def __init__(self, organisations: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self.organisation.choices = choices(organisations, nothing="Choose…")
        self.role.choices = choices(ROLE_LABELS, nothing="Choose…")

    @property
    def organisation_id(self) -> uuid.UUID:
        """Return the organization chosen; only listed ones pass the validation."""
        return uuid.UUID(self.organisation.data)


class SuccessorForm(FlaskForm):
    seen = HiddenField()
    successor = EmailField(
        "Successor",
        description="The email address of an active recruiter.",
        render_kw={"autocomplete": "off", "maxlength": 254},
    )

    def to_input(self) -> dict[str, Any]:
        return {"successor": self.successor.data or "", "seen": self.seen.data or None}


class IdentityForm(FlaskForm):
    """Ask which subject of the identity provider a person is."""

    subject = StringField(
        "Subject",
        [InputRequired("Enter the subject.")],
        description="The sub claim in the person’s tokens, such as user_2abc.",
        render_kw={"autocomplete": "off", "maxlength": 255, "spellcheck": "false"},
    )


class OrganisationForm(CommandForm):
    """Ask for an organization's kind, name, calendar and money."""

    kind = SelectField("Type", [InputRequired("Choose a type.")], choices=_KINDS, validate_choice=False)
    name = StringField("Name", [InputRequired("Enter a name.")], render_kw={"autocomplete": "off", "maxlength": NAME})
    time_zone = SelectField(
        "Time zone",
        [InputRequired("Choose a time zone.")],
        description="Used for guarantee dates.",
        default="UTC",
        validate_choice=False,
    )
    currency = SelectField(
        "Currency",
        [InputRequired("Choose a currency.")],
        choices=list(CURRENCIES),
        default="USD",
        validate_choice=False,
    )

    def __init__(self) -> None:
        super().__init__()
        self.time_zone.choices = zone_choices("UTC")
