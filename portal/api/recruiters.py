"""Recruiters: find them, read and change a profile."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Described
from portal.api.types import ABSENT, Body, Limit, Notes, Out, Query, Time
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries import recruiters as queries
from portal.queries.reputation import reputation
from portal.services import recruiters

bp = Api("recruiters", __name__)
TAG = "Recruiters"


class RecruiterStatus(StrEnum):
    """Name whether a recruiter may act."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class RecruiterChange(Body):
    """What is to change; recruiters change their own text, platform admins the status as well."""

    bio: Notes = ABSENT
    status: RecruiterStatus = ABSENT


class RecruiterLine(Out):
    """A line of the list; the score is null before the first calculation."""

    id: uuid.UUID
    name: str
    agency_name: str
    status: RecruiterStatus
    reputation_score: int | None
    provisional: bool


class RecruiterOut(RecruiterLine):
    """A recruiter."""

    since: Time
    bio: str


class RecruitersOut(Out):
    """Recruiters, newest first; `next_cursor` leads to older ones."""

    recruiters: list[RecruiterLine]
    next_cursor: uuid.UUID | None


class RecruitersQuery(Query):
    """A part of name or agency."""

    q: Annotated[str, Field(max_length=queries.SEARCHED)] = ""
    status: RecruiterStatus | None = None
    cursor: uuid.UUID | None = None
    limit: Limit = 50


def _shown(recruiter_id: uuid.UUID) -> dict[str, object]:
    found = reputation.profile(recruiter_id, viewer=current_actor())
    known = found.figures
    return {
        "id": found.recruiter_id,
        "name": found.recruiter_name,
        "agency_name": found.agency_name,
        "status": found.status,
        "reputation_score": None if known is None else reputation.shown(known.score),
        "provisional": True if known is None else known.provisional,
        "since": found.since,
        "bio": found.bio,
    }


@bp.endpoint(
    "/recruiters",
    described=Described(tag=TAG, out=RecruitersOut, permission=Permission.RECRUITER_VIEW, query=RecruitersQuery),
)
def list_recruiters(query: RecruitersQuery) -> dict[str, object]:
    """Find recruiters."""
    page = queries.listing(current_actor(), q=query.q, status=query.status or "", before=query.cursor, size=query.limit)
    listed = [
        {
            "id": row.id,
            "name": row.name,
            "agency_name": row.agency_name,
            "status": row.status,
            "reputation_score": row.badge.score,
            "provisional": row.badge.provisional,
        }
        for row in page.rows
    ]
    return {"recruiters": listed, "next_cursor": page.older}


@bp.endpoint(
    "/recruiters/<uuid:recruiter_id>",
    described=Described(tag=TAG, out=RecruiterOut, permission=Permission.RECRUITER_VIEW),
)
def get_recruiter(recruiter_id: uuid.UUID) -> dict[str, object]:
    """Show a recruiter."""
    return _shown(recruiter_id)


@bp.endpoint(
    "/recruiters/<uuid:recruiter_id>",
    method="PATCH",
    described=Described(tag=TAG, out=RecruiterOut, permission=Permission.RECRUITER_EDIT, body=RecruiterChange),
)
def change_recruiter(recruiter_id: uuid.UUID, body: RecruiterChange) -> dict[str, object]:
    """Change one's own profile; the status is for the platform."""
    recruiters.change(recruiter_id, actor=current_actor(), **body.model_dump(exclude_unset=True))
    return _shown(recruiter_id)
