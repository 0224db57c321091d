"""Forms of jobs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain import money
from portal.domain.jobs import JobStatus
from portal.forms.choices import choices
from portal.forms.commands import CommandForm
from portal.forms.figures import DaysField, MoneyField, PercentField
from portal.queries.jobs import JobDetail
from portal.services.jobs import JobInput

START = choices({JobStatus.ACTIVE: "Publish now", JobStatus.DRAFT: "Save as draft"})


class JobForm(CommandForm):
    makes = JobInput
    title = StringField("Title", [InputRequired("Enter a job title.")])
    location = StringField("Location")
    description = TextAreaField("Description")
    currency = SelectField("Currency", [InputRequired("Choose a currency.")], choices=list(money.CURRENCIES))
    salary_min_minor = MoneyField("Lowest salary")
    salary_max_minor = MoneyField("Highest salary")
    fee_bp = PercentField("Fee", [InputRequired("Enter the fee as a percentage of the first-year base salary.")])
    guarantee_days = DaysField("Guarantee")
    proposal_days = DaysField("Time to decide on a proposal")
    status = RadioField("Status", [InputRequired("Choose a status.")], choices=START, default=JobStatus.ACTIVE.value)
    company_id = SelectField("Company", [InputRequired("Choose the hiring company.")], validate_choice=False)
    version = HiddenField()

    @classmethod
    def for_new(cls, companies: Iterable[tuple[uuid.UUID, str]] | None) -> JobForm:
        """Make the form of a new job; a platform admin chooses among `companies`."""
        form = cls()
        if companies is None:
            del form.company_id
        else:
            form.company_id.choices = choices(companies, nothing="Choose a company")
        return form

    @classmethod
    def for_edit(cls, job: JobDetail) -> JobForm:
        """Make the form of an existing job; the status of one that was opened changes on its own page."""
        shown = {name: getattr(job, name) for name in ("title", "location", "description", "currency", "status")}
        form = cls(
            **shown,
            salary_min_minor=_major(job.salary_min_minor, job.currency),
            salary_max_minor=_major(job.salary_max_minor, job.currency),
            fee_bp=money.bp_to_percent(job.fee_bp),
            guarantee_days=job.guarantee_days,
            proposal_days=job.proposal_days,
            version=job.version,
        )
        del form.company_id
        if job.status != JobStatus.DRAFT:
            del form.status
        return form


class ChosenForm(FlaskForm):
    do = StringField()


class JobStatusForm(FlaskForm):
    seen = HiddenField()


def _major(minor: int | None, currency: str) -> object:
    return None if minor is None else money.to_major(minor, currency)
