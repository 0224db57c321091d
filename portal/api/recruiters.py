"""Recruiters: find them, read and change a profile."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.recruiters import Recruiter, Recruiters
from portal.api.endpoint import Api
from portal.api.types import ABSENT, Body, Notes, PageQuery
from portal.domain.people import RecruiterStatus
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.filters import SEARCHED, typed
from portal.queries.recruiters import RECRUITERS
from portal.queries.reputation import reputation
from portal.services import recruiters

bp = Api("recruiters", __name__, tag="Recruiters")


class RecruiterChange(Body):
    """Fields to change; recruiters edit their own profile text, platform admins the status as well."""

    bio: Notes = ABSENT
    status: RecruiterStatus = ABSENT


class RecruitersQuery(PageQuery):
    """A part of name or agency."""

    q: Annotated[str, Field(max_length=SEARCHED)] = ""
    status: RecruiterStatus | None = None


@bp.reads("/recruiters", Recruiters, Permission.RECRUITER_VIEW)
def list_recruiters(query: RecruitersQuery) -> object:
    """Find recruiters."""
    viewer = current_actor()
    asked = {"q": typed(query.q) or None, "status": query.status}
    return RECRUITERS.slice(viewer, asked, before=query.cursor, size=query.limit)


@bp.reads("/recruiters/<uuid:recruiter_id>", Recruiter, Permission.RECRUITER_VIEW)
def get_recruiter(recruiter_id: uuid.UUID) -> object:
    """Return a recruiter."""
    return reputation.profile(recruiter_id, viewer=current_actor())


@bp.changes("/recruiters/<uuid:recruiter_id>", Recruiter, Permission.RECRUITER_EDIT, method="PATCH")
def change_recruiter(recruiter_id: uuid.UUID, body: RecruiterChange) -> object:
    """Update a recruiter's profile; only the platform can change the status."""
    recruiters.change(recruiter_id, actor=current_actor(), **body.model_dump(exclude_unset=True))
    return reputation.profile(recruiter_id, viewer=current_actor())
