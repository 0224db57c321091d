"""The three figures beside the work queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, ScalarSelect, Select, Uuid, and_, bindparam, exists, func, or_, select

from portal.access import visible
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Role
from portal.domain.placements import GUARANTEED
from portal.domain.proposals import OPEN
from portal.models import Placement, Proposal, Reputation
from portal.queries.prepared import prepared

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
WEEKS = 12
HALF = Decimal("0.5")
DECIDED = ("accepted", "declined", "timeout")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number beside the queue and the page that it counts.

    `unit` is count, percent or score, `series` one value a week, oldest first.
    """

    label: str
    value: int | None
    sub: str
    path: str
    unit: str = "count"
    series: tuple[int, ...] = ()


def figures(viewer: Actor) -> tuple[tuple[Figure, ...], bool]:
    """Return the three figures of the viewer's role, and whether there is no proposal and no placement yet."""
    row = _scalars(viewer, **_since(viewer.now)).one()
    recruits, hires = Role.RECRUITER in viewer.roles, Role.PLATFORM_ADMIN not in viewer.roles
    series = _weekly(viewer, Proposal if hires else Placement)
    active = Figure("Active placements", row.active, _ending(row.ending), "/placements?state=active&sort=guarantee")
    if recruits:
        sub = "provisional" if row.provisional else "of 100" if row.score is not None else "no score yet"
        first = Figure(
            "Reputation", None if row.score is None else int(row.score + HALF), sub, _own(viewer), unit="score"
        )
        last = Figure("Proposals", sum(series), "last 12 weeks", "/proposals", series=series)
    elif hires:
        first = Figure(
            "Decisions made within 24 hours",
            _percent(row.quick, row.decided),
            "last 30 days",
            "/proposals",
            unit="percent",
        )
        last = Figure("Proposals received", sum(series), "last 12 weeks", "/proposals", series=series)
    else:
        first = Figure(
            "Open proposals", row.open, f"{row.soon} expire{'s' if row.soon == 1 else ''} within 24 hours", "/proposals"
        )
        last = Figure("Hires", sum(series), "last 12 weeks", "/placements", series=series)
    return (first, active, last), not row.begun


def _own(viewer: Actor) -> str:
    return f"/recruiters/{viewer.recruiter_id}"


def _ending(number: int) -> str:
    return f"{number:,} guarantee ends within 30 days" if number == 1 else f"{number:,} guarantees end within 30 days"


def _percent(part: int, whole: int) -> int | None:
    return (100 * part + whole // 2) // whole if whole else None


def _since(now: datetime) -> dict[str, object]:
    """Return the day and the ids that the statements compare with; ids tell the time."""
    weeks, month = lowest_id(now - WEEKS * WEEK), lowest_id(now - MONTH)
    return {"in_a_month": (now + MONTH).date(), "since_a_month": month, "since_weeks": weeks}


@prepared
def _scalars(viewer: Actor) -> Select[Any]:
    proposals, placements = visible(Proposal, viewer), visible(Placement, viewer)
    is_open = and_(proposals, Proposal.state.in_(OPEN))
    recent = and_(proposals, Proposal.id >= bindparam("since_a_month", type_=Uuid), Proposal.state.in_(DECIDED))
    soon = Placement.guarantee_end_date <= bindparam("in_a_month", type_=Date)
    has_proposal, has_placement = (
        exists(select(Proposal.id).where(proposals)),
        exists(select(Placement.id).where(placements)),
    )
    score = select(Reputation.score).where(Reputation.recruiter_id == viewer.recruiter_id)
    provisional = select(Reputation.provisional).where(Reputation.recruiter_id == viewer.recruiter_id)
    return select(
        _count(Placement, placements, Placement.state.in_(GUARANTEED)).label("active"),
        _count(Placement, placements, Placement.state.in_(GUARANTEED), soon).label("ending"),
        _count(Proposal, is_open).label("open"),
        _count(Proposal, is_open, Proposal.expires_at <= viewer.now + DAY).label("soon"),
        _count(Proposal, recent).label("decided"),
        _count(Proposal, recent, Proposal.closed_at <= Proposal.proposed_at + DAY).label("quick"),
        score.scalar_subquery().label("score"),
        provisional.scalar_subquery().label("provisional"),
        or_(has_proposal, has_placement).label("begun"),
    )


def _count(model: type[Proposal] | type[Placement], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()


def _weekly(viewer: Actor, model: type[Proposal] | type[Placement]) -> tuple[int, ...]:
    """Count what began in each of the last twelve weeks, oldest first."""
    counts = {int(row.week): row.number for row in _by_week(viewer, model, **_since(viewer.now))}
    return tuple(counts.get(week, 0) for week in reversed(range(WEEKS)))


@prepared
def _by_week(viewer: Actor, model: type[Proposal] | type[Placement]) -> Select[Any]:
    begun = Proposal.proposed_at if model is Proposal else Placement.hired_at
    seen = visible(Proposal, viewer) if model is Proposal else visible(Placement, viewer)
    age = func.floor(func.extract("epoch", viewer.now - begun) / WEEK.total_seconds())
    return (
        select(age.label("week"), func.count().label("number"))
        .where(seen, model.id >= bindparam("since_weeks", type_=Uuid), begun <= viewer.now)
        .group_by(age)
    )
