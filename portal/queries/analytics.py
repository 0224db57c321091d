"""Figures of the marketplace over a range of days: everything for the platform, one's own for everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, func, or_, select

from portal import access
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import (
    CandidateSourcer,
    Collaborator,
    MarketplaceEvent,
    OutboxEntry,
    Placement,
    Proposal,
    Recruiter,
    stands,
)

P, H = Proposal, Placement
RANGES = (7, 30, 90, 365)
WEEKS_AHEAD = 13
HOUR = 3_600
STEP_OF = {7: "day", 30: "day", 90: "week", 365: "month"}


@dataclass(frozen=True, slots=True)
class Range:
    """The days that are looked at, up to now, and the steps of the charts (UTC)."""

    days: int
    since: datetime
    now: datetime

    @property
    def step(self) -> str:
        """Return the step: a day, a week or a month."""
        return STEP_OF[self.days]

    def starts(self) -> list[datetime]:
        """List the starts of the steps, oldest first; the first one begins before the range does."""
        found, at = [], _floor(self.since, self.step)
        while at <= self.now:
            found.append(at)
            at = _floor(at + timedelta(days={"day": 1, "week": 7, "month": 32}[self.step]), self.step)
        return found


def range_of(viewer: Actor, days: int) -> Range:
    """Return the range of the last so many days."""
    return Range(days, viewer.now - timedelta(days=days), viewer.now)


def _floor(at: datetime, step: str) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


@dataclass(frozen=True, slots=True)
class Funnel:
    """What became of the proposals of the range, and how the decisions of the range were made."""

    proposed: int
    accepted: int
    hired: int
    completed: int
    decided: int
    timed_out: int
    median_hours: float | None

    @property
    def timed_out_percent(self) -> float | None:
        """Return the share of the ended proposals that nobody decided in time."""
        ended = self.decided + self.timed_out
        return None if not ended else round(100 * self.timed_out / ended, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """The figures of one day, week or month."""

    start: datetime
    decided: int = 0
    timed_out: int = 0
    median_hours: float | None = None
    failed_inside: int = 0
    failed_outside: int = 0
    fees: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TeamSize:
    """How placements of one recruiter, or of several, fared."""

    is_team: bool
    hired: int
    completed: int
    failed: int

    @property
    def completed_percent(self) -> float | None:
        """Return the completed share of those that ended."""
        ended = self.completed + self.failed
        return None if not ended else round(100 * self.completed / ended, 1)


@dataclass(frozen=True, slots=True)
class Health:
    """How the network fares; `outbox_seconds` is the age of the oldest event that nobody was told of."""

    active_recruiters: int
    proposing_recruiters: int
    open_proposals: int
    outbox: int
    outbox_seconds: int


def funnel(viewer: Actor, span: Range) -> Funnel:
    """Count what became of proposals."""
    made, ended = P.proposed_at >= span.since, P.closed_at >= span.since
    is_decided = and_(ended, P.state.in_(("accepted", "declined")))
    hours = func.extract("epoch", P.closed_at - P.proposed_at) / HOUR
    query = (
        select(
            func.count().filter(made),
            func.count().filter(made, P.state == "accepted"),
            func.count(H.id).filter(made),
            func.count().filter(made, H.state == "completed"),
            func.count().filter(is_decided),
            func.count().filter(ended, P.state == "timeout"),
            func.percentile_cont(0.5).within_group(hours).filter(is_decided),
        )
        .outerjoin(H, (H.proposal_id == P.id) & stands(H))
        .where(or_(made, ended), access.visible(P, viewer))
    )
    row = reading().execute(query).one()
    return Funnel(row[0], row[1], row[2], row[3], row[4], row[5], _rounded(row[6]))


def steps(viewer: Actor, span: Range) -> tuple[Step, ...]:
    """Return the figures of each step of the range, oldest first, also of those in which nothing happened."""
    decisions = {row.start: row for row in reading().execute(_decisions(viewer, span))}
    failures = {row.start: row for row in reading().execute(_failures(viewer, span))}
    fees: dict[datetime, list[tuple[str, int]]] = {}
    for row in reading().execute(_fees(viewer, span)):
        fees.setdefault(row.start, []).append((row.currency, int(row.minor)))
    return tuple(_step(at, decisions.get(at), failures.get(at), fees.get(at, ())) for at in span.starts())


def _step(at: datetime, decided: Any, failed: Any, fees: Sequence[tuple[str, int]]) -> Step:
    return Step(
        at,
        decided.decided if decided else 0,
        decided.timed_out if decided else 0,
        _rounded(decided.median) if decided else None,
        failed.inside if failed else 0,
        failed.outside if failed else 0,
        tuple(fees),
    )


def _rounded(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 1)


def _start(at: Any, span: Range) -> ColumnElement[datetime]:
    return func.date_trunc(span.step, at, "UTC").label("start")


def _decisions(viewer: Actor, span: Range) -> Select[Any]:
    is_decided = P.state.in_(("accepted", "declined"))
    hours = func.extract("epoch", P.closed_at - P.proposed_at) / HOUR
    return (
        select(
            _start(P.closed_at, span),
            func.count().filter(is_decided).label("decided"),
            func.count().filter(P.state == "timeout").label("timed_out"),
            func.percentile_cont(0.5).within_group(hours).filter(is_decided).label("median"),
        )
        .where(P.closed_at >= span.since, access.visible(P, viewer))
        .group_by("start")
    )


def _failures(viewer: Actor, span: Range) -> Select[datetime, int, int]:
    inside = H.replacement_eligible.is_(True)
    return (
        select(
            _start(H.failed_at, span),
            func.count().filter(inside).label("inside"),
            func.count().filter(~func.coalesce(inside, False)).label("outside"),
        )
        .where(H.failed_at >= span.since, access.visible(H, viewer))
        .group_by("start")
    )


def _fees(viewer: Actor, span: Range) -> Select[datetime, str, int]:
    return (
        select(_start(H.hired_at, span), H.currency, func.sum(H.fee_minor).label("minor"))
        .where(H.hired_at >= span.since, stands(H), access.visible(H, viewer))
        .group_by("start", H.currency)
        .order_by(H.currency)
    )


def team_sizes(viewer: Actor, span: Range) -> tuple[TeamSize, TeamSize]:
    """Compare the placements of one recruiter with those of several, hired in the range."""
    people = select(func.count(Collaborator.recruiter_id.distinct())).where(Collaborator.placement_id == H.id)
    is_team = case((people.correlate(H).scalar_subquery() > 1, True), else_=False).label("is_team")
    placed = select(is_team, H.state).where(H.hired_at >= span.since, stands(H), access.visible(H, viewer)).subquery()
    query = select(
        placed.c.is_team,
        func.count(),
        func.count().filter(placed.c.state == "completed"),
        func.count().filter(placed.c.state == "failed"),
    ).group_by(placed.c.is_team)
    found = {row[0]: TeamSize(*row) for row in reading().execute(query)}
    return found.get(False, TeamSize(False, 0, 0, 0)), found.get(True, TeamSize(True, 0, 0, 0))


def protections_ending(viewer: Actor) -> tuple[tuple[datetime, int], ...] | None:
    """Count the protections that end in each of the next thirteen weeks; None for who has none to see."""
    scope = viewer.scope(Permission.CANDIDATE_VIEW)
    if scope is Scope.COMPANY:
        return None
    claim, week = CandidateSourcer, timedelta(days=7)
    number = cast(func.floor(func.extract("epoch", claim.protection_expires_at - viewer.now) / (7 * 86_400)), Integer)
    query = select(number, func.count()).where(
        claim.is_current,
        claim.protection_expires_at >= viewer.now,
        claim.protection_expires_at < viewer.now + WEEKS_AHEAD * week,
    )
    if scope is not Scope.ANY:
        query = query.where(claim.recruiter_id == viewer.recruiter_id)
    found = {row[0]: row[1] for row in reading().execute(query.group_by(number))}
    return tuple((viewer.now + n * week, found.get(n, 0)) for n in range(WEEKS_AHEAD))


def health(viewer: Actor, span: Range) -> Health | None:
    """Return how the network fares, for who sees all of it."""
    if viewer.scope(Permission.ANALYTICS_VIEW) is not Scope.ANY:
        return None
    proposing = exists().where(P.recruiter_id == Recruiter.id, P.proposed_at >= span.since).correlate(Recruiter)
    oldest = select(func.min(MarketplaceEvent.at)).join(OutboxEntry, OutboxEntry.event_id == MarketplaceEvent.id)
    age = func.extract("epoch", viewer.now - oldest.scalar_subquery())
    active = select(func.count()).select_from(Recruiter).where(Recruiter.status == "active")
    query = select(
        active.scalar_subquery(),
        active.where(proposing).scalar_subquery(),
        select(func.count()).select_from(P).where(P.state.in_(OPEN)).scalar_subquery(),
        select(func.count()).select_from(OutboxEntry).scalar_subquery(),
        cast(func.coalesce(func.greatest(age, 0), 0), Integer),
    )
    return Health(*reading().execute(query).one())
