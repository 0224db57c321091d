"""Forms of disputes."""

from __future__ import annotations

from collections.abc import Iterable

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import FieldList, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain.attachments import OF_CASES
from portal.domain.collaboration import MAX_ROWS
from portal.domain.disputes import SUBJECTS, SubjectType
from portal.forms.choices import choices
from portal.forms.collaboration import LineForm, agreed, rows_of
from portal.forms.commands import CommandForm
from portal.forms.figures import PercentField, read_id
from portal.forms.proposals import is_id
from portal.queries.placements.collaboration import Member
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput


class OpeningForm(CommandForm):
    """Ask why a case is opened, what happened, and what is asked for."""

    makes = CaseInput
    subject = HiddenField()
    subject_id = HiddenField(validators=[is_id])
    reason = SelectField("Reason", [InputRequired("Choose the reason that fits best.")], validate_choice=False)
    statement = TextAreaField("Your statement", [InputRequired("Say what happened.")])
    asks = TextAreaField("Requested outcome", [InputRequired("Say what outcome you want.")])

    def names_subject(self) -> bool:
        """Return whether the form names something that a dispute may be about."""
        return self.subject.data in set(SUBJECTS) and read_id(self.subject_id.data) is not None

    def offer(self) -> OpeningForm:
        """Fill the select with the reasons that the subject has, and return the form."""
        reasons = SUBJECTS[SubjectType(self.subject.data)].reasons
        self.reason.choices = choices(reasons, nothing="Choose a reason")
        return self


class StatementForm(CommandForm):
    statement = TextAreaField("Your statement", [InputRequired("Say what happened.")])


class EvidenceForm(FlaskForm):
    file = FileField(
        "File",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg,.docx", "data-bytes": OF_CASES.most_bytes},
    )


class NoteForm(FlaskForm):
    """Ask for a note that no party reads."""

    note = TextAreaField("Note", [InputRequired("Enter a note.")])


class DisputeRulingForm(FlaskForm):
    """Ask what is decided and why, and for the shares of a sheet that is amended."""

    effect = RadioField("Ruling", [InputRequired("Choose one.")], validate_choice=False)
    shares = FieldList(FormField(LineForm), max_entries=MAX_ROWS)
    percent = PercentField("Percentage")
    rule = StringField("Deciding rule")
    precedent = TextAreaField("Precedent for future disputes")
    reason = TextAreaField("Reason (both sides will see it)", [InputRequired("Enter a reason.")])

    @classmethod
    def of(cls, members: Iterable[Member], rule: str) -> DisputeRulingForm:
        """Make the form with the present shares, and the rule that would decide."""
        return cls(formdata=None, shares=rows_of(members), rule=rule)

    def offer(self, effects: Iterable[tuple[str, str]]) -> DisputeRulingForm:
        self.effect.choices = choices(effects)
        return self

    def to_input(self) -> RulingInput:
        return self._ruling(self.effect.data or "")

    def each(self) -> list[RulingInput]:
        """Return for each ruling that is offered what the service would get, with the figures as they are typed."""
        return [self._ruling(str(value)) for value, *_ in self.effect.iter_choices()]

    def _ruling(self, effect: str) -> RulingInput:
        """Return one ruling; the shares count only where the sheet is amended."""
        rows = [(e.recruiter_id.data, e.role.data, e.split_bp.bp) for e in self.shares] if effect == "amend" else []
        lines = tuple(agreed(row for row in rows if row[2]))
        return RulingInput(
            effect=effect,
            reason=self.reason.data or "",
            rule=self.rule.data or "",
            lines=lines,
            percent_bp=self.percent.bp,
            precedent=self.precedent.data or "",
        )
