"""The shortlist of a job: of whom the company thinks first; recruiters learn nothing of it (domain.md §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import OPEN
from portal.models import Job, Proposal, ShortlistMark, User

P, M = Proposal, ShortlistMark
_marking = aliased(User)


@dataclass(frozen=True, slots=True)
class Mark:
    """Who put a proposal on the shortlist, and when."""

    by: str
    at: datetime


def reads_marks(viewer: Actor) -> bool:
    """Return whether the viewer decides for a company or the platform; nobody else learns of shortlists."""
    return access.decides_for_others(viewer, Permission.PROPOSAL_DECIDE)


def is_marked(viewer: Actor) -> ColumnElement[bool]:
    return exists().where(M.proposal_id == P.id).correlate(P) if reads_marks(viewer) else false()


def mark(viewer: Actor) -> Any:
    """Select who put a proposal on the shortlist and when, as JSON."""
    if not reads_marks(viewer):
        return null()
    one = select(func.jsonb_build_object("by", _marking.name, "at", M.marked_at)).select_from(M)
    return one.join(_marking, _marking.id == M.marked_by).where(M.proposal_id == P.id).correlate(P).scalar_subquery()


def read_mark(found: dict[str, Any] | None) -> Mark | None:
    """Read what `mark` selected."""
    return Mark(found["by"], datetime.fromisoformat(found["at"])) if found else None


def of_job(viewer: Actor) -> ColumnElement[Any]:
    """Gather the open proposals on a job's shortlist, soonest deadline first, for a statement that selects the job."""
    ordered = func.array_agg(aggregate_order_by(P.id, P.expires_at, P.id))
    marked = select(ordered).where(P.job_id == Job.id, P.state.in_(OPEN), is_marked(viewer), access.visible(P, viewer))
    return marked.correlate(Job).scalar_subquery()
