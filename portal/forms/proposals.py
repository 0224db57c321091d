"""Forms of proposals."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from portal.domain import texts
from portal.domain.billing.terms import Terms
from portal.domain.errors import InvalidInput
from portal.domain.proposals import DECLINE_REASON_LABELS, PROPOSED_AT_ONCE
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.forms.figures import MoneyField, read_id
from portal.queries.jobs import CandidateChoice, JobChoice
from portal.queries.proposals.assignments import Decider
from portal.queries.proposals.pitching import Expected
from portal.services.proposals import Pitch, TermsShown

REASONS = choices(DECLINE_REASON_LABELS, nothing="Choose a reason")


def is_id(_form: FlaskForm, field: Field) -> None:
    """Refuse anything but an id; the service says whether the person may use it."""
    if read_id(field.data) is None:
        raise ValidationError("Choose one from the list.")


class ProposalForm(FlaskForm):
    is_salary_new = False
    candidate_id = SelectField("Candidate", [InputRequired("Choose a candidate."), is_id], validate_choice=False)
    job_id = SelectField("Job", [InputRequired("Choose a job."), is_id], validate_choice=False)
    expected_salary_minor = MoneyField("Expected annual salary")
    suggested = HiddenField()
    salary_in = HiddenField()  # the currency that the salary is shown in
    pitch = TextAreaField("Pitch", [InputRequired("Explain why this candidate fits.")])
    terms_version = HiddenField()
    restrictions_read = BooleanField("I’ve read this job’s restrictions")

    def offer(self, candidates: tuple[CandidateChoice, ...], jobs: tuple[JobChoice, ...]) -> ProposalForm:
        listed = ((c.id, f"{c.name}, {c.title}" if c.title else c.name) for c in candidates)
        self.candidate_id.choices = choices(listed, nothing="Choose a candidate")
        self.job_id.choices = _job_choices(jobs)
        return self

    def to_input(self, currency: str) -> dict[str, Any]:
        """Return the arguments of the service; the salary is in the job's currency."""
        return {
            "candidate_id": read_id(self.candidate_id.data),
            "job_id": read_id(self.job_id.data),
            "pitch": self.pitch.data,
            "expected_salary_minor": self.expected_salary_minor.minor(currency),
            "terms_shown": TermsShown(self.terms_version.data or None, self.restrictions_read.data),
        }

    def suggest(self, expected: Expected, currency: str) -> None:
        """Fill in the salary that the profile names, in the currency of the job, and note what an open page lacks."""
        shown = (self.salary_in.data, self.suggested.data)
        suggest(self, expected, currency)
        self.salary_in.data = currency
        self.is_salary_new = shown != (currency, self.suggested.data)

    def draw_for(self, terms: Terms | None) -> None:
        """Carry the version of the terms that are shown; a tick was for those that were shown before."""
        _carry(self, terms)


class PitchForm(Form):
    """Ask why one of several candidates fits, and whether to propose this one at all."""

    candidate_id = HiddenField()
    refused = HiddenField()  # set where the form was drawn without a pitch, because it could not be proposed
    include = BooleanField("Propose")
    expected_salary_minor = MoneyField("Expected annual salary")
    suggested = HiddenField()
    pitch = TextAreaField("Pitch")

    def validate_pitch(self, field: TextAreaField) -> None:
        """Ask for the pitch of whoever is proposed."""
        if not self.include.data:
            return
        if not (field.data or "").strip():
            raise ValidationError("Explain why this candidate fits.")
        try:
            texts.clean("pitch", field.data, most=texts.PITCH, multiline=True)
        except InvalidInput as refusal:
            raise ValidationError(refusal.message) from refusal

    def read(self, currency: str) -> Pitch:
        """Return the pitch; what is wrong with the salary is said beside it."""
        try:
            salary = self.expected_salary_minor.minor(currency)
        except InvalidInput as refusal:
            self.expected_salary_minor.errors = [refusal.message]
            raise
        return Pitch(read_id(self.candidate_id.data) or uuid.UUID(int=0), self.pitch.data or "", salary)


class SeveralForm(FlaskForm):
    """Ask for which job several candidates are proposed, and why each of them fits."""

    job_id = SelectField("Job", [InputRequired("Choose a job."), is_id], validate_choice=False)
    rows = FieldList(FormField(PitchForm), max_entries=PROPOSED_AT_ONCE)
    terms_version = HiddenField()
    restrictions_read = BooleanField("I’ve read this job’s restrictions")

    @classmethod
    def of(cls, candidate_ids: Iterable[uuid.UUID], job_id: uuid.UUID | None) -> SeveralForm:
        """Make the form for those who were chosen."""
        rows = [{"candidate_id": str(id), "include": True} for id in candidate_ids]
        return cls(formdata=None, rows=rows, job_id=str(job_id or ""))

    def validate_rows(self, field: FieldList) -> None:
        """Ask for somebody to propose."""
        if not any(row.include.data for row in field):
            raise ValidationError("Include at least one candidate.")

    @property
    def pitches(self) -> dict[uuid.UUID, str]:
        """Return who was chosen, with the pitches as far as they are typed."""
        found = ((read_id(row.candidate_id.data), row.pitch.data or "") for row in self.rows)
        return {id: pitch for id, pitch in found if id is not None}

    def offer(self, jobs: Iterable[JobChoice]) -> SeveralForm:
        self.job_id.choices = _job_choices(jobs)
        return self

    def to_input(self, currency: str) -> dict[str, Any]:
        """Return the arguments of the service; the salaries are in the job's currency."""
        return {
            "pitches": [row.form.read(currency) for row in self.rows if row.include.data],
            "job_id": read_id(self.job_id.data),
            "terms_shown": TermsShown(self.terms_version.data or None, self.restrictions_read.data),
        }

    def draw_for(self, terms: Terms | None) -> None:
        """Carry the version of the terms that are shown; a tick was for those that were shown before."""
        _carry(self, terms)


class AcceptForm(CommandForm):
    notes = TextAreaField("Message to the recruiter", id="accept-notes")
    shown = HiddenField()


class DeclineForm(CommandForm):
    reason = SelectField("Reason", [InputRequired("Choose the reason that fits best.")], choices=REASONS)
    notes = TextAreaField("Message to the recruiter", id="decline-notes")
    shown = HiddenField()


class WithdrawForm(AcceptForm):
    notes = TextAreaField("Message to the company", id="withdraw-notes")


class WithdrawSeveralForm(WithdrawForm):
    """Ask what to tell each company when several proposals are withdrawn at once."""

    notes = TextAreaField("Message to the companies", id="withdraw-notes")


class ReviewForm(FlaskForm):
    shown = HiddenField()


class DelegateForm(CommandForm):
    user_id = SelectField("Teammate", [InputRequired("Choose someone at the company."), is_id], validate_choice=False)
    shown = HiddenField()

    def offer(self, deciders: tuple[Decider, ...]) -> DelegateForm:
        self.user_id.choices = choices(((one.user_id, one.name) for one in deciders), nothing="Choose a teammate")
        return self


class QuestionForm(CommandForm):
    question = TextAreaField("Question for the recruiter", [InputRequired("Enter your question.")])
    shown = HiddenField()


class AnswerForm(CommandForm):
    answer = TextAreaField("Your answer", [InputRequired("Enter your answer.")])
    shown = HiddenField()

    @classmethod
    def of(cls, question_id: uuid.UUID, **kwargs: Any) -> AnswerForm:
        """Make the form of one question; a page may hold several, each control with its own id."""
        form = cls(**kwargs)
        form.answer.id = f"answer-{question_id}"
        return form


def suggest(form: ProposalForm | PitchForm, expected: Expected, currency: str) -> None:
    """Fill in the salary that the profile names, unless another one was typed or the one before was removed."""
    salary = form.expected_salary_minor
    if salary.text_shown == (form.suggested.data or ""):
        salary.raw_data, salary.data = [], expected.within(currency)
        form.suggested.data = salary.text_shown


def _job_choices(jobs: Iterable[JobChoice]) -> list[SelectChoice]:
    return choices(((job.id, f"{job.title}, {job.company_name}") for job in jobs), nothing="Choose a job")


def _carry(form: ProposalForm | SeveralForm, terms: Terms | None) -> None:
    shown = terms.version if terms else ""
    if form.terms_version.data != shown:
        form.terms_version.data, form.restrictions_read.data = shown, False
