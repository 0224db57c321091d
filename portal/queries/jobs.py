"""Jobs as the people concerned see them, with the proposals that they may count."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    exists,
    func,
    lateral,
    literal_column,
    select,
    true,
)

from portal import access
from portal.domain.errors import existing
from portal.domain.jobs import FOLLOWING, OVER, JobStatus
from portal.domain.permissions import Actor, OrganisationKind, Permission, Scope
from portal.domain.proposals import EXCLUSIVE
from portal.domain.proposals import OPEN as OPEN_PROPOSALS
from portal.extensions import reading
from portal.models import Candidate, CandidateSourcer, Job, Organisation, PlatformSettings, Proposal
from portal.queries import places
from portal.queries.billing.fees import flat_fee_of_job, percentage_of_job
from portal.queries.candidates.records import is_of
from portal.queries.filters import Choice, Days, Search
from portal.queries.guarantee_terms import offered_days
from portal.queries.list_parts import HIGHEST, NEWEST, Cell, Column, Sort, in_major, in_percent
from portal.queries.lists import NOBODY, Listing, as_selected
from portal.queries.prepared import prepared
from portal.queries.proposals import shortlists
from portal.queries.proposals.proposals import IS_OPEN

CHOICES = 200  # a select with more is of no use


@dataclass(frozen=True, slots=True)
class JobRow:
    """One line of the list; the counts are of the proposals that the viewer may see."""

    id: uuid.UUID
    title: str
    company_name: str
    location: str
    currency: str
    salary_min_minor: int | None
    salary_max_minor: int | None
    offered_fee_bp: int | None
    flat_fee_minor: int | None
    status: str
    created_at: datetime
    open_proposals: int
    accepted_proposals: int

    @property
    def is_open(self) -> bool:
        """Return whether recruiters may propose for it."""
        return self.status == JobStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with the proposals by state that the viewer may see, and the statuses it may be given.

    `fee_bp` is what the job says itself; what is charged is the offered percentage or the flat fee, by its terms.
    """

    id: uuid.UUID
    company_id: uuid.UUID
    company_name: str
    title: str
    description: str
    location: str
    currency: str
    salary_min_minor: int | None
    salary_max_minor: int | None
    fee_bp: int
    offered_fee_bp: int | None
    flat_fee_minor: int | None
    guarantee_days: int | None
    proposal_days: int | None
    offered_guarantee_days: int
    offered_proposal_days: int
    status: str
    created_at: datetime
    updated_at: datetime
    version: int
    proposals: dict[str, int]
    shortlist: tuple[uuid.UUID, ...]  # of the open proposals, soonest deadline first; empty to recruiters
    may_edit: bool
    may_propose: bool
    next_statuses: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Return whether it is filled or closed."""
        return self.status in OVER

    @property
    def open_proposals(self) -> int:
        """Count what waits for a decision."""
        return sum(self.proposals.get(state, 0) for state in OPEN_PROPOSALS)


@dataclass(frozen=True, slots=True)
class JobChoice:
    id: uuid.UUID
    title: str
    company_name: str


@dataclass(frozen=True, slots=True)
class CandidateChoice:
    """A candidate whom the recruiter may propose, and until when."""

    id: uuid.UUID
    name: str
    title: str
    protected_until: datetime


_LISTED: tuple[Any, ...] = (
    Job.id, Job.title, Organisation.name, Job.location, Job.currency, Job.salary_min_minor, Job.salary_max_minor,
    percentage_of_job(), flat_fee_of_job(), Job.status, Job.created_at,
)  # fmt: skip


def _among(viewer: Actor) -> Select[Any]:
    return select(Job.id).where(access.visible(Job, viewer))


def _among_few(viewer: Actor) -> Select[Any]:
    return select(Job.id).where(access.visible_among_few(Job, viewer))


def _shows(viewer: Actor) -> Select[Any]:
    counts = _counts(viewer)
    listed = select(*_LISTED, counts.c.open, counts.c.accepted).select_from(Job)
    return listed.join(Organisation, Organisation.id == Job.company_id).join(counts, true())


def _counts(viewer: Actor) -> Any:
    """Count the open and accepted proposals of each job that the viewer may see."""
    return lateral(
        select(
            func.count().filter(IS_OPEN).label("open"),
            func.count().filter(Proposal.state == "accepted").label("accepted"),
        )
        .where(Proposal.job_id == Job.id, Proposal.state.in_(EXCLUSIVE), access.visible_among_few(Proposal, viewer))
        .correlate(Job)
    )


def _runs_jobs(viewer: Actor) -> bool:
    """Return whether the viewer sees jobs that are not open, and so chooses among statuses."""
    return viewer.has(Permission.JOB_POST) or viewer.scope(Permission.JOB_VIEW) is Scope.COMPANY


JOBS = Listing(
    name="jobs",
    noun=("job", "jobs"),
    path="/jobs",
    looked_at=NOBODY,
    id=Job.id,
    among=_among,
    among_few=_among_few,
    shows=_shows,
    make=as_selected(JobRow),
    filters=(
        Search("q", "Title, location or company", of=(places.job_text(Job.id), places.company(Job.company_id))),
        Choice(
            "status",
            "Status",
            options={JobStatus.ACTIVE: "Open", **{s: s.capitalize() for s in JobStatus if s != JobStatus.ACTIVE}},
            on=lambda status: Job.status == status,
            offered=_runs_jobs,
        ),
        Days("posted", "Posted", on=Job.id, more=True),
    ),
    sorts=(
        Sort("posted", "Posted", Job.id, NEWEST, falls=True),
        Sort("title", "Job", func.lower(Job.title, type_=Text)),
        Sort(
            "salary",
            "Salary",
            func.coalesce(Job.salary_max_minor, Job.salary_min_minor, literal_column("0")),
            HIGHEST,
            falls=True,
        ),
        Sort("fee", "Fee", func.coalesce(percentage_of_job(), literal_column("0", BigInteger)), HIGHEST, falls=True),
    ),
    columns=(
        Column("Job", sort="title"),
        Column("Salary", "n", sort="salary"),
        Column("Fee", "n", sort="fee"),
        Column("Open proposals", "n only-l"),
        Column("Accepted", "n only-l"),
        Column("Posted", "only-l", sort="posted"),
        Column("Status"),
    ),
    cells=(
        Cell("Job", lambda row: row.title),
        Cell("Company", lambda row: row.company_name),
        Cell("Location", lambda row: row.location),
        Cell("Currency", lambda row: row.currency),
        Cell("Salary from", in_major(lambda row: row.salary_min_minor)),
        Cell("Salary to", in_major(lambda row: row.salary_max_minor)),
        Cell("Fee %", in_percent(lambda row: row.offered_fee_bp)),
        Cell("Flat fee", in_major(lambda row: row.flat_fee_minor)),
        Cell("Open proposals", lambda row: row.open_proposals),
        Cell("Accepted proposals", lambda row: row.accepted_proposals),
        Cell("Posted", lambda row: row.created_at, is_time=True),
        Cell("Status", lambda row: row.status),
    ),
)


def detail(job_id: uuid.UUID, *, viewer: Actor) -> JobDetail:
    row = existing(_selected(viewer, job=job_id).one_or_none())
    return _to_detail(row, viewer)


def _proposals_by_state(viewer: Actor) -> ColumnElement[Any]:
    """Count a job's proposals that the viewer may see by state, as JSON."""
    by_state = (
        select(Proposal.state, func.count().label("count"))
        .where(Proposal.job_id == Job.id, access.visible_among_few(Proposal, viewer))
        .group_by(Proposal.state)
        .correlate(Job)
        .subquery()
    )
    return select(func.jsonb_object_agg(by_state.c.state, by_state.c.count)).scalar_subquery()


def title_of(job_id: uuid.UUID, *, viewer: Actor) -> str:
    title: str = existing(_title(viewer, job=job_id).scalar_one_or_none())
    return title


@prepared
def _title(viewer: Actor) -> Select[*tuple[str]]:
    return select(Job.title).where(Job.id == bindparam("job"), access.visible(Job, viewer))


_AS_THEY_ARE = tuple(f.name for f in fields(JobDetail) if f.name in Job.__table__.columns)


@prepared
def _selected(viewer: Actor) -> Select[Any]:
    return (
        select(
            *(getattr(Job, name) for name in _AS_THEY_ARE),
            Organisation.name.label("company_name"),
            percentage_of_job().label("offered_fee_bp"),
            flat_fee_of_job().label("flat_fee_minor"),
            offered_days().label("offered_guarantee_days"),
            func.coalesce(Job.proposal_days, PlatformSettings.proposal_days).label("offered_proposal_days"),
            _proposals_by_state(viewer).label("proposals"),
            shortlists.of_job(viewer).label("shortlist"),
        )
        .join(Organisation, Organisation.id == Job.company_id)
        .join(PlatformSettings, PlatformSettings.id == 1)
        .where(Job.id == bindparam("job"), access.visible(Job, viewer))
    )


def _to_detail(row: Row[Any], viewer: Actor) -> JobDetail:
    values = dict(row._mapping)
    values["proposals"] = values["proposals"] or {}
    values["shortlist"] = tuple(values["shortlist"] or ())
    may_edit = access.allows(viewer, Job(company_id=row.company_id), Permission.JOB_EDIT)
    return JobDetail(
        **values,
        may_edit=may_edit,
        may_propose=viewer.recruiter_active and row.status == JobStatus.ACTIVE,
        next_statuses=tuple(map(str, FOLLOWING[JobStatus(row.status)])) if may_edit else (),
    )


def companies() -> tuple[tuple[uuid.UUID, str], ...]:
    """List the companies that a platform admin may post a job for, by name."""
    query = select(Organisation.id, Organisation.name).where(Organisation.kind == OrganisationKind.COMPANY)
    return tuple((row.id, row.name) for row in reading().execute(query.order_by(Organisation.name)))


def proposable(
    viewer: Actor, *, candidate_id: uuid.UUID | None = None, chosen: uuid.UUID | None = None
) -> tuple[JobChoice, ...]:
    """List the newest open jobs for which a candidate is not proposed yet; the chosen one comes first."""
    query = (
        select(Job.id, Job.title, Organisation.name)
        .join(Organisation, Organisation.id == Job.company_id)
        .where(access.visible(Job, viewer), Job.status == JobStatus.ACTIVE)
        .order_by((Job.id == chosen).desc(), Job.id.desc())
        .limit(CHOICES)
    )
    if candidate_id is not None:
        query = query.where(~_proposed(is_of(Proposal.candidate_id, candidate_id), Proposal.job_id == Job.id))
    return tuple(JobChoice(*row) for row in reading().execute(query))


def candidates_for(
    viewer: Actor, *, job_id: uuid.UUID | None = None, chosen: uuid.UUID | None = None
) -> tuple[CandidateChoice, ...]:
    """List the candidates on whom the recruiter holds a live claim and who are not proposed for a job yet, by name."""
    query = (
        select(Candidate.id, Candidate.full_name, Candidate.title, CandidateSourcer.protection_expires_at)
        .join(CandidateSourcer, CandidateSourcer.candidate_id == Candidate.id)
        .where(
            CandidateSourcer.recruiter_id == viewer.recruiter_id,
            CandidateSourcer.is_current,
            CandidateSourcer.protection_expires_at > viewer.now,
        )
        .order_by((Candidate.id == chosen).desc(), Candidate.full_name, Candidate.id)
        .limit(CHOICES)
    )
    if job_id is not None:
        query = query.where(~_proposed(is_of(Proposal.candidate_id, Candidate.id), Proposal.job_id == job_id))
    return tuple(CandidateChoice(*row) for row in reading().execute(query))


def _proposed(*pair: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(*pair, Proposal.state.in_(EXCLUSIVE))
