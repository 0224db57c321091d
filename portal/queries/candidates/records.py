"""The records of a person, of which one stands for all (domain.md §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from portal import access
from portal.domain.contacts import email_key
from portal.domain.errors import InvalidInput
from portal.domain.ownership import Record, first_of
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import OPEN
from portal.domain.texts import LINE, clean
from portal.extensions import reading
from portal.models import Candidate, Placement, Proposal
from portal.queries.candidates.ownership import Claim, current_claim, owner_name

NO_OTHER = InvalidInput.field("email", "No other candidate has this email.")


@dataclass(frozen=True, slots=True)
class OneRecord:
    """One of two records, whose it is, and what goes on under it."""

    id: uuid.UUID
    full_name: str
    email: str
    phone: str | None
    employer: str
    added_at: datetime
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


def records_of(candidate_id: uuid.UUID) -> Select[uuid.UUID]:
    """Select a candidate's own record and those that are merged with it, in one order."""
    first = select(func.coalesce(Candidate.merged_into_id, Candidate.id)).where(Candidate.id == candidate_id)
    standing = first.scalar_subquery()
    records = select(Candidate.id).where(or_(Candidate.id == standing, Candidate.merged_into_id == standing))
    return records.order_by(Candidate.id)


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
    first = first_of(*(Record(r.id, r.claimed_at, r.added_at) for r in found)).id
    return Pair(one, other) if first == one.id else Pair(other, one)


def _record(viewer: Actor) -> Select[Any]:
    live = Claim.protection_expires_at > viewer.now
    proposals = select(func.count()).where(Proposal.candidate_id == Candidate.id, Proposal.state.in_(OPEN))
    placements = select(func.count()).where(Placement.candidate_id == Candidate.id)
    return (
        select(
            *(Candidate.id, Candidate.full_name, Candidate.email, Candidate.phone, Candidate.employer),
            *(Candidate.created_at, owner_name(), Claim.sourced_at, Claim.protection_expires_at),
            *(count.correlate(Candidate).scalar_subquery() for count in (proposals, placements)),
        )
        .outerjoin(Claim, current_claim() & live)
        .where(Candidate.erased_at.is_(None), Candidate.merged_at.is_(None))
    )
