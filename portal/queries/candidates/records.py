"""The records of a person, of which one stands for all (domain.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal import access
from portal.domain.contacts import email_key
from portal.domain.errors import InvalidInput
from portal.domain.ownership import Record, first_of
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import GUARANTEED, SPLITS_OPEN
from portal.domain.proposals import OPEN
from portal.domain.texts import LINE, clean
from portal.extensions import reading
from portal.models import Candidate, CandidateSourcer, Job, Organisation, Placement, Proposal, Recruiter
from portal.queries.candidates.ownership import Claim, current_claim, owner_name
from portal.queries.disputes import holding

_SECOND = aliased(Candidate)
NO_OTHER = InvalidInput.field("email", "No other candidate has this email.")
DISPUTED = "One of the two has an open dispute about its sourcing credit. Decide it first."
OWN_CLAIM = "One of the claims is yours, so another admin has to decide whether this is one person."


@dataclass(frozen=True, slots=True)
class OneRecord:
    """One of two records, whose it is, and what goes on under it."""

    id: uuid.UUID
    full_name: str
    email: str
    phone: str | None
    employer: str
    added_at: datetime
    owner_id: uuid.UUID | None
    owner: str | None
    claimed_at: datetime | None
    protected_until: datetime | None
    open_proposals: int
    placements: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records of a person: the one that would stand for both, and the one that would be merged into it."""

    first: OneRecord
    second: OneRecord
    hindrance: str  # why the viewer can't merge the two, nothing when they can


def records_of(candidate_id: uuid.UUID) -> Select[uuid.UUID]:
    """Select a candidate's own record and those that are merged with it, in one order."""
    first = select(func.coalesce(Candidate.merged_into_id, Candidate.id)).where(Candidate.id == candidate_id)
    standing = first.scalar_subquery()
    records = select(Candidate.id).where(or_(Candidate.id == standing, Candidate.merged_into_id == standing))
    return records.order_by(Candidate.id)


def is_of(
    of: SQLColumnExpression[uuid.UUID], standing: uuid.UUID | SQLColumnExpression[uuid.UUID]
) -> ColumnElement[bool]:
    """Return the condition that a row is of a person: of the record that stands, or of one merged into it."""
    merged = select(_SECOND.id).where(_SECOND.merged_into_id == standing).correlate_except(_SECOND)
    return or_(of == standing, of.in_(merged))


def opted_out() -> ColumnElement[datetime | None]:
    """Select since when a candidate wants no outreach, said under this record or under one merged into it."""
    merged = select(func.min(_SECOND.unsubscribed_at)).where(_SECOND.merged_into_id == Candidate.id)
    return func.least(Candidate.unsubscribed_at, merged.correlate_except(_SECOND).scalar_subquery())


def pair(viewer: Actor, candidate_id: uuid.UUID, email: str) -> Pair:
    """Return what merging a candidate and the one with this address would make of the two.

    Raises:
        InvalidInput: no other candidate has the address.
    """
    access.require(viewer, Permission.CANDIDATE_MERGE)
    key = email_key(clean("email", email, most=LINE))
    query = _record(viewer).where(or_(Candidate.id == candidate_id, Candidate.email_key == key))
    found = [OneRecord(*row) for row in reading().execute(query)]
    if len(found) != 2:
        raise NO_OTHER
    one, other = found
    hindrance = hindrance_to_merge(viewer, one.id, other.id)
    first = first_of(*(Record(r.id, r.claimed_at, r.added_at) for r in found)).id
    return Pair(one, other, hindrance) if first == one.id else Pair(other, one, hindrance)


def hindrance_to_merge(viewer: Actor, *ids: uuid.UUID) -> str:
    """Return why the viewer can't merge these records, of which the second may not be known yet."""
    current = and_(CandidateSourcer.is_current, CandidateSourcer.candidate_id.in_(ids))
    disputed = exists().where(current, holding.is_held(viewer, CandidateSourcer.id))
    own = _is_viewers(viewer, and_(current, CandidateSourcer.protection_expires_at > viewer.now))
    is_disputed, is_own = reading().execute(select(disputed, own)).one()
    if is_disputed:
        return DISPUTED
    return OWN_CLAIM if is_own else two_running(reading().execute(running(*ids)).all())


def hindrance_to_separate(viewer: Actor, candidate_id: uuid.UUID) -> str:
    """Return why the viewer can't take a record apart from the one that it was merged into."""
    claim, merged = CandidateSourcer, Candidate.id == candidate_id
    ended = and_(claim.candidate_id == Candidate.id, claim.superseded_at == Candidate.merged_at)
    of_first = and_(claim.candidate_id == Candidate.merged_into_id, claim.is_current)
    disputed = exists().where(merged, of_first, holding.is_held(viewer, claim.id))
    own = _is_viewers(viewer, and_(merged, or_(ended, of_first)))
    is_disputed, is_own = reading().execute(select(disputed, own)).one()
    return DISPUTED if is_disputed else OWN_CLAIM if is_own else ""


def _is_viewers(viewer: Actor, of: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say whether the viewer holds one of the claims or a part of it."""
    held = or_(Recruiter.id == CandidateSourcer.recruiter_id, Recruiter.id == CandidateSourcer.shared_with)
    return exists().where(Recruiter.user_id == viewer.user_id, held, of)


def running(*ids: uuid.UUID) -> Select[uuid.UUID, str, str, str]:
    """Select the running placements of these records and of what was merged into them: record, name, job, company."""
    standing = func.coalesce(Candidate.merged_into_id, Candidate.id)
    return (
        select(standing, Candidate.full_name, Job.title, Organisation.name)
        .select_from(Placement)
        .join(Candidate, Candidate.id == Placement.candidate_id)
        .join(Job, Job.id == Placement.job_id)
        .join(Organisation, Organisation.id == Placement.company_id)
        .where(or_(Candidate.id.in_(ids), Candidate.merged_into_id.in_(ids)))
        .where(Placement.state.in_((*SPLITS_OPEN, *GUARANTEED)))
        .order_by(Placement.id)
    )


def two_running(found: Sequence[Row[uuid.UUID, str, str, str]]) -> str:
    """Return why one person can't have these running placements: each of two records has one."""
    if len({standing for standing, *_ in found}) < 2:
        return ""
    placed = " and ".join(f"{name} ({title}, {company})" for _, name, title, company in found)
    return f"Both records have a current placement: {placed}. One person can have only one, so end or undo one first."


def _record(viewer: Actor) -> Select[Any]:
    live = Claim.protection_expires_at > viewer.now
    proposals = select(func.count()).where(Proposal.candidate_id == Candidate.id, Proposal.state.in_(OPEN))
    placements = select(func.count()).where(Placement.candidate_id == Candidate.id)
    columns: tuple[Any, ...] = (
        *(Candidate.id, Candidate.full_name, Candidate.email, Candidate.phone, Candidate.employer),
        *(Candidate.created_at, Claim.recruiter_id, owner_name(), Claim.sourced_at, Claim.protection_expires_at),
        *(count.correlate(Candidate).scalar_subquery() for count in (proposals, placements)),
    )
    return (
        select(*columns)
        .outerjoin(Claim, current_claim() & live)
        .where(Candidate.erased_at.is_(None), Candidate.merged_at.is_(None))
    )
