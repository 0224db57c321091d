"""The three figures beside the work queue."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    select,
)

from portal.access import visible
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Role
from portal.models import Placement, Proposal, Reputation
from portal.queries.filters import midnight
from portal.queries.prepared import prepared, written
from portal.queries.proposals.proposals import IS_OPEN, IS_QUICK
from portal.queries.waiting.rows import IS_GUARANTEED

DAY, MONTH = timedelta(days=1), timedelta(days=30)
WEEKS, DAYS_OF_PACE = 12, 30
HALF = Decimal("0.5")
DECIDED = ("accepted", "declined", "timeout")
MOST, MOST_OF_ONE = 10_000, 1_000  # counting further costs and tells nothing


@dataclass(frozen=True, slots=True)
class Figure:
    """A number beside the queue and the list of what it counts.

    `unit` is count, percent or score, `series` one value a week, oldest first; `is_more`: there are more than `value`.
    """

    label: str
    value: int | None
    sub: str
    path: str
    unit: str = "count"
    series: tuple[int, ...] = ()
    is_more: bool = False


def figures(viewer: Actor, *, most: int | None = None) -> tuple[tuple[Figure, ...], bool]:
    """Return the three figures of the viewer's role, and whether there is no proposal and no placement yet.

    What there is now is counted up to `most`; of one recruiter there is less, and the rows have to be read.
    """
    recruits, hires = Role.RECRUITER in viewer.roles, Role.PLATFORM_ADMIN not in viewer.roles
    most = most or (MOST_OF_ONE if recruits else MOST)
    row = _scalars(viewer, most, **_since(viewer)).one()
    series = _weekly(viewer, Proposal if hires else Placement)
    of_weeks = f"from={_first_day(viewer, 7 * WEEKS)}"
    path = "/placements?state=active&sort=guarantee"
    active = _bounded(Figure("Active placements", row.active, _ending(row.ending), path), most)
    if recruits:
        sub = "provisional" if row.provisional else "of 100" if row.score is not None else "no score yet"
        first = Figure(
            "Reputation", None if row.score is None else int(row.score + HALF), sub, _own(viewer), unit="score"
        )
        last = Figure("Proposals", sum(series), "last 12 weeks", f"/proposals?state=all&{of_weeks}", series=series)
    elif hires:
        first = _pace(viewer, row.quick, row.decided)
        path = f"/proposals?state=all&{of_weeks}"
        last = Figure("Proposals received", sum(series), "last 12 weeks", path, series=series)
    else:
        sub = f"{row.soon:,} expire{'s' if row.soon == 1 else ''} within 24 hours"
        first = _bounded(Figure("Open proposals", row.open, sub, "/proposals"), most)
        last = Figure("Hires", sum(series), "last 12 weeks", f"/placements?{of_weeks}", series=series)
    return (first, active, last), not row.begun


def _bounded(figure: Figure, most: int) -> Figure:
    return replace(figure, value=most, is_more=True) if (figure.value or 0) > most else figure


def _pace(viewer: Actor, quick: int, decided: int) -> Figure:
    sub = f"{quick:,} of {decided:,}, last {DAYS_OF_PACE} days" if decided else f"last {DAYS_OF_PACE} days"
    path = f"/proposals?state=all&decided=quick&from={_first_day(viewer, DAYS_OF_PACE)}"
    return Figure("Decisions made within 24 hours", _percent(quick, decided), sub, path, unit="percent")


def _own(viewer: Actor) -> str:
    return f"/recruiters/{viewer.recruiter_id}"


def _ending(number: int) -> str:
    return f"{number:,} guarantee ends within 30 days" if number == 1 else f"{number:,} guarantees end within 30 days"


def _percent(part: int, whole: int) -> int | None:
    return (100 * part + whole // 2) // whole if whole else None


def _first_day(viewer: Actor, days: int) -> date:
    """Return the first of the last so many days, where the viewer is: lists read theirs so, too."""
    return viewer.now.astimezone(ZoneInfo(viewer.time_zone)).date() - (days - 1) * DAY


def _beginning(viewer: Actor, day: date) -> uuid.UUID:
    return lowest_id(midnight(day, ZoneInfo(viewer.time_zone)))


def _since(viewer: Actor) -> dict[str, object]:
    """Return the days and the id that the statements compare with; ids tell the time."""
    days = {"yesterday": (viewer.now - DAY).date(), "in_a_month": (viewer.now + MONTH).date()}
    return {**days, "since_a_month": _beginning(viewer, _first_day(viewer, DAYS_OF_PACE))}


@prepared
def _scalars(viewer: Actor, most: int) -> Select[Any]:
    placed = visible(Placement, viewer)
    since, until = (bindparam(day, type_=Date) for day in ("yesterday", "in_a_month"))  # it may be yesterday somewhere
    soon = Placement.guarantee_end_date.between(since, until)
    begun = exists(select(Proposal.id).where(visible(Proposal, viewer))) | exists(select(Placement.id).where(placed))
    return select(
        _count(most, Placement.id, placed, IS_GUARANTEED).label("active"),
        _count(most, Placement.id, placed, IS_GUARANTEED, soon).label("ending"),
        begun.label("begun"),
        *_of_role(viewer, most),
    )


def _of_role(viewer: Actor, most: int) -> tuple[ColumnElement[Any], ...]:
    """Return what the viewer's role sees beside the placements: their score, their pace, or all that is open."""
    if Role.RECRUITER in viewer.roles:
        own = Reputation.recruiter_id == viewer.recruiter_id
        score, provisional = (
            select(c).where(own).scalar_subquery() for c in (Reputation.score, Reputation.provisional)
        )
        return score.label("score"), provisional.label("provisional")
    seen = visible(Proposal, viewer)
    if Role.PLATFORM_ADMIN in viewer.roles:
        soon = Proposal.expires_at <= viewer.now + DAY
        number, expiring = _count(most, Proposal.id, seen, IS_OPEN), _count(most, Proposal.id, seen, IS_OPEN, soon)
        return number.label("open"), expiring.label("soon")
    recent = and_(seen, Proposal.id >= bindparam("since_a_month", type_=Uuid), Proposal.state.in_(DECIDED))
    both = func.count().label("decided"), func.count().filter(IS_QUICK).label("quick")
    return tuple(select(*both).where(recent).subquery().c)


def _count(most: int, row_id: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count as far as `most` and one more."""
    found = select(row_id).where(*conditions).limit(written(most + 1)).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _weekly(viewer: Actor, model: type[Proposal] | type[Placement]) -> tuple[int, ...]:
    """Count what began in each of the last twelve weeks, oldest first."""
    first = _first_day(viewer, 7 * WEEKS)
    ends = [_beginning(viewer, first + 7 * n * DAY) for n in range(WEEKS + 1)]
    return tuple(_by_week(viewer, model, begins=ends[:-1], ends=ends[1:]).scalars())


@prepared
def _by_week(viewer: Actor, model: type[Proposal] | type[Placement]) -> Select[int]:
    """Count by the ids alone, which tell the time and are in the index; a row would be read for its date.

    Each week is a range of the index: asking of each id in which week it lies took four times as long.
    """
    seen = visible(Proposal, viewer) if model is Proposal else visible(Placement, viewer)
    begins, ends = (bindparam(end, type_=ARRAY(Uuid)) for end in ("begins", "ends"))
    columns = column("begins", Uuid), column("ends", Uuid)
    weeks = func.unnest(begins, ends).table_valued(*columns, with_ordinality="week").render_derived("weeks")
    number = select(func.count()).select_from(model).where(seen, model.id >= weeks.c.begins, model.id < weeks.c.ends)
    return select(number.correlate(weeks).scalar_subquery()).select_from(weeks).order_by(weeks.c.week)
