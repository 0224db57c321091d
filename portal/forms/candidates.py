"""Forms of candidates, claims, outreach and imports; what a text may be is for the services to say."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict

import phonenumbers
from babel import Locale
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import TextInput

from portal.domain import money
from portal.domain.attachments import KIND_LABELS, MOST_BYTES
from portal.domain.encodings import GUESSED
from portal.domain.ownership import (
    ENGAGEMENT_LABELS,
    OUTREACH_TYPE_LABELS,
    SOURCE_METHOD_LABELS,
    Engagement,
    OutreachType,
)
from portal.domain.profiles import Profile
from portal.domain.texts import LINE, NAME, NOTES, REASON, SUBJECT
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.forms.figures import MoneyField, read_id, read_version
from portal.forms.placements import DayField
from portal.services.candidates.candidates import CandidateInput, CheckInput
from portal.services.candidates.contacts import PHONE_HINT
from portal.services.candidates.import_layouts import Reading
from portal.services.candidates.outreach import OutreachInput

ENGLISH = Locale("en")

CURRENCIES = choices(zip(money.CURRENCIES, money.CURRENCIES, strict=True), nothing="Choose a currency")
METHODS = choices(SOURCE_METHOD_LABELS, nothing="Choose a source")
CHANNELS = choices(OUTREACH_TYPE_LABELS)
ATTACHMENT_KINDS = choices(KIND_LABELS)
ENGAGEMENTS = choices({**ENGAGEMENT_LABELS, Engagement.SENT: "None yet"})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WholeField(IntegerField):
    """Take a whole number; nothing typed is None."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not (text.isascii() and text.isdigit() and len(text) < 4):
            raise ValueError("Enter a whole number, for example 4.")
        self.data = int(text)


def _line(most: int) -> dict[str, object]:
    return {"maxlength": most, "autocomplete": "off"}


class CandidateForm(FlaskForm):
    full_name = StringField("Full name", [InputRequired("Enter the candidate’s name.")], render_kw=_line(NAME))
    email = EmailField("Email", [InputRequired("Enter the candidate’s email address.")], render_kw=_line(254))
    phone = TelField("Phone", description=PHONE_HINT, render_kw=_line(40))
    linkedin_url = StringField("LinkedIn profile", description="Profile URL", render_kw=_line(300))
    title = StringField("Job title", render_kw=_line(LINE))
    employer = StringField("Employer", render_kw=_line(LINE))
    location = StringField("Location", render_kw=_line(LINE))
    skills = StringField("Skills", description="Separate with commas.", render_kw=_line(1_600))
    experience_years = WholeField("Years of experience")
    notice_weeks = WholeField("Notice period in weeks", description="Enter 0 if there is none.")
    available_on = DayField("Available from")
    salary_minor = MoneyField("Current annual salary", description="Companies see this once they accept.")
    expected_salary_minor = MoneyField("Expected annual salary")
    currency = SelectField("Salary currency", choices=CURRENCIES, default="")
    right_to_work = StringField(
        "Right to work", description="For example, EU citizen or needs a US visa.", render_kw=_line(LINE)
    )
    languages = StringField(
        "Languages", description="Separate with commas, for example German C1, English.", render_kw=_line(1_300)
    )
    version = HiddenField()

    def to_input(self) -> CandidateInput:
        names = ("full_name", "email", "phone", "location", "title", "employer", "linkedin_url")
        typed = {name: self[name].data or "" for name in names}
        return CandidateInput(**typed, skills=tuple((self.skills.data or "").split(",")), profile=self._profile())

    def _profile(self) -> Profile:
        currency = self.currency.data or ""
        return Profile(
            experience_years=self.experience_years.data,
            notice_weeks=self.notice_weeks.data,
            available_on=self.available_on.data,
            salary_minor=self.salary_minor.minor(currency),
            expected_salary_minor=self.expected_salary_minor.minor(currency),
            currency=currency or None,
            right_to_work=self.right_to_work.data or "",
            languages=tuple((self.languages.data or "").split(",")),
        )

    def fill_profile(self, profile: Profile) -> None:
        for name in ("experience_years", "notice_weeks", "available_on", "currency", "right_to_work"):
            self[name].data = getattr(profile, name)
        for name in ("salary_minor", "expected_salary_minor"):
            minor = getattr(profile, name)
            self[name].data = None if minor is None else money.to_major(minor, profile.currency or "")
        self.languages.data = ", ".join(profile.languages)

    @property
    def seen_version(self) -> int:
        """Return the version that the form was filled from; an unreadable one is of no row."""
        return read_version(self.version) or 0


class NewCandidateForm(CandidateForm):
    claim = BooleanField("Claim sourcing credit", default=True)
    source_method = SelectField("Source", choices=METHODS, default="")

    @property
    def said(self) -> str:
        return "Candidate added and claimed." if "claim" in self and self.claim.data else "Candidate added."

    def validate_source_method(self, field: SelectField) -> None:
        """Ask for the method of a claim."""
        if "claim" in self and self.claim.data and not field.data:
            raise ValidationError("Choose a source, or untick the claim.")


class CheckForm(CommandForm):
    """Ask for the keys of a blind check."""

    makes = CheckInput
    email = EmailField("Email", render_kw=_line(254))
    phone = TelField("Phone", description=PHONE_HINT, render_kw=_line(40))
    linkedin_url = StringField("LinkedIn profile", render_kw=_line(300))
    full_name = StringField("Full name", render_kw=_line(NAME))
    employer = StringField("Employer", render_kw=_line(LINE))

    @property
    def carried(self) -> dict[str, str]:
        """Return what the form to add a candidate starts from, and that it was checked."""
        return {"checked": "y", **asdict(self.to_input())}


class ClaimForm(FlaskForm):
    """Ask how the candidate was found; a platform admin also names who gets the credit."""

    source_method = SelectField("Source", [InputRequired("Choose a source.")], choices=METHODS, default="")
    notes = TextAreaField("Notes", description="Visible only to you and the platform.", render_kw={"maxlength": NOTES})
    recruiter_id = SelectField(
        "Recruiter",
        [InputRequired("Choose the recruiter who gets the sourcing credit.")],
        choices=(),
        validate_choice=False,
        default="",
    )

    def offer(self, recruiters: Sequence[tuple[uuid.UUID, str]]) -> None:
        """List the recruiters to choose from; none for whoever claims for themselves."""
        if recruiters:
            self.recruiter_id.choices = choices(recruiters, nothing="Choose a recruiter")
        else:
            del self.recruiter_id

    @property
    def claimant(self) -> uuid.UUID | None:
        """Return the chosen recruiter; None if there was nothing to choose or it is not an id."""
        return read_id(self.recruiter_id.data) if "recruiter_id" in self else None


class MergeForm(FlaskForm):
    """Ask for the other record of the same person, and why; `expected` is the one that was shown to stand for both."""

    email = EmailField(
        "Email of the other record",
        [InputRequired("Enter the email of the other record.")],
        render_kw=_line(254),
    )
    reason = TextAreaField(
        "Reason",
        [InputRequired("Explain how you know that both are the same person.")],
        description="Logged.",
        render_kw={"maxlength": REASON},
    )
    expected = HiddenField()

    @property
    def shown(self) -> uuid.UUID | None:
        """Return the record that was shown to stand for both; None before anything was shown."""
        return read_id(self.expected.data)


class SeparateForm(FlaskForm):
    """Ask why two records are two people after all."""

    reason = TextAreaField(
        "Reason",
        [InputRequired("Explain how you know that they are two people.")],
        description="Logged, and sent to the recruiter who gets the claim back.",
        render_kw={"maxlength": REASON},
    )


class ClaimFoundForm(CheckForm):
    """Carry the keys of a check into a claim."""

    source_method = SelectField(
        "Source",
        [InputRequired("Choose a source.")],
        id="claim_method",  # stands on pages whose own form asks the same
        choices=METHODS,
        default="",
    )


class OutreachForm(CommandForm):
    makes = OutreachInput
    outreach_type = SelectField("Channel", [InputRequired("Choose a channel.")], choices=CHANNELS, default="email")
    subject = StringField("Subject", description="Required for email.", render_kw=_line(SUBJECT))
    message_preview = TextAreaField("Message")
    engagement = SelectField("Result", [InputRequired("Choose a result.")], choices=ENGAGEMENTS, default="sent")
    job_id = SelectField("Job", choices=(), validate_choice=False, default="")

    def offer(self, jobs: Sequence[tuple[uuid.UUID, str]]) -> None:
        self.job_id.choices = choices(jobs, nothing="No specific job")

    def validate_subject(self, field: StringField) -> None:
        """Ask for the subject of an email; the service asks for it with fewer words."""
        if self.outreach_type.data == OutreachType.EMAIL and not (field.data or "").strip():
            raise ValidationError("Enter the subject of the email.")

    def validate_job_id(self, field: SelectField) -> None:
        """Refuse anything but an id; the service says whether the job is open."""
        if field.data and read_id(field.data) is None:
            raise ValidationError("Choose one of the open jobs.")


class EngagementForm(FlaskForm):
    engagement = SelectField("Result", choices=ENGAGEMENTS)


_TERRITORIES = sorted((ENGLISH.territories[code], code) for code in phonenumbers.SUPPORTED_REGIONS)
COUNTRIES = choices(((code, name) for name, code in _TERRITORIES), nothing="None (skip these numbers)")
ENCODINGS = choices(GUESSED)


class AttachmentForm(FlaskForm):
    kind = SelectField("Type", choices=ATTACHMENT_KINDS, validators=[InputRequired("Choose a document type.")])
    file = FileField(
        "File",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".pdf,.docx", "data-bytes": MOST_BYTES},
    )


class ImportForm(FlaskForm):
    """Ask for a file or its text; the second step carries the text along and asks about claims."""

    file = FileField("Workbook or CSV file", render_kw={"accept": f".csv,.tsv,.txt,.xlsx,text/csv,{XLSX}"})
    text = TextAreaField("Or paste rows here", render_kw={"spellcheck": "false"})
    claim = BooleanField("Claim all new candidates", default=False)
    source_method = SelectField("Source", choices=METHODS, default="")
    country = SelectField("Country for numbers without a country code", choices=COUNTRIES, default="")
    encoding = SelectField(
        "Encoding", choices=ENCODINGS, validate_choice=False, description="Change it if the names look wrong."
    )
    guess = HiddenField()  # the encoding in which a file was read that does not say it
    column = FieldList(HiddenField())
    step = HiddenField(default="preview")

    @property
    def reading(self) -> Reading:
        """Return how the file is to be read."""
        return Reading(tuple(entry.data or "" for entry in self.column), self.country.data or None)

    def validate_source_method(self, field: SelectField) -> None:
        """Ask for the method of a claim."""
        if self.step.data == "apply" and self.claim.data and not field.data:
            raise ValidationError("Choose a source, or untick the claim.")
