"""Forms of a placement's team and its split sheet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.domain.collaboration import MAX_ROWS, ROLE_LABELS, ROLE_REASONS, Agreed
from portal.domain.money import bp_to_percent
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.forms.figures import PercentField, read_id, read_version
from portal.forms.proposals import is_id
from portal.queries.placements.collaboration import Member, RecruiterChoice
from portal.wording.writing import plural

ROLES = choices({role: f"{label}: {ROLE_REASONS[role]}" for role, label in ROLE_LABELS.items()})
WANTED = "Enter a share, for example 10."


def _options(nobody: str, found: Iterable[RecruiterChoice]) -> list[SelectChoice]:
    return choices(((one.id, f"{one.name}, {one.agency}") for one in found), nothing=nobody)


def _found(choices: Sequence[RecruiterChoice]) -> str:
    """Say how many a search found: the list is closed while one types."""
    return f"Choose from {plural(len(choices), 'match', 'matches')}" if choices else "No active recruiter matches"


class AddForm(CommandForm):
    recruiter_id = SelectField("Recruiter", [InputRequired("Choose a recruiter."), is_id], validate_choice=False)
    role = SelectField("Role", [InputRequired("Choose a role.")], choices=ROLES, default="support")
    split_bp = PercentField("Share of the fee", [InputRequired(WANTED)])
    notes = TextAreaField("Reason")
    version = HiddenField()

    def offer(self, choices: Sequence[RecruiterChoice], *, sought: bool = False) -> AddForm:
        """Fill the select and return the form; the only one that was found when `sought` is chosen already."""
        self.recruiter_id.choices = _options(_found(choices) if sought else "Choose a recruiter", choices)
        if sought and len(choices) == 1:
            self.recruiter_id.data = str(choices[0].id)
        return self


class RemoveForm(CommandForm):
    """Ask a platform admin why; the row is named by recruiter and role."""

    role = HiddenField()
    version = HiddenField()
    reason = StringField("Reason")


class PreviewForm(FlaskForm):
    """Take the share of a row to be added, as it is typed."""

    role = HiddenField()
    split_bp = PercentField("Share")


class LineForm(Form):
    """Ask for the share of one row; an empty field means no share."""

    recruiter_id = HiddenField(validators=[is_id])
    role = HiddenField()
    split_bp = PercentField("Share")

    @property
    def key(self) -> tuple[str, str]:
        """Return what is unique within a team."""
        return str(self.recruiter_id.data), str(self.role.data)


class RequiredLineForm(LineForm):
    split_bp = PercentField("Share", [InputRequired(WANTED)])


def rows_of(members: Iterable[Member]) -> list[dict[str, object]]:
    """Return what a form of shares is drawn from: those of the present team."""
    return [{"recruiter_id": m.recruiter_id, "role": m.role, "split_bp": bp_to_percent(m.bp)} for m in members]


def agreed(rows: Iterable[tuple[str, str, int]]) -> list[Agreed]:
    """Return the rows of a form as the service takes them; an id that is none is nobody's."""
    return [Agreed(read_id(who) or uuid.UUID(int=0), role, bp) for who, role, bp in rows]


class SharesForm(FlaskForm):
    """Ask for the shares of the whole open team, and a platform admin why one is lowered."""

    shares = FieldList(FormField(RequiredLineForm), max_entries=MAX_ROWS)
    reason = StringField("Reason", id="shares-reason")
    version = HiddenField()

    @classmethod
    def of(cls, members: Iterable[Member], typed: SharesForm | None = None) -> SharesForm:
        """Make the form with the present shares, and what was `typed` in the rows that are still there."""
        form = cls(formdata=None, shares=rows_of(members), reason=typed.reason.data if typed else "")
        known = {entry.key: entry.split_bp for entry in typed.shares} if typed else {}
        for entry in form.shares:
            if (was := known.get(entry.key)) is not None:
                entry.split_bp.raw_data, entry.split_bp.read, entry.split_bp.errors = was.raw_data, was.read, was.errors
        return form

    def to_input(self) -> dict[str, Any]:
        rows = ((e.recruiter_id.data, e.role.data, e.split_bp.bp) for e in self.shares)
        return {"shares": agreed(rows), "version": read_version(self.version), "reason": self.reason.data or ""}


class AmendmentForm(FlaskForm):
    """Ask for all shares of a sheet again, for someone who joins, and for the reason."""

    shares = FieldList(FormField(LineForm), max_entries=MAX_ROWS)
    joins = SelectField("New collaborator", validate_choice=False, default="")
    joins_role = SelectField("Role", choices=ROLES, default="support")
    joins_bp = PercentField("Share of the fee")
    reason = TextAreaField("Reason", [InputRequired("Enter a reason; everyone whose share changes will read it.")])
    version = HiddenField()

    @classmethod
    def of(cls, members: Iterable[Member], version: int) -> AmendmentForm:
        """Make the form with the present shares of this version of the sheet."""
        # a refused form of another kind stands in the request
        return cls(formdata=None, shares=rows_of(members), version=version)

    def offer(self, choices: Iterable[RecruiterChoice]) -> AmendmentForm:
        self.joins.choices = _options("No one", choices)
        return self

    def lines(self) -> list[Agreed]:
        """Return the rows that have a share; a row without one leaves the team."""
        rows = [(e.recruiter_id.data, e.role.data, e.split_bp.bp) for e in self.shares]
        if self.joins.data:
            rows.append((self.joins.data, self.joins_role.data, self.joins_bp.bp))
        return agreed(row for row in rows if row[2])

    def to_input(self) -> dict[str, Any]:
        return {"lines": self.lines(), "reason": self.reason.data, "version": read_version(self.version)}


class AnswerForm(CommandForm):
    """Take an approval, or ask why a change is declined."""

    agreed = HiddenField()
    reason = TextAreaField("Reason", description="The team and the company will read it.", id="decline-reason")
    version = HiddenField()


class ForceForm(CommandForm):
    """Ask why an amendment is put in force without everybody's agreement."""

    reason = TextAreaField("Reason", [InputRequired("Enter a reason.")], id="force-reason")
    version = HiddenField()


class WithdrawForm(CommandForm):
    """Ask nothing but what was shown."""

    version = HiddenField()
