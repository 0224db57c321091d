"""Jobs: list, post, read and change."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.jobs import Job, Jobs
from portal.api.endpoint import Api, Created
from portal.api.types import ABSENT, Body, Currency, Id, Money, PageQuery, Percentage, To
from portal.domain import texts
from portal.domain.jobs import MAX_GUARANTEE_DAYS, JobStatus
from portal.domain.permissions import Permission
from portal.domain.proposals import MAX_PROPOSAL_DAYS
from portal.policy import current_actor
from portal.queries import jobs as queries
from portal.queries.filters import typed
from portal.services import jobs
from portal.services.jobs import JobInput

bp = Api("jobs", __name__, tag="Jobs")
Title = Annotated[str, Field(min_length=1, max_length=texts.NAME)]
Place = Annotated[str, Field(max_length=texts.NAME)]
Description = Annotated[str, Field(max_length=5_000)]
GuaranteeDays = Annotated[int, Field(ge=0, le=MAX_GUARANTEE_DAYS)]
ProposalDays = Annotated[int, Field(ge=1, le=MAX_PROPOSAL_DAYS)]


class JobBody(Body):
    """A new job; platform admins name the hiring company."""

    title: Title
    fee_percentage: Annotated[Percentage, To("fee_bp")]
    description: Description = ""
    location: Place = ""
    currency: Currency = "USD"
    salary_min: Annotated[Money | None, To("salary_min_minor")] = None
    salary_max: Annotated[Money | None, To("salary_max_minor")] = None
    guarantee_days: GuaranteeDays | None = None
    proposal_days: ProposalDays | None = None
    status: JobStatus | None = None
    company_id: Id | None = None


class JobChange(Body):
    """Fields to change; those left out stay unchanged. Send `version` to avoid overwriting someone else's change."""

    title: Title = ABSENT
    fee_percentage: Annotated[Percentage, To("fee_bp")] = ABSENT
    description: Description = ABSENT
    location: Place = ABSENT
    currency: Currency = ABSENT
    salary_min: Annotated[Money | None, To("salary_min_minor")] = None
    salary_max: Annotated[Money | None, To("salary_max_minor")] = None
    guarantee_days: GuaranteeDays | None = None
    proposal_days: ProposalDays | None = None
    status: JobStatus = ABSENT
    version: Annotated[int, Field(ge=1)] | None = None


class JobsQuery(PageQuery):
    """A part of title, location or company."""

    q: Annotated[str, Field(max_length=texts.NAME)] = ""
    status: JobStatus | None = None


@bp.reads("/jobs", Jobs, Permission.JOB_VIEW)
def list_jobs(query: JobsQuery) -> object:
    """List the jobs that the caller can see."""
    asked = {"q": typed(query.q) or None, "status": query.status}
    return queries.JOBS.slice(current_actor(), asked, before=query.cursor, size=query.limit)


@bp.changes("/jobs", Job, Permission.JOB_POST)
def post_job(body: JobBody) -> Created:
    """Post a job for the caller's company; platform admins name the company."""
    actor = current_actor()
    job_id = jobs.post(actor=actor, input=JobInput(**body.to_input(body.currency)))
    return Created(queries.detail(job_id, viewer=actor), f"/api/jobs/{job_id}")


@bp.reads("/jobs/<uuid:job_id>", Job, Permission.JOB_VIEW)
def get_job(job_id: uuid.UUID) -> queries.JobDetail:
    """Return a job."""
    return queries.detail(job_id, viewer=current_actor())


@bp.changes(
    "/jobs/<uuid:job_id>",
    Job,
    Permission.JOB_EDIT,
    "STALE_VERSION",
    "WRONG_STATE",
    "JOB_OVER",
    method="PATCH",
)
def change_job(job_id: uuid.UUID, body: JobChange) -> queries.JobDetail:
    """Update a job's details or status; closing it withdraws its open proposals."""
    actor = current_actor()
    if body.model_fields_set - {"version"} == {"status"}:
        jobs.change_status(job_id, actor=actor, status=body.status)
    else:
        present = queries.detail(job_id, viewer=actor)
        said = {name: getattr(present, name) for name in jobs.EDITED} | body.sent(body.currency or present.currency)
        version = said.pop("version", None) or present.version
        jobs.edit(job_id, actor=actor, input=JobInput(**said), version=version)
    return queries.detail(job_id, viewer=actor)
