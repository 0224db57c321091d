"""Jobs: list, post, read and change."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import Field

from portal.answers.jobs import Job, Jobs
from portal.api.endpoint import Api, Created
from portal.api.types import ABSENT, Body, Id, Limit, Money, Percentage, Query
from portal.domain import money, texts
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
Currency = Annotated[str, Field(json_schema_extra={"enum": list(money.CURRENCIES)}, max_length=3)]
NAMES = {"fee_bp": "fee_percentage", "salary_min_minor": "salary_min", "salary_max_minor": "salary_max"}


class JobBody(Body):
    """A new job; platform admins name the hiring company."""

    title: Title
    fee_percentage: Percentage
    description: Description = ""
    location: Place = ""
    currency: Currency = "USD"
    salary_min: Money | None = None
    salary_max: Money | None = None
    guarantee_days: GuaranteeDays | None = None
    proposal_days: ProposalDays | None = None
    status: JobStatus | None = None
    company_id: Id | None = None


class JobChange(Body):
    """Fields to change; those left out stay unchanged. Send `version` to avoid overwriting someone else's change."""

    title: Title = ABSENT
    fee_percentage: Percentage = ABSENT
    description: Description = ABSENT
    location: Place = ABSENT
    currency: Currency = ABSENT
    salary_min: Money | None = None
    salary_max: Money | None = None
    guarantee_days: GuaranteeDays | None = None
    proposal_days: ProposalDays | None = None
    status: JobStatus = ABSENT
    version: Annotated[int, Field(ge=1)] | None = None


class JobsQuery(Query):
    """A part of title, location or company."""

    q: Annotated[str, Field(max_length=texts.NAME)] = ""
    status: JobStatus | None = None
    cursor: Id | None = None
    limit: Limit = 50


def _minor(given: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return what was sent as the service takes it."""
    said = {name: value for name, value in given.items() if name not in NAMES.values()}
    for name in ("salary_min", "salary_max"):
        if name in given and currency in money.DECIMALS:
            said[f"{name}_minor"] = None if given[name] is None else money.to_minor(given[name], currency, field=name)
    if "fee_percentage" in given:
        said["fee_bp"] = money.percent_to_bp(given["fee_percentage"])
    return said


@bp.reads("/jobs", Jobs, Permission.JOB_VIEW)
def list_jobs(query: JobsQuery) -> object:
    """List the jobs that the caller can see."""
    asked = {"q": typed(query.q) or None, "status": query.status}
    return queries.JOBS.slice(current_actor(), asked, before=query.cursor, size=query.limit)


@bp.changes("/jobs", Job, Permission.JOB_POST, names=NAMES)
def post_job(body: JobBody) -> Created:
    """Post a job for the caller's company; platform admins name the company."""
    actor = current_actor()
    job_id = jobs.post(actor=actor, input=JobInput(**_minor(body.model_dump(exclude_none=True), body.currency)))
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
    names=NAMES,
)
def change_job(job_id: uuid.UUID, body: JobChange) -> queries.JobDetail:
    """Update a job's details or status; closing it withdraws its open proposals."""
    actor = current_actor()
    given = body.model_dump(exclude_unset=True, exclude={"version"})
    if given.keys() == {"status"}:
        jobs.change_status(job_id, actor=actor, status=given["status"])
    else:
        present = queries.detail(job_id, viewer=actor)
        stands = {name: getattr(present, name) for name in jobs.EDITED}
        said = {**stands, **_minor(given, given.get("currency", present.currency))}
        jobs.edit(job_id, actor=actor, input=JobInput(**said), version=body.version or present.version)
    return queries.detail(job_id, viewer=actor)
