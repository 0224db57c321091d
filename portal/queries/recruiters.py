"""Recruiters, as every signed-in person may find them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Organisation, Recruiter, Reputation, User
from portal.queries.paging import PAGE_SIZE, Page, cut
from portal.queries.reputation.reputation import NEW, Badge, shown

SEARCHED = 100


@dataclass(frozen=True, slots=True)
class RecruiterRow:
    """Hold one line of the list."""

    id: uuid.UUID
    name: str
    agency_name: str
    status: str
    badge: Badge


def listing(
    viewer: Actor, *, q: str = "", status: str = "", before: uuid.UUID | None = None, size: int = PAGE_SIZE
) -> Page[RecruiterRow]:
    """List recruiters, newest first, by a part of name or agency and by status."""
    _ = viewer  # recruiters are there to be found by everybody who is signed in
    agency = func.coalesce(Organisation.name, "Independent")
    query = (
        select(Recruiter.id, User.name, agency, Recruiter.status, Reputation.score, Reputation.provisional)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .outerjoin(Reputation, Reputation.recruiter_id == Recruiter.id)
        .order_by(Recruiter.id.desc())
        .limit(size + 1)
    )
    text = q.strip()[:SEARCHED]
    if text:
        query = query.where(or_(User.name.icontains(text, autoescape=True), agency.icontains(text, autoescape=True)))
    if status:
        query = query.where(Recruiter.status == status)
    if before is not None:
        query = query.where(Recruiter.id < before)
    found = [
        RecruiterRow(row[0], row[1], row[2], row[3], NEW if row[4] is None else Badge(shown(row[4]), row[5]))
        for row in reading().execute(query)
    ]
    rows, more = cut(found, size)
    return Page(rows, older=rows[-1].id if more else None)
