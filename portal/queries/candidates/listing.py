"""The list of candidates: who is visible, at a price that does not grow with the marketplace (domain.md §1, §2)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, literal, literal_column, select, union
from sqlalchemy.orm import aliased

from portal import access
from portal.access import visible
from portal.domain.errors import NotFound
from portal.domain.ownership import EXPIRY_WARNING_DAYS, Badge, badge, days_remaining
from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Candidate, CandidateOutreach, CandidateSourcer, Proposal
from portal.queries import places
from portal.queries.candidates.ownership import IS_MERGED, Claim, current_claim
from portal.queries.filters import Choice, Days, Search
from portal.queries.list_parts import EARLIEST, NEWEST, SOONEST, Cell, Column, Sort
from portal.queries.lists import Listing
from portal.queries.prepared import NOW, ORGANISATION, RECRUITER
from portal.queries.reaching import Reach, Ways

P = aliased(Proposal)
SOON = timedelta(days=max(EXPIRY_WARNING_DAYS))
# Written out, so that the planner sees that the index of whom a company has met holds every one of them.
ACCEPTED = literal_column("'accepted'", Text)
BADGE_WORDS = {
    Badge.UNCLAIMED: "Available",
    Badge.MINE: "Yours",
    Badge.EXPIRING: "Yours, expiring",
    Badge.OTHER: "Claimed",
    Badge.EXPIRED: "Expired",
    Badge.MERGED: "Merged",
}


class CandidateRow(NamedTuple):
    """A line of the list, in the order in which the page takes it apart; the days are those of the protection."""

    id: uuid.UUID
    full_name: str
    title: str
    employer: str
    badge: Badge
    ends: datetime | None
    days: int
    days_left: int
    last_outreach: datetime | None
    open_proposals: int

    @property
    def is_free(self) -> bool:
        """Return whether nobody's claim runs."""
        return self.badge in (Badge.UNCLAIMED, Badge.EXPIRED)

    @property
    def protected_until(self) -> datetime | None:
        return self.ends if self.days_left else None


def _claimed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(current_claim(), *conditions).correlate(Candidate)


def _among(viewer: Actor) -> Select[Any]:
    return select(Candidate.id).where(visible(Candidate, viewer))


def _among_few(viewer: Actor) -> Select[Any]:
    return select(Candidate.id).where(access.visible_among_few(Candidate, viewer))


def ways(viewer: Actor) -> Ways:
    """Return the ways in which candidates are visible to who sees a part of them."""
    if access.sees_every_candidate(viewer):
        return ()
    if viewer.recruiter_id is None:
        return [(Proposal.candidate_id, (Proposal.company_id == ORGANISATION) & (Proposal.state == ACCEPTED))]
    return [
        (Candidate.id, Candidate.created_by_recruiter_id == RECRUITER),
        (CandidateSourcer.candidate_id, CandidateSourcer.recruiter_id == RECRUITER),
        (Proposal.candidate_id, Proposal.recruiter_id == RECRUITER),
    ]


def reach(viewer: Actor, window: Reach | None) -> ColumnElement[bool]:
    """Limit the rule of visibility to ids that indexes give, so that a page costs what the viewer's own part does.

    In the order of ids it is cheaper still: a page needs no more than its own length from each way of being visible.
    """
    if access.sees_every_candidate(viewer):
        return literal_column("true")
    chosen = []
    for column, own in ways(viewer):
        ids = select(column.label("id")).where(own).distinct()
        chosen.append((ids if window is None else window.cut(ids, column)).subquery())
    return Candidate.id.in_(union(*(select(c.c.id) for c in chosen)))


def parts(viewer: Actor) -> list[ColumnElement[bool]]:
    """Return conditions of which each candidate whom a recruiter sees meets one: the first way that there is."""
    if access.sees_every_candidate(viewer) or viewer.recruiter_id is None:
        return []  # there is but one way
    found, before = list[ColumnElement[bool]](), list[ColumnElement[bool]]()
    for column, own in ways(viewer):
        own_row = column is Candidate.id
        found.append(and_(own if own_row else Candidate.id.in_(select(column).where(own)), *before))
        there = own if own_row else exists().where(column == Candidate.id, own).correlate(Candidate)
        before.append(there.is_not(True) if own_row else ~there)
    return found


def _row_columns(viewer: Actor) -> Select[Any]:
    """Select the columns of a row: the current claim, one's own last outreach and open proposals."""
    outreach = select(func.max(CandidateOutreach.sent_at)).where(CandidateOutreach.candidate_id == Candidate.id)
    proposals = select(func.count()).where(P.candidate_id == Candidate.id, P.state.in_(OPEN))
    if viewer.recruiter_id is not None:
        outreach = outreach.where(CandidateOutreach.recruiter_id == viewer.recruiter_id)
        proposals = proposals.where(P.recruiter_id == viewer.recruiter_id)
    elif not access.sees_every_candidate(viewer):
        outreach = outreach.where(literal_column("false"))  # companies never learn of outreach
        proposals = proposals.where(literal_column("false"))  # nor who is proposed, before they accept
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
            IS_MERGED,
        )
        .select_from(Candidate)
        .outerjoin(Claim, current_claim())
    )


def _row(row: Any, viewer: Actor) -> CandidateRow:
    candidate_id, full_name, title, employer, owner_id, starts, ends, last_outreach, open_proposals, merged, *_ = row
    mine = viewer.recruiter_id is not None and owner_id == viewer.recruiter_id
    days = (ends - starts).days if ends else 0
    left = days_remaining(ends, viewer.now) if ends else 0
    standing = badge(ends=ends, mine=mine, now=viewer.now, merged=merged)
    return CandidateRow(
        candidate_id, full_name, title, employer, standing, ends, days, left, last_outreach, open_proposals
    )


def chosen(candidate_ids: Collection[uuid.UUID], *, viewer: Actor) -> tuple[CandidateRow, ...]:
    """Return the lines of those of these candidates whom the viewer sees, by name."""
    query = _row_columns(viewer).where(Candidate.id.in_(candidate_ids), visible(Candidate, viewer))
    ordered = query.order_by(Candidate.full_name, Candidate.id)
    return tuple(_row(row, viewer) for row in reading().execute(ordered))


def names_of(candidate_ids: Collection[uuid.UUID], *, viewer: Actor) -> dict[uuid.UUID, str]:
    query = select(Candidate.id, Candidate.full_name)
    query = query.where(Candidate.id.in_(candidate_ids), visible(Candidate, viewer))
    found = {row.id: row.full_name for row in reading().execute(query)}
    if len(found) < len(set(candidate_ids)):
        raise NotFound()
    return found


def _recruits(viewer: Actor) -> bool:
    return viewer.recruiter_id is not None


def _own_outreach() -> ColumnElement[datetime]:
    own = (CandidateOutreach.candidate_id == Candidate.id, CandidateOutreach.recruiter_id == RECRUITER)
    last = select(func.max(CandidateOutreach.sent_at)).where(*own).correlate(Candidate).scalar_subquery()
    return func.coalesce(last, literal(EARLIEST))


def _protection_end() -> ColumnElement[datetime]:
    ends = select(Claim.protection_expires_at).where(current_claim()).correlate(Candidate).scalar_subquery()
    return func.coalesce(ends, literal(EARLIEST))


_PROTECTS = Claim.protection_expires_at > NOW
_PROTECTION: dict[str, Callable[[], ColumnElement[bool]]] = {
    "protected": lambda: _claimed(_PROTECTS),
    "expiring": lambda: _claimed(_PROTECTS, Claim.protection_expires_at <= NOW + literal(SOON)),
    "free": lambda: ~_claimed(_PROTECTS) & Candidate.merged_at.is_(None),
}

CANDIDATES = Listing(
    name="candidates",
    noun=("candidate", "candidates"),
    path="/candidates",
    looked_at="candidates",
    id=Candidate.id,
    among=_among,
    among_few=_among_few,
    reach=reach,
    ways=ways,
    parts=parts,
    shows=_row_columns,
    make=_row,
    filters=(
        Search("q", "Search", of=(places.candidate_text(Candidate.id),), hint="Name, email, phone, title, employer"),
        Choice(
            "mine",
            "Owner",
            options={"1": "Me"},
            any="Anyone",
            on=lambda _: _claimed(_PROTECTS, Claim.recruiter_id == RECRUITER),
            offered=_recruits,
        ),
        Choice(
            "protected",
            "Protection",
            options={"protected": "Protected", "expiring": "Expiring", "free": "Available"},
            any="Any",
            on=lambda standing: _PROTECTION[standing](),
        ),
        Days("added", "Added", on=Candidate.id, more=True),
    ),
    sorts=(
        Sort("added", "Added", Candidate.id, NEWEST, falls=True),
        Sort("name", "Name", func.lower(Candidate.full_name, type_=Text)),
        # Of one's own candidates alone: of everybody's, these would be computed for each page anew.
        Sort("protection", "Protection", _protection_end(), SOONEST, offered=_recruits),
        Sort("outreach", "Last outreach", _own_outreach(), NEWEST, falls=True, offered=_recruits),
    ),
    columns=(
        Column("Candidate", sort="name"),
        Column("Sourcing credit"),
        Column("Protection", sort="protection"),
        Column("Your last outreach", "only-l", sort="outreach", offered=_recruits),
        Column("Proposals", "n"),
    ),
    cells=(
        Cell("Candidate", lambda row: row.full_name),
        Cell("Job title", lambda row: row.title),
        Cell("Employer", lambda row: row.employer),
        Cell("Sourcing credit", lambda row: BADGE_WORDS[row.badge]),
        Cell("Protected until", lambda row: row.protected_until, is_time=True),
        Cell("Days left", lambda row: row.days_left or None),
        Cell("Last outreach", lambda row: row.last_outreach, is_time=True),
        Cell("Open proposals", lambda row: row.open_proposals),
    ),
)
