"""Jobs (domain.md §1): a company posts them, edits them, and ends them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from portal import access
from portal.domain import money, texts
from portal.domain.errors import Conflict, InvalidInput, StaleVersion
from portal.domain.events import JobChanged, JobPosted
from portal.domain.jobs import FIRST, MAX_GUARANTEE_DAYS, OVER, STATUS_LABELS, JobStatus, check_change
from portal.domain.permissions import Actor, OrganisationKind, Permission, Scope
from portal.domain.proposals import MAX_PROPOSAL_DAYS
from portal.models import Job, Organisation, Proposal
from portal.services import proposals_in_bulk
from portal.services.billing import terms
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work
from portal.wording.writing import plural

EDITED = (
    "title", "description", "location", "currency", "salary_min_minor", "salary_max_minor", "fee_bp",
    "guarantee_days", "proposal_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JobInput:
    """What a company says about a job; money in minor units, the fee in basis points.

    `status` None keeps the status (a new job is active); `company_id` is for platform admins, who post for others.
    """

    title: str
    fee_bp: int
    description: str = ""
    location: str = ""
    currency: str = "USD"
    salary_min_minor: int | None = None
    salary_max_minor: int | None = None
    guarantee_days: int | None = None
    proposal_days: int | None = None
    status: str | None = None
    company_id: uuid.UUID | None = None

    def checked(self) -> JobInput:
        """Return the input with its texts cleaned.

        Raises:
            InvalidInput: all fields that are wrong, each with what to do.
        """
        wrong, clean = dict[str, str](), dict[str, Any]()
        for name, most, least in (("title", texts.NAME, 1), ("location", texts.NAME, 0), ("description", 5_000, 0)):
            try:
                clean[name] = texts.clean(name, getattr(self, name), most=most, least=least, multiline=most > 1_000)
            except InvalidInput as error:
                wrong |= error.fields
        wrong |= _wrong_numbers(self)
        if wrong:
            raise InvalidInput("Some fields need changes.", fields=wrong)
        return replace(self, **clean)


def _wrong_numbers(job: JobInput) -> dict[str, str]:
    wrong = dict[str, str]()
    if not 0 < job.fee_bp <= money.WHOLE_BP:
        wrong["fee_bp"] = "Enter a fee above 0% and up to 100% of the salary."
    if job.currency not in money.CURRENCIES:
        wrong["currency"] = "Choose a currency."
    for name in ("salary_min_minor", "salary_max_minor"):
        if refusal := money.optional_salary_refusal(getattr(job, name)):
            wrong[name] = refusal
    low, high = job.salary_min_minor, job.salary_max_minor
    if low is not None and high is not None and low > high:
        wrong.setdefault("salary_max_minor", "The highest salary can’t be below the lowest.")
    if job.guarantee_days is not None and not 0 <= job.guarantee_days <= MAX_GUARANTEE_DAYS:
        wrong["guarantee_days"] = f"Enter 0 to {MAX_GUARANTEE_DAYS} days, or leave this blank."
    if job.proposal_days is not None and not 1 <= job.proposal_days <= MAX_PROPOSAL_DAYS:
        wrong["proposal_days"] = f"Enter 1 to {MAX_PROPOSAL_DAYS} days, or leave this blank."
    if job.status is not None and job.status not in set(JobStatus):
        wrong["status"] = "Choose a status."
    return wrong


def post(*, actor: Actor, input: JobInput) -> uuid.UUID:
    """Enter a job for the actor's company, as a draft or open to proposals, and return its id.

    Raises:
        NotPermitted: the actor posts no jobs.
        InvalidInput: some fields are wrong.
    """
    access.require(actor, Permission.JOB_POST)
    said = input.checked()
    status = said.status or JobStatus.ACTIVE
    if status not in FIRST:
        raise InvalidInput.field("status", "Post the job as active or as a draft.")
    with unit_of_work(actor) as uow:
        job = Job(
            company_id=_company(uow, said),
            status=status,
            created_by=actor.user_id,
            updated_at=uow.now,
            **{name: getattr(said, name) for name in EDITED},
        )
        uow.add(job)
        agreed = terms.for_job(uow, job).terms
        fee = {name: getattr(agreed, name) for name in ("fee_bp", "flat_fee_minor", "currency")}
        uow.record(JobPosted(organisation_id=job.company_id, job_id=job.id, status=job.status, **fee))
        return job.id


def _company(uow: UnitOfWork, said: JobInput) -> uuid.UUID:
    """Return the company a job is posted for: the actor's own, or the one a platform admin names."""
    if uow.actor.scope(Permission.JOB_POST) is Scope.COMPANY:
        assert uow.actor.organisation_id is not None  # a role is held in an organization
        if said.company_id is not None:
            raise InvalidInput.field("company_id", "Leave this out: you can only post jobs for your own company.")
        return uow.actor.organisation_id
    kind = uow.session.scalar(select(Organisation.kind).where(Organisation.id == said.company_id))
    if kind != OrganisationKind.COMPANY or said.company_id is None:
        raise InvalidInput.field("company_id", "Choose the hiring company.")
    return said.company_id


def edit(job_id: uuid.UUID, *, actor: Actor, input: JobInput, version: int | None) -> uuid.UUID:
    """Change what a job says; `version` is the one the editor saw.

    Raises:
        Conflict: the job is over, or its currency is fixed.
        InvalidInput: some fields are wrong.
    """
    said = input.checked()
    with unit_of_work(actor) as uow:
        job = uow.load(Job, job_id, Permission.JOB_EDIT)
        check_version(job.version, version)
        if job.status in OVER:
            raise Conflict(f"This job is {STATUS_LABELS[JobStatus(job.status)]}; reopen it first.", code="JOB_OVER")
        if said.currency != job.currency and job.status != JobStatus.DRAFT:
            raise InvalidInput.field(
                "currency", f"This job was posted in {job.currency}. The currency can’t be changed."
            )
        changed = tuple(name for name in EDITED if getattr(said, name) != getattr(job, name))
        if "fee_bp" in changed:
            terms.refuse_other_fee(uow, job, said.fee_bp)
        for name in changed:
            setattr(job, name, getattr(said, name))
        if said.status is not None and said.status != job.status:
            _set_status(uow, job, said.status)
            changed = (*changed, "status")
        if changed:
            _touch(uow, job, changed)
        return job.id


def change_status(job_id: uuid.UUID, *, actor: Actor, status: str, seen: int | None = None) -> int:
    """Open, pause, fill or close a job and count the open proposals that were withdrawn with it.

    `seen` is how many the form named.

    Raises:
        StaleVersion: more have come in since.
        WrongState: the present status does not lead there.
        InvalidInput: there is no such status.
    """
    if status not in set(JobStatus):
        raise InvalidInput.field("status", "Choose a status.")
    with unit_of_work(actor) as uow:
        job = uow.load(Job, job_id, Permission.JOB_EDIT)
        withdrawn = _set_status(uow, job, status)
        if seen is not None and withdrawn > seen:
            raise StaleVersion(
                f"{plural(withdrawn - seen, 'more proposal has', 'more proposals have')} come in since you opened this."
                " Nothing was changed; look at the open proposals, then choose again."
            )
        _touch(uow, job, ("status",))
        return withdrawn


def _set_status(uow: UnitOfWork, job: Job, wanted: str) -> int:
    job.status = check_change(job.status, wanted)
    if job.status not in OVER:
        return 0
    return proposals_in_bulk.withdraw_open(uow, Proposal.job_id == job.id, cause="job_closed")


def _touch(uow: UnitOfWork, job: Job, changed: tuple[str, ...]) -> None:
    job.version, job.updated_at = job.version + 1, uow.now
    uow.record(JobChanged(organisation_id=job.company_id, job_id=job.id, changed=changed, status=job.status))
