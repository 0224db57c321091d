"""The list of placements."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, or_, select

from portal import access
from portal.domain import placements as rules
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, Collaborator, Job, Organisation, Placement
from portal.queries.paging import PAGE_SIZE, Page, cut

P = Placement
COUNT_LIMIT = 1_000  # counting further costs and tells nothing
SEARCH_LENGTH = 100
STATES = rules.MACHINE.names()


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """Hold one line of the list; `own_minor` is the viewer's share, None for who has none."""

    id: uuid.UUID
    candidate_name: str
    job_title: str
    company_name: str
    state: str
    currency: str
    fee_minor: int
    allocated_bp: int
    hired_at: datetime
    start_date: date | None
    guarantee_end_date: date | None
    time_zone: str
    people: int
    own_minor: int | None

    @property
    def splits_are_open(self) -> bool:
        """Tell whether the team is still edited."""
        return self.state in rules.SPLITS_OPEN

    @property
    def guarantee_ends_at(self) -> datetime | None:
        """Give the instant at which a running guarantee is over."""
        if self.state not in rules.GUARANTEED or self.guarantee_end_date is None:
            return None
        return rules.end_of_day(self.guarantee_end_date, self.time_zone)


@dataclass(frozen=True, slots=True)
class Listing:
    """Hold one page of the list and the number of placements in each state, counted up to COUNT_LIMIT."""

    page: Page[PlacementRow]
    counts: dict[str, int]


def listing(
    viewer: Actor, *, state: str | None = None, q: str = "", older_than: uuid.UUID | None = None, limit: int = PAGE_SIZE
) -> Listing:
    """List the placements that the viewer may see, newest hire first, and count those of each state."""
    return Listing(page(viewer, state=state, q=q, older_than=older_than, limit=limit), _counts(viewer, q))


def page(
    viewer: Actor, *, state: str | None = None, q: str = "", older_than: uuid.UUID | None = None, limit: int = PAGE_SIZE
) -> Page[PlacementRow]:
    """Give one page of the placements that the viewer may see, newest hire first."""
    where = [access.visible(P, viewer), *_matching(q), *([P.state == state] if state in STATES else [])]
    query = _row_query(viewer).where(*where, *([P.id < older_than] if older_than else []))
    found = reading().execute(query.order_by(P.id.desc()).limit(limit + 1))
    rows, more = cut([PlacementRow(*row) for row in found], limit)
    return Page(rows, older=rows[-1].id if more else None)


def _row_query(viewer: Actor) -> Select[Any]:
    own = select(func.sum(Collaborator.amount_minor).cast(BigInteger)).where(  # sum(bigint) is numeric
        Collaborator.placement_id == P.id, Collaborator.recruiter_id == viewer.recruiter_id
    )
    return (
        select(P.id, Candidate.full_name, Job.title, Organisation.name, P.state, P.currency, P.fee_minor)
        .add_columns(P.allocated_bp, P.hired_at, P.start_date, P.guarantee_end_date, P.time_zone, people())
        .add_columns(own.correlate(P).scalar_subquery())
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(Job, Job.id == P.job_id)
        .join(Organisation, Organisation.id == P.company_id)
    )


def people() -> ColumnElement[int]:
    """Count the recruiters of a team."""
    people = select(func.count(func.distinct(Collaborator.recruiter_id))).where(Collaborator.placement_id == P.id)
    return people.correlate(P).scalar_subquery()


def _matching(q: str) -> list[ColumnElement[bool]]:
    text = q.strip()[:SEARCH_LENGTH]
    if not text:
        return []
    return [or_(*(column.icontains(text, autoescape=True) for column in (Candidate.full_name, Job.title)))]


def _counts(viewer: Actor, q: str) -> dict[str, int]:
    """Count each state, in one statement, as far as a person reads."""
    mine = select(P.id).where(access.visible(P, viewer), *_matching(q))
    if q.strip():
        mine = mine.join(Candidate, Candidate.id == P.candidate_id).join(Job, Job.id == P.job_id)
    counted = [
        select(func.count())
        .select_from(mine.where(P.state == state).limit(COUNT_LIMIT).subquery())
        .scalar_subquery()
        .label(state)
        for state in STATES
    ]
    return dict(reading().execute(select(*counted)).one()._mapping)
