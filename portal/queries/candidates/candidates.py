"""One candidate as pages and API show it, with its proposals; the list is in candidate_list (domain.md §1, §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.access import visible
from portal.domain import disputes
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission
from portal.domain.profiles import Profile
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Candidate, Job, Organisation, Proposal, Recruiter, User
from portal.queries.candidates import attachments, ownership
from portal.queries.candidates.attachments import AttachmentLine
from portal.queries.candidates.ownership import Claim, Sourcer, current_claim
from portal.queries.candidates.records import opted_out
from portal.queries.disputes import holding
from portal.queries.prepared import prepared

JOBS_OFFERED = 100
PROPOSALS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ProposalOfCandidate:
    id: uuid.UUID
    job_id: uuid.UUID
    job_title: str
    company_name: str
    recruiter_name: str
    state: str
    proposed_at: datetime
    expires_at: datetime | None  # of an open one


class SecondRecord(NamedTuple):
    """Another record of the same person, which was merged into this one."""

    id: uuid.UUID
    full_name: str
    email: str


@dataclass(frozen=True, slots=True)
class CandidateDetail:
    """A candidate in full, whose it is, and what the viewer may do."""

    id: uuid.UUID
    full_name: str
    email: str
    phone: str | None
    location: str
    title: str
    employer: str
    linkedin_url: str | None
    skills: tuple[str, ...]
    profile: Profile
    attachments: tuple[AttachmentLine, ...]
    created_at: datetime
    updated_at: datetime
    unsubscribed_at: datetime | None
    version: int
    added_by: str | None
    sourcer: Sourcer
    can_edit: bool
    can_claim: bool
    can_record_outreach: bool
    can_propose: bool
    sees_outreach: bool
    merged_at: datetime | None
    merged_into_id: uuid.UUID | None  # for whoever sees every candidate
    second_records: tuple[SecondRecord, ...]  # for whoever sees every candidate
    can_merge: bool
    dispute_id: uuid.UUID | None  # of the case about the sourcing credit, if the viewer may see it
    may_dispute: bool  # a credit that is the viewer's and contested, or that the viewer contests

    @property
    def protected_until(self) -> datetime | None:
        return self.sourcer.protection_expires_at if self.sourcer.is_protected else None


def detail(viewer: Actor, candidate_id: uuid.UUID) -> CandidateDetail:
    row = existing(_selected(viewer, candidate=candidate_id).one_or_none())
    return _detail(row, viewer)


@prepared
def _selected(viewer: Actor) -> Select[Any]:
    adder = select(User.name).join(Recruiter, Recruiter.user_id == User.id)
    return (
        select(
            *(getattr(Candidate, name) for name in (*_FIELDS, *PROFILE) if name != "unsubscribed_at"),
            opted_out().label("unsubscribed_at"),
            *ownership.OWNER_COLUMNS,
            ownership.owner_name().label("owner_name"),
            ownership.refused(viewer).label("refused"),
            adder.where(Recruiter.id == Candidate.created_by_recruiter_id).scalar_subquery().label("added_by"),
            Candidate.created_by_recruiter_id.label("adder_id"),
            attachments.gathered().label("files"),
            ownership.IS_MERGED,
            _second_records(viewer).label("second_records"),
            holding.held_by(viewer, Claim.id).label("dispute_id"),
            ownership.contested_at(viewer).label("contested_at"),
        )
        .select_from(Candidate)
        .outerjoin(Claim, current_claim())
        .where(Candidate.id == bindparam("candidate"), visible(Candidate, viewer))
    )


PROFILE = tuple(field.name for field in fields(Profile))
_FIELDS = (
    "id", "full_name", "email", "phone", "location", "title", "employer", "linkedin_url", "skills", "created_at",
    "updated_at", "unsubscribed_at", "merged_at", "merged_into_id", "version",
)  # fmt: skip


def profile_of(row: Any) -> Profile:
    return Profile(
        **{name: getattr(row, name) for name in PROFILE if name != "languages"}, languages=tuple(row.languages)
    )


def _second_records(viewer: Actor) -> ColumnElement[Any]:
    """Select what was merged into the candidate, as JSON, in the same statement."""
    if not access.sees_every_candidate(viewer):
        return null()
    second = aliased(Candidate)
    listed = func.json_agg(
        aggregate_order_by(func.json_build_array(second.id, second.full_name, second.email), second.id)
    )
    return select(listed).where(second.merged_into_id == Candidate.id).correlate(Candidate).scalar_subquery()


def _detail(row: Any, viewer: Actor) -> CandidateDetail:
    held = ownership.to_sourcer(row, viewer)
    platform, recruits = access.sees_every_candidate(viewer), viewer.recruiter_active and not row.merged
    open_to_viewer = recruits and (held.is_mine or not held.is_protected)
    knows_adder = platform or row.adder_id == viewer.recruiter_id
    return CandidateDetail(
        **{name: getattr(row, name) for name in _FIELDS if name not in {"skills", "merged_into_id"}},
        skills=tuple(row.skills),
        profile=profile_of(row),
        attachments=attachments.lines(row.files),
        added_by=row.added_by if knows_adder else None,
        sourcer=held,
        can_edit=(platform and not row.merged) or open_to_viewer,
        can_claim=not held.is_protected and ((platform and not row.merged) or recruits),
        can_record_outreach=open_to_viewer and row.unsubscribed_at is None,
        can_propose=recruits and held.is_mine,
        sees_outreach=platform or viewer.recruiter_id is not None,
        merged_into_id=row.merged_into_id if platform else None,
        second_records=tuple(SecondRecord(uuid.UUID(id), *rest) for id, *rest in row.second_records or ()),
        can_merge=viewer.has(Permission.CANDIDATE_MERGE) and not row.merged,
        dispute_id=row.dispute_id,
        may_dispute=row.dispute_id is None and _may_dispute(row.contested_at, viewer),
    )


def _may_dispute(contested_at: datetime | None, viewer: Actor) -> bool:
    """Return whether the viewer may open a case about the sourcing credit (disputes.md §1)."""
    if contested_at is None or not viewer.has(Permission.DISPUTE_OPEN):
        return False
    return disputes.may_open(contested_at, viewer.now, viewer.time_zone)


def proposals_of(viewer: Actor, candidate_id: uuid.UUID) -> tuple[ProposalOfCandidate, ...]:
    """List the proposals of a candidate that the viewer may see, the newest first."""
    return tuple(ProposalOfCandidate(*row) for row in _proposals(viewer, candidate=candidate_id))


@prepared
def _proposals(viewer: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Proposal.id, Proposal.job_id, Job.title, Organisation.name, User.name, Proposal.state)
        .add_columns(Proposal.proposed_at, case((Proposal.state.in_(OPEN), Proposal.expires_at)))
        .join(Job, Job.id == Proposal.job_id)
        .join(Organisation, Organisation.id == Proposal.company_id)
        .join(Recruiter, Recruiter.id == Proposal.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(Proposal.candidate_id == bindparam("candidate"), visible(Proposal, viewer), access.names(viewer))
        .order_by(Proposal.id.desc())
        .limit(PROPOSALS_SHOWN)
    )


def jobs_offered(viewer: Actor) -> tuple[tuple[uuid.UUID, str], ...]:
    """List the open jobs that an outreach may be about, by title."""
    if not viewer.recruiter_active:
        return ()
    query = (
        select(Job.id, Job.title + ", " + Organisation.name)
        .join(Organisation, Organisation.id == Job.company_id)
        .where(Job.status == "active")
        .order_by(Job.title, Job.id)
        .limit(JOBS_OFFERED)
    )
    return tuple((row[0], row[1]) for row in reading().execute(query))


def active_recruiters(viewer: Actor) -> tuple[tuple[uuid.UUID, str], ...]:
    """List the recruiters to whom the platform may give a sourcing credit, by name; none for anybody else."""
    if not access.sees_every_candidate(viewer):
        return ()
    query = (
        select(Recruiter.id, User.name, Organisation.name)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .where(access.may_join())
        .order_by(User.name, Recruiter.id)
        .limit(500)
    )
    return tuple((row[0], ", ".join(filter(None, row[1:]))) for row in reading().execute(query))
