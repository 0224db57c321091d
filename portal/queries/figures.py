"""The three figures beside the work queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, literal, select

from portal.access import visible
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Role
from portal.domain.placements import GUARANTEED
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Placement, Proposal, Reputation

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
    row = reading().execute(_scalars(viewer)).one()
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
            "Decided within a day", _percent(row.quick, row.decided), "last 30 days", "/proposals", unit="percent"
        )
        last = Figure("Proposals received", sum(series), "last 12 weeks", "/proposals", series=series)
    else:
        first = Figure("Open proposals", row.open, f"{row.soon} expire within a day", "/proposals")
        last = Figure("Hires", sum(series), "last 12 weeks", "/placements", series=series)
    return (first, active, last), not row.begun


def _own(viewer: Actor) -> str:
    return f"/recruiters/{viewer.recruiter_id}"


def _ending(number: int) -> str:
    return f"{number:,} guarantee ends within 30 days" if number == 1 else f"{number:,} guarantees end within 30 days"


def _percent(part: int, whole: int) -> int | None:
    return (100 * part + whole // 2) // whole if whole else None


def _scalars(viewer: Actor) -> Select[Any]:
    proposals, placements = visible(Proposal, viewer), visible(Placement, viewer)
    is_open = and_(proposals, Proposal.state.in_(OPEN))
    recent = and_(proposals, Proposal.id >= lowest_id(viewer.now - MONTH), Proposal.state.in_(DECIDED))
    soon = Placement.guarantee_end_date <= (viewer.now + MONTH).date()
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
        exists(select(Proposal.id).where(proposals)).label("begun"),
    )


def _count(model: type[Proposal] | type[Placement], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()


def _weekly(viewer: Actor, model: type[Proposal] | type[Placement]) -> tuple[int, ...]:
    """Count what began in each of the last twelve weeks, oldest first; ids tell the time."""
    begun = Proposal.proposed_at if model is Proposal else Placement.hired_at
    seen = visible(Proposal, viewer) if model is Proposal else visible(Placement, viewer)
    age = func.floor(func.extract("epoch", literal(viewer.now) - begun) / WEEK.total_seconds())
    query = (
        select(age.label("week"), func.count().label("number"))
        .where(seen, model.id >= lowest_id(viewer.now - WEEKS * WEEK), begun <= viewer.now)
        .group_by(age)
    )
    counts = {int(row.week): row.number for row in reading().execute(query)}
    return tuple(counts.get(week, 0) for week in reversed(range(WEEKS)))
