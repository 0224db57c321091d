"""Candidates as pages and API show them: the list, one candidate, the proposals of one (domain.md §1, §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, exists, func, literal_column, null, select, union
from sqlalchemy.orm import aliased

from portal.access import visible
from portal.domain.errors import NotFound
from portal.domain.events import CandidateViewed
from portal.domain.ids import lowest_id
from portal.domain.ownership import EXPIRY_WARNING_DAYS, Badge, badge, days_remaining
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import (
    Candidate,
    CandidateOutreach,
    CandidateSourcer,
    Job,
    MarketplaceEvent,
    Organisation,
    Proposal,
    Recruiter,
    User,
)
from portal.queries import ownership
from portal.queries.ownership import Claim, Sourcer, current_claim
from portal.queries.paging import PAGE_SIZE, Page, cut

SEARCHED, WORDS = 100, 5
JOBS_OFFERED = 100
PROPOSALS_SHOWN = 50
PROTECTION_STATES = {"protected": "Protected", "expiring": "Ending in 30 days", "free": "Free"}
P = aliased(Proposal)


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """Hold what the list is narrowed to; `protection` is one of PROTECTION_STATES or empty."""

    q: str = ""
    mine: bool = False
    protection: str = ""

    @property
    def narrows(self) -> bool:
        """Tell whether anything is filtered."""
        return bool(self.q.strip() or self.mine or self.protection in PROTECTION_STATES)


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """Hold a line of the list; the days are those of the current protection."""

    id: uuid.UUID
    full_name: str
    title: str
    employer: str
    badge: Badge
    ends: datetime | None
    days: int
    days_gone: int
    days_left: int
    last_outreach: datetime | None
    open_proposals: int


@dataclass(frozen=True, slots=True)
class ProposalOfCandidate:
    """Hold a proposal of the candidate."""

    id: uuid.UUID
    job_id: uuid.UUID
    job_title: str
    company_name: str
    recruiter_name: str
    state: str
    proposed_at: datetime
    expires_at: datetime | None  # of an open one


@dataclass(frozen=True, slots=True)
class CandidateDetail:
    """Hold a candidate in full, whose it is, and what the viewer may do."""

    id: uuid.UUID
    full_name: str
    email: str
    phone: str | None
    location: str
    title: str
    employer: str
    linkedin_url: str | None
    skills: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    unsubscribed_at: datetime | None
    version: int
    added_by: str | None
    sourcer: Sourcer
    view_noted: bool
    can_edit: bool
    can_claim: bool
    can_record_outreach: bool
    can_propose: bool
    sees_outreach: bool
    jobs: tuple[tuple[uuid.UUID, str], ...]


# --- the list -------------------------------------------------------------------------------------------------


def listing(
    viewer: Actor,
    *,
    narrow: CandidateFilter | None = None,
    before: uuid.UUID | None = None,
    after: uuid.UUID | None = None,
    size: int = PAGE_SIZE,
) -> Page[CandidateRow]:
    """List the candidates that the viewer may see, the newest first; `before` goes to older ones, `after` to newer."""
    narrow = narrow or CandidateFilter()
    up = after is not None and before is None
    edge = after if up else before
    ids = _narrowed(viewer, narrow)
    ids = ids if narrow.narrows else ids.where(_reach(viewer, edge, size, up=up))
    if edge is not None:
        ids = ids.where(Candidate.id > edge if up else Candidate.id < edge)
    page = ids.order_by(Candidate.id if up else Candidate.id.desc()).limit(size + 1).subquery()
    query = _row_columns(viewer).join(page, page.c.id == Candidate.id).order_by(Candidate.id.desc())
    found = [_row(row, viewer) for row in reading().execute(query)]
    return _page(found, size, edge, up=up)


def _page(found: list[CandidateRow], size: int, edge: uuid.UUID | None, *, up: bool) -> Page[CandidateRow]:
    """Cut the row too many, which going up is the first one, and say where both directions go on."""
    rows, more = cut(found[::-1] if up else found, size)
    rows = rows[::-1] if up else rows
    if not rows:
        return Page(())
    older = rows[-1].id if more or up else None
    newer = rows[0].id if (more if up else edge is not None) else None
    return Page(rows, older=older, newer=newer)


def _narrowed(viewer: Actor, narrow: CandidateFilter) -> Select[uuid.UUID]:
    """Select the ids of the visible candidates that the filter leaves."""
    query = select(Candidate.id).where(visible(Candidate, viewer))
    for word in "".join(c if c.isprintable() else " " for c in narrow.q[:SEARCHED]).split()[:WORDS]:
        query = query.where(search_text().ilike(f"%{_literal(word)}%", escape="\\"))
    protected = (Claim.protection_expires_at > viewer.now,)
    if narrow.mine:
        query = query.where(_claimed(*protected, Claim.recruiter_id == viewer.recruiter_id))
    if narrow.protection == "protected":
        query = query.where(_claimed(*protected))
    if narrow.protection == "expiring":
        soon = viewer.now + timedelta(days=max(EXPIRY_WARNING_DAYS))
        query = query.where(_claimed(*protected, Claim.protection_expires_at <= soon))
    if narrow.protection == "free":
        query = query.where(~_claimed(*protected))
    return query


def _claimed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(current_claim(), *conditions).correlate(Candidate)


def search_text() -> ColumnElement[str]:
    """Give what the search looks at: the expression of the index ix_candidates_search."""
    space: ColumnElement[str] = literal_column("' '", Text)
    parts: ColumnElement[str] = Candidate.full_name.op("||")(space)
    for column in (Candidate.email, Candidate.title):
        parts = parts.op("||")(column).op("||")(space)
    return parts.op("||")(Candidate.employer)


def _literal(word: str) -> str:
    """Let a word mean itself in a LIKE pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _reach(viewer: Actor, edge: uuid.UUID | None, size: int, *, up: bool) -> ColumnElement[bool]:
    """Limit the rule of visibility to ids that indexes give in order, so that a page costs the same at any size.

    Every visible candidate of the page is among them: the page's own length from each way of being visible.
    """
    if viewer.scope(Permission.CANDIDATE_VIEW) is Scope.ANY:
        return literal_column("true")
    ways: list[Any] = []
    if viewer.recruiter_id is not None:
        ways = [
            (Candidate.id, Candidate.created_by_recruiter_id == viewer.recruiter_id),
            (CandidateSourcer.candidate_id, CandidateSourcer.recruiter_id == viewer.recruiter_id),
            (Proposal.candidate_id, Proposal.recruiter_id == viewer.recruiter_id),
        ]
    elif viewer.organisation_id is not None:
        accepted = (Proposal.company_id == viewer.organisation_id) & (Proposal.state == "accepted")
        ways = [(Proposal.candidate_id, accepted)]
    chosen = []
    for column, own in ways:
        ids = select(column.label("id")).where(own).distinct()
        if edge is not None:
            ids = ids.where(column > edge if up else column < edge)
        chosen.append(ids.order_by(column if up else column.desc()).limit(size + 1).subquery())
    return Candidate.id.in_(union(*(select(c.c.id) for c in chosen))) if chosen else literal_column("false")


def _row_columns(viewer: Actor) -> Select[Any]:
    """Select the columns of a row: the current claim, one's own last outreach and open proposals."""
    outreach = select(func.max(CandidateOutreach.sent_at)).where(CandidateOutreach.candidate_id == Candidate.id)
    proposals = select(func.count()).where(P.candidate_id == Candidate.id, P.state.in_(OPEN))
    if viewer.recruiter_id is not None:
        outreach = outreach.where(CandidateOutreach.recruiter_id == viewer.recruiter_id)
        proposals = proposals.where(P.recruiter_id == viewer.recruiter_id)
    elif viewer.scope(Permission.CANDIDATE_VIEW) is not Scope.ANY:
        outreach = outreach.where(literal_column("false"))  # companies never learn of outreach
        proposals = proposals.where(P.company_id == viewer.organisation_id)
    return (
        select(
            Candidate.id,
            Candidate.full_name,
            Candidate.title,
            Candidate.employer,
            Claim.recruiter_id.label("owner_id"),
            Claim.sourced_at.label("starts"),
            Claim.protection_expires_at.label("ends"),
            outreach.correlate(Candidate).scalar_subquery().label("last_outreach"),
            proposals.correlate(Candidate).scalar_subquery().label("open_proposals"),
        )
        .select_from(Candidate)
        .outerjoin(Claim, current_claim())
    )


def _row(row: Any, viewer: Actor) -> CandidateRow:
    mine = viewer.recruiter_id is not None and row.owner_id == viewer.recruiter_id
    days = (row.ends - row.starts).days if row.ends else 0
    left = days_remaining(row.ends, viewer.now) if row.ends else 0
    return CandidateRow(
        row.id,
        row.full_name,
        row.title,
        row.employer,
        badge(ends=row.ends, mine=mine, now=viewer.now),
        row.ends,
        days,
        max(0, days - left),
        left,
        row.last_outreach,
        row.open_proposals,
    )


# --- one candidate --------------------------------------------------------------------------------------------


def detail(viewer: Actor, candidate_id: uuid.UUID) -> CandidateDetail:
    """Give a candidate in full.

    Raises:
        NotFound: the viewer does not see the candidate.
    """
    adder = select(User.name).join(Recruiter, Recruiter.user_id == User.id)
    query = (
        select(
            *(getattr(Candidate, name) for name in _FIELDS),
            *ownership.OWNER_COLUMNS,
            ownership.owner_name().label("owner_name"),
            ownership.refused(viewer).label("refused"),
            adder.where(Recruiter.id == Candidate.created_by_recruiter_id).scalar_subquery().label("added_by"),
            Candidate.created_by_recruiter_id.label("adder_id"),
            _noted(viewer).label("view_noted"),
            _jobs(viewer).label("jobs"),
        )
        .select_from(Candidate)
        .outerjoin(Claim, current_claim())
        .where(Candidate.id == candidate_id, visible(Candidate, viewer))
    )
    row = reading().execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return _detail(row, viewer)


_FIELDS = (
    "id", "full_name", "email", "phone", "location", "title", "employer", "linkedin_url", "skills", "created_at",
    "updated_at", "unsubscribed_at", "version",
)  # fmt: skip


def _noted(viewer: Actor) -> ColumnElement[bool]:
    """Give the condition that this admin's look at the candidate is in today's log (UTC)."""
    midnight = viewer.now.replace(hour=0, minute=0, second=0, microsecond=0)
    seen = exists().where(
        MarketplaceEvent.actor_id == viewer.user_id,
        MarketplaceEvent.id >= lowest_id(midnight),
        MarketplaceEvent.type == CandidateViewed.type,
        MarketplaceEvent.candidate_id == Candidate.id,
    )
    return seen.correlate(Candidate) if _is_platform(viewer) else literal_column("true")


def _jobs(viewer: Actor) -> ColumnElement[Any]:
    """Select the open jobs that an outreach may be about, as JSON, in the same statement as the candidate."""
    if not viewer.recruiter_active:
        return null()
    offered = (
        select(Job.id, (Job.title + ", " + Organisation.name).label("title"))
        .join(Organisation, Organisation.id == Job.company_id)
        .where(Job.status == "active")
        .order_by(Job.title, Job.id)
        .limit(JOBS_OFFERED)
        .subquery()
    )
    listed = func.json_agg(func.json_build_array(offered.c.id, offered.c.title))
    return select(listed).select_from(offered).scalar_subquery()


def _detail(row: Any, viewer: Actor) -> CandidateDetail:
    held = ownership.to_sourcer(row, viewer)
    platform, recruits = _is_platform(viewer), viewer.recruiter_active
    open_to_viewer = recruits and (held.is_mine or not held.is_protected)
    knows_adder = platform or row.adder_id == viewer.recruiter_id
    return CandidateDetail(
        **{name: getattr(row, name) for name in _FIELDS if name != "skills"},
        skills=tuple(row.skills),
        added_by=row.added_by if knows_adder else None,
        sourcer=held,
        view_noted=row.view_noted,
        can_edit=platform or open_to_viewer,
        can_claim=not held.is_protected and (platform or recruits),
        can_record_outreach=open_to_viewer and row.unsubscribed_at is None,
        can_propose=recruits and held.is_mine,
        sees_outreach=platform or viewer.recruiter_id is not None,
        jobs=tuple((uuid.UUID(id), title) for id, title in row.jobs or ()),
    )


def _is_platform(viewer: Actor) -> bool:
    return viewer.scope(Permission.CANDIDATE_VIEW) is Scope.ANY


def proposals_of(viewer: Actor, candidate_id: uuid.UUID) -> tuple[ProposalOfCandidate, ...]:
    """List the proposals of a candidate that the viewer may see, the newest first."""
    query = (
        select(
            Proposal.id,
            Proposal.job_id,
            Job.title,
            Organisation.name,
            User.name,
            Proposal.state,
            Proposal.proposed_at,
            Proposal.expires_at,
        )
        .join(Job, Job.id == Proposal.job_id)
        .join(Organisation, Organisation.id == Proposal.company_id)
        .join(Recruiter, Recruiter.id == Proposal.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(Proposal.candidate_id == candidate_id, visible(Proposal, viewer))
        .order_by(Proposal.id.desc())
        .limit(PROPOSALS_SHOWN)
    )
    return tuple(ProposalOfCandidate(*row[:7], row[7] if row[5] in OPEN else None) for row in reading().execute(query))


def active_recruiters(viewer: Actor) -> tuple[tuple[uuid.UUID, str], ...]:
    """List the recruiters to whom the platform may give a sourcing credit, by name; none for anybody else."""
    if not _is_platform(viewer):
        return ()
    query = (
        select(Recruiter.id, User.name, Organisation.name)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .where(Recruiter.status == "active")
        .order_by(User.name, Recruiter.id)
        .limit(500)
    )
    return tuple((row[0], ", ".join(filter(None, row[1:]))) for row in reading().execute(query))
