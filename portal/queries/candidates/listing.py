"""The list of candidates: who is visible, narrowed and paged, at a price that does not grow (domain.md §1, §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union,
)
from sqlalchemy.orm import aliased

from portal.access import visible
from portal.domain.ownership import EXPIRY_WARNING_DAYS, Badge, badge, days_remaining
from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Candidate, CandidateOutreach, CandidateSourcer, Proposal
from portal.queries.candidates.ownership import Claim, current_claim, sees_all
from portal.queries.paging import PAGE_SIZE, Page, cut
from portal.queries.prepared import NOW, ORGANISATION, RECRUITER, Shape, shape_of, values_of

SEARCHED, WORDS = 100, 5
PROTECTION_STATES = {"protected": "Protected", "expiring": "Ending in 30 days", "free": "Free"}
P = aliased(Proposal)
EDGE: BindParameter[uuid.UUID] = bindparam("edge", type_=Uuid())


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """Hold what the list is narrowed to; `protection` is one of PROTECTION_STATES, anything else is none."""

    q: str = ""
    mine: bool = False
    protection: str = ""

    def __post_init__(self) -> None:
        """Drop a state that does not exist."""
        if self.protection not in PROTECTION_STATES:
            object.__setattr__(self, "protection", "")

    @property
    def words(self) -> list[str]:
        """Give the words to look for; what cannot be printed separates them."""
        return "".join(c if c.isprintable() else " " for c in self.q[:SEARCHED]).split()[:WORDS]

    @property
    def narrows(self) -> bool:
        """Tell whether anything is filtered."""
        return bool(self.words or self.mine or self.protection)


class CandidateRow(NamedTuple):
    """Hold a line of the list, in the order in which the page takes it apart; the days are those of the protection."""

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

    @property
    def protected_until(self) -> datetime | None:
        """Return the end of a running protection."""
        return self.ends if self.days_left else None


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
    edge, words = after if up else before, narrow.words
    turn = None if edge is None else "up" if up else "down"
    form = {"words": len(words), "mine": narrow.mine, "protection": narrow.protection, "turn": turn, "size": size}
    query = _list_statement(shape_of(viewer), **form)
    typed = {f"word{number}": f"%{_literal(word)}%" for number, word in enumerate(words)}
    soon = viewer.now + timedelta(days=max(EXPIRY_WARNING_DAYS))
    values = {**values_of(viewer), **typed, "edge": edge, "soon": soon}
    return _page([_row(row, viewer) for row in reading().execute(query, values).all()], size, edge, up=up)


@lru_cache(maxsize=256)
def _list_statement(
    shape: Shape, *, words: int, mine: bool, protection: str, turn: str | None, size: int
) -> Select[Any]:
    """Build the list's statement for viewers of one shape and filters of one form."""
    viewer, up = shape.stand_in(), turn == "up"
    ids = select(Candidate.id).where(
        visible(Candidate, viewer), *_narrowing(words=words, mine=mine, protection=protection)
    )
    if not (words or mine or protection):
        ids = ids.where(_reach(viewer, turn, size))
    if turn is not None:
        ids = ids.where(Candidate.id > EDGE if up else Candidate.id < EDGE)
    page = ids.order_by(Candidate.id if up else Candidate.id.desc()).limit(size + 1).subquery()
    return _row_columns(viewer).join(page, page.c.id == Candidate.id).order_by(Candidate.id.desc())


def _page(found: list[CandidateRow], size: int, edge: uuid.UUID | None, *, up: bool) -> Page[CandidateRow]:
    """Cut the row too many, which going up is the first one, and say where both directions go on."""
    rows, more = cut(found[::-1] if up else found, size)
    rows = rows[::-1] if up else rows
    if not rows:
        return Page(())
    older = rows[-1].id if more or up else None
    newer = rows[0].id if (more if up else edge is not None) else None
    return Page(rows, older=older, newer=newer)


def _narrowing(*, words: int, mine: bool, protection: str) -> list[ColumnElement[bool]]:
    """Give the conditions of a filter."""
    protects = Claim.protection_expires_at > NOW
    looked_for = [bindparam(f"word{number}", type_=Text) for number in range(words)]
    conditions: list[ColumnElement[bool]] = [search_text().ilike(word, escape="\\") for word in looked_for]
    if mine:
        conditions.append(_claimed(protects, Claim.recruiter_id == RECRUITER))
    if protection == "protected":
        conditions.append(_claimed(protects))
    if protection == "expiring":
        conditions.append(_claimed(protects, Claim.protection_expires_at <= bindparam("soon")))
    if protection == "free":
        conditions.append(~_claimed(protects))
    return conditions


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


def _reach(viewer: Actor, turn: str | None, size: int) -> ColumnElement[bool]:
    """Limit the rule of visibility to ids that indexes give in order, so that a page costs the same at any size.

    Every visible candidate of the page is among them: the page's own length from each way of being visible.
    """
    if sees_all(viewer):
        return literal_column("true")
    ways: list[Any] = [(Proposal.candidate_id, (Proposal.company_id == ORGANISATION) & (Proposal.state == "accepted"))]
    if viewer.recruiter_id is not None:
        ways = [
            (Candidate.id, Candidate.created_by_recruiter_id == RECRUITER),
            (CandidateSourcer.candidate_id, CandidateSourcer.recruiter_id == RECRUITER),
            (Proposal.candidate_id, Proposal.recruiter_id == RECRUITER),
        ]
    chosen = []
    for column, own in ways:
        ids = select(column.label("id")).where(own).distinct()
        if turn is not None:
            ids = ids.where(column > EDGE if turn == "up" else column < EDGE)
        chosen.append(ids.order_by(column if turn == "up" else column.desc()).limit(size + 1).subquery())
    return Candidate.id.in_(union(*(select(c.c.id) for c in chosen)))


def _row_columns(viewer: Actor) -> Select[Any]:
    """Select the columns of a row: the current claim, one's own last outreach and open proposals."""
    outreach = select(func.max(CandidateOutreach.sent_at)).where(CandidateOutreach.candidate_id == Candidate.id)
    proposals = select(func.count()).where(P.candidate_id == Candidate.id, P.state.in_(OPEN))
    if viewer.recruiter_id is not None:
        outreach = outreach.where(CandidateOutreach.recruiter_id == viewer.recruiter_id)
        proposals = proposals.where(P.recruiter_id == viewer.recruiter_id)
    elif not sees_all(viewer):
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
    candidate_id, full_name, title, employer, owner_id, starts, ends, last_outreach, open_proposals = row
    mine = viewer.recruiter_id is not None and owner_id == viewer.recruiter_id
    days = (ends - starts).days if ends else 0
    left = days_remaining(ends, viewer.now) if ends else 0
    standing = badge(ends=ends, mine=mine, now=viewer.now)
    gone = max(0, days - left)
    return CandidateRow(
        candidate_id, full_name, title, employer, standing, ends, days, gone, left, last_outreach, open_proposals
    )
