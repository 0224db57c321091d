"""Jobs as the people concerned see them, with the proposals that they may count."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, lateral, or_, select, true

from portal import access
from portal.domain.errors import NotFound
from portal.domain.jobs import FOLLOWING, OVER, JobStatus
from portal.domain.permissions import Actor, OrganisationKind, Permission
from portal.domain.proposals import EXCLUSIVE
from portal.extensions import reading
from portal.models import Candidate, CandidateSourcer, Job, Organisation, PlatformSettings, Proposal
from portal.queries.paging import PAGE_SIZE, Page, cut
from portal.queries.proposals.detail import guarantee_days
from portal.queries.proposals.proposals import IS_OPEN

CHOICES = 200  # a select with more is of no use


@dataclass(frozen=True, slots=True)
class JobRow:
    """Hold one line of the list; the counts are of the proposals that the viewer may see."""

    id: uuid.UUID
    title: str
    company_name: str
    location: str
    currency: str
    salary_min_minor: int | None
    salary_max_minor: int | None
    fee_bp: int
    status: str
    created_at: datetime
    open_proposals: int
    accepted_proposals: int

    @property
    def is_open(self) -> bool:
        """Tell whether recruiters may propose for it."""
        return self.status == JobStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class JobDetail:
    """Hold a job with the proposals by state that the viewer may see, and the statuses it may be given."""

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
    guarantee_days: int | None
    proposal_days: int | None
    offered_guarantee_days: int
    offered_proposal_days: int
    status: str
    created_at: datetime
    updated_at: datetime
    version: int
    proposals: dict[str, int]
    may_edit: bool
    may_propose: bool
    next_statuses: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Tell whether it is filled or closed."""
        return self.status in OVER

    @property
    def open_proposals(self) -> int:
        """Count what waits for a decision."""
        return self.proposals.get("proposed", 0) + self.proposals.get("company_reviewing", 0)


@dataclass(frozen=True, slots=True)
class JobChoice:
    """Hold one entry of a select."""

    id: uuid.UUID
    title: str
    company_name: str


@dataclass(frozen=True, slots=True)
class CandidateChoice:
    """Hold a candidate whom the recruiter may propose, and until when."""

    id: uuid.UUID
    name: str
    title: str
    protected_until: datetime


_LISTED: tuple[Any, ...] = (
    Job.id, Job.title, Organisation.name, Job.location, Job.currency, Job.salary_min_minor, Job.salary_max_minor,
    Job.fee_bp, Job.status, Job.created_at,
)  # fmt: skip


def listing(
    viewer: Actor, *, q: str = "", status: str = "", before: uuid.UUID | None = None, size: int = PAGE_SIZE
) -> Page[JobRow]:
    """List the jobs that the viewer may see, newest first: by status, and by a part of title, place or company."""
    counts = _counts(viewer)
    query = (
        select(*_LISTED, counts.c.open, counts.c.accepted)
        .join(Organisation, Organisation.id == Job.company_id)
        .join(counts, true())
        .where(access.visible(Job, viewer), *_matching(q, status))
        .order_by(Job.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        query = query.where(Job.id < before)
    rows, more = cut([JobRow(*tuple[Any, ...](row)) for row in reading().execute(query)], size)
    return Page(rows, older=rows[-1].id if more else None)


def _counts(viewer: Actor) -> Any:
    """Count the open and accepted proposals of each job that the viewer may see."""
    return lateral(
        select(
            func.count().filter(IS_OPEN).label("open"),
            func.count().filter(Proposal.state == "accepted").label("accepted"),
        )
        .where(Proposal.job_id == Job.id, Proposal.state.in_(EXCLUSIVE), access.visible(Proposal, viewer))
        .correlate(Job)
    )


def _matching(q: str, status: str) -> list[ColumnElement[bool]]:
    wanted = list[ColumnElement[bool]]()
    if status:
        wanted.append(Job.status == status)
    if q:
        part = func.lower(q)
        columns = (Job.title, Job.location, Organisation.name)
        wanted.append(or_(*(func.strpos(func.lower(column), part) > 0 for column in columns)))
    return wanted


def detail(job_id: uuid.UUID, *, viewer: Actor) -> JobDetail:
    """Give a job that the viewer may see.

    Raises:
        NotFound: there is none, or it is another company's.
    """
    by_state = (
        select(Proposal.state, func.count().label("count"))
        .where(Proposal.job_id == Job.id, access.visible(Proposal, viewer))
        .group_by(Proposal.state)
        .correlate(Job)
        .subquery()
    )
    tally = select(func.jsonb_object_agg(by_state.c.state, by_state.c.count)).scalar_subquery()
    query = _detail_query().add_columns(tally.label("proposals")).where(Job.id == job_id, access.visible(Job, viewer))
    row = reading().execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return _to_detail(row, viewer)


def title_of(job_id: uuid.UUID, *, viewer: Actor) -> str:
    """Give the title of a job that the viewer may see.

    Raises:
        NotFound: there is none, or it is another company's.
    """
    query = select(Job.title).where(Job.id == job_id, access.visible(Job, viewer))
    title = reading().execute(query).scalar_one_or_none()
    if title is None:
        raise NotFound()
    return title


_AS_THEY_ARE = (
    "id", "company_id", "title", "description", "location", "currency", "salary_min_minor", "salary_max_minor",
    "fee_bp", "guarantee_days", "proposal_days", "status", "created_at", "updated_at", "version",
)  # fmt: skip


def _detail_query() -> Select[Any]:
    return (
        select(
            *(getattr(Job, name) for name in _AS_THEY_ARE),
            Organisation.name.label("company_name"),
            guarantee_days().label("offered_guarantee_days"),
            func.coalesce(Job.proposal_days, PlatformSettings.proposal_days).label("offered_proposal_days"),
        )
        .join(Organisation, Organisation.id == Job.company_id)
        .join(PlatformSettings, PlatformSettings.id == 1)
    )


def _to_detail(row: Row[Any], viewer: Actor) -> JobDetail:
    values = dict(row._mapping)
    values["proposals"] = values["proposals"] or {}
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
        query = query.where(~_proposed(Proposal.candidate_id == candidate_id, Proposal.job_id == Job.id))
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
        query = query.where(~_proposed(Proposal.candidate_id == Candidate.id, Proposal.job_id == job_id))
    return tuple(CandidateChoice(*row) for row in reading().execute(query))


def _proposed(*pair: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(*pair, Proposal.state.in_(EXCLUSIVE))
