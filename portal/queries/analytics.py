"""Figures of the marketplace over a range of days: everything for the platform, one's own for everybody else."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    DateTime,
    Integer,
    Select,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    select,
    true,
)

from portal import access
from portal.domain.ids import lowest_id, time_of
from portal.domain.permissions import Actor, Permission, Scope
from portal.models import (
    CandidateSourcer,
    Collaborator,
    OutboxEntry,
    Placement,
    Proposal,
    Recruiter,
    stands,
)
from portal.queries.prepared import prepared, written
from portal.queries.proposals.proposals import IS_OPEN

P, H = Proposal, Placement
RANGES = (7, 30, 90, 365)
WEEKS_AHEAD = 13
WEEK = timedelta(days=7)
HOUR = 3_600
MOST = 10_000  # counting further costs and tells nothing
SINCE: BindParameter[datetime] = bindparam("since", type_=DateTime(timezone=True))
BEGINS, ENDS = (bindparam(edge, type_=ARRAY(DateTime(timezone=True))) for edge in ("begins", "ends"))  # of the steps
SINCE_ID: BindParameter[uuid.UUID] = bindparam("since_id", type_=Uuid())  # ids tell the time
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
        return self.edges()[:-1]

    def edges(self) -> list[datetime]:
        """List the starts of the steps, and the end of the last one."""
        found = [_floor(self.since, self.step)]
        while found[-1] <= self.now:
            found.append(_floor(found[-1] + timedelta(days={"day": 1, "week": 7, "month": 32}[self.step]), self.step))
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
        ended = self.completed + self.failed
        return None if not ended else round(100 * self.completed / ended, 1)


@dataclass(frozen=True, slots=True)
class Health:
    """How the network fares; `outbox_seconds` is the age of the oldest event that nobody was told of.

    `open_is_more` tells that there are more than `open_proposals`.
    """

    active_recruiters: int
    proposing_recruiters: int
    open_proposals: int
    open_is_more: bool
    outbox: int
    outbox_seconds: int


def funnel(viewer: Actor, span: Range) -> Funnel:
    """Count what became of proposals."""
    row = _funnel(viewer, **_since(span)).one()
    counts = (row.proposed, row.accepted, row.hired, row.completed, row.decided, row.timed_out)
    return Funnel(*counts, _rounded(row.median))


@prepared
def _funnel(viewer: Actor) -> Select[Any]:
    """Select the counts, each from the index of its time, so that none costs more for what was before."""
    made = (P.id >= SINCE_ID, access.visible(P, viewer))
    proposed = select(
        func.count().label("proposed"), func.count().filter(P.state == "accepted").label("accepted")
    ).where(*made)
    placed = select(func.count().label("hired"), func.count().filter(H.state == "completed").label("completed"))
    # Nobody is hired before being proposed: the hires of these proposals have later ids, too.
    placed = placed.join_from(H, P, P.id == H.proposal_id).where(*made, H.id >= SINCE_ID, stands(H))
    ended = select(*_paces()).where(P.closed_at >= SINCE, access.visible(P, viewer))
    parts = [part.subquery() for part in (proposed, placed, ended)]
    return select(*(column for part in parts for column in part.c)).select_from(
        parts[0].join(parts[1], true()).join(parts[2], true())
    )


def _paces() -> tuple[Any, ...]:
    """Select how many were decided and how many timed out, and how fast decisions were."""
    is_decided = P.state.in_(("accepted", "declined"))
    hours = func.date_part("epoch", P.closed_at - P.proposed_at) / HOUR  # extract() gives a numeric, which sorts slowly
    return (
        func.count().filter(is_decided).label("decided"),
        func.count().filter(P.state == "timeout").label("timed_out"),
        func.percentile_cont(0.5).within_group(hours).filter(is_decided).label("median"),
    )


def steps(viewer: Actor, span: Range) -> tuple[Step, ...]:
    """Return the figures of each step of the range, oldest first, also of those in which nothing happened."""
    since, edges = _since(span), span.edges()
    ranges = {SINCE.key: span.since, BEGINS.key: edges[:-1], ENDS.key: edges[1:]}
    decisions = {row.start: row for row in _decisions(viewer, **ranges)}
    failures = {row.start: row for row in _failures(viewer, **ranges)}
    fees: dict[datetime, list[tuple[str, int]]] = {}
    for row in _fees(viewer, span.step, **since):
        fees.setdefault(row.start, []).append((row.currency, int(row.minor)))
    return tuple(_step(at, decisions.get(at), failures.get(at), fees.get(at, ())) for at in span.starts())


def _since(span: Range) -> dict[str, object]:
    return {SINCE.key: span.since, SINCE_ID.key: lowest_id(span.since)}


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


@prepared
def _decisions(viewer: Actor) -> Select[Any]:
    return _by_step(P.closed_at, select(*_paces()).where(access.visible(P, viewer)))


@prepared
def _failures(viewer: Actor) -> Select[Any]:
    inside = H.replacement_eligible.is_(True)
    counts: list[Any] = [
        func.count().filter(inside).label("inside"),
        func.count().filter(~func.coalesce(inside, False)).label("outside"),
    ]
    return _by_step(H.failed_at, select(*counts).where(access.visible(H, viewer)))


def _by_step(at: Any, found: Select[Any]) -> Select[Any]:
    """Count each step by itself, a range of an index: to ask of each row in which step it lies took longer."""
    time = DateTime(timezone=True)
    steps = func.unnest(BEGINS, ENDS).table_valued(column("start", time), column("ends", time)).render_derived("steps")
    of_step = found.where(at >= SINCE, at >= steps.c.start, at < steps.c.ends).lateral("of_step")
    return select(steps.c.start, of_step).join(of_step, true())


@prepared
def _fees(viewer: Actor, step: str) -> Select[datetime, str, int]:
    start = func.date_trunc(step, H.hired_at, "UTC").label("start")
    found = select(start, H.currency, func.sum(H.fee_minor).label("minor"))
    found = found.where(H.id >= SINCE_ID, stands(H), access.visible(H, viewer))
    return found.group_by("start", H.currency).order_by(H.currency)


def team_sizes(viewer: Actor, span: Range) -> tuple[TeamSize, TeamSize]:
    """Compare the placements of one recruiter with those of several, hired in the range."""
    found = {row[0]: TeamSize(*row) for row in _team_sizes(viewer, **_since(span))}
    return found.get(False, TeamSize(False, 0, 0, 0)), found.get(True, TeamSize(True, 0, 0, 0))


@prepared
def _team_sizes(viewer: Actor) -> Select[Any]:
    people = select(func.count(Collaborator.recruiter_id.distinct())).where(Collaborator.placement_id == H.id)
    is_team = case((people.correlate(H).scalar_subquery() > 1, True), else_=False).label("is_team")
    placed = select(is_team, H.state).where(H.id >= SINCE_ID, stands(H), access.visible(H, viewer)).subquery()
    return select(
        placed.c.is_team,
        func.count(),
        func.count().filter(placed.c.state == "completed"),
        func.count().filter(placed.c.state == "failed"),
    ).group_by(placed.c.is_team)


def protections_ending(viewer: Actor) -> tuple[tuple[datetime, int], ...] | None:
    """Count the protections that end in each of the next thirteen weeks; None for whoever has none to see."""
    if viewer.scope(Permission.CANDIDATE_VIEW) is Scope.COMPANY:
        return None
    found = {row[0]: row[1] for row in _protections(viewer)}
    return tuple((viewer.now + n * WEEK, found.get(n, 0)) for n in range(WEEKS_AHEAD))


@prepared
def _protections(viewer: Actor) -> Select[int, int]:
    ends = CandidateSourcer.protection_expires_at
    number = cast(func.floor(func.extract("epoch", ends - viewer.now) / WEEK.total_seconds()), Integer).label("week")
    coming = (CandidateSourcer.is_current, ends >= viewer.now, ends < viewer.now + WEEKS_AHEAD * WEEK)
    query = select(number, func.count()).where(*coming).group_by("week")
    if viewer.scope(Permission.CANDIDATE_VIEW) is Scope.ANY:
        return query
    return query.where(CandidateSourcer.recruiter_id == viewer.recruiter_id)


def health(viewer: Actor, span: Range, *, most: int = MOST) -> Health | None:
    """Return how the network fares, for whoever sees all of it; open proposals are counted up to `most`."""
    if viewer.scope(Permission.ANALYTICS_VIEW) is not Scope.ANY:
        return None
    row = _health(viewer, most, **_since(span)).one()
    waited = viewer.now - time_of(row.oldest) if row.oldest else timedelta(0)
    return Health(
        row.active, row.proposing, min(row.open, most), row.open > most, row.outbox, max(0, int(waited.total_seconds()))
    )


@prepared
def _health(_viewer: Actor, most: int) -> Select[Any]:
    """Select the figures; the oldest event is told by its id: a look into the log would be one into each month."""
    proposing = exists().where(P.recruiter_id == Recruiter.id, P.id >= SINCE_ID).correlate(Recruiter)
    oldest = select(OutboxEntry.event_id).order_by(OutboxEntry.event_id).limit(written(1))
    active = select(func.count()).select_from(Recruiter).where(Recruiter.status == "active")
    is_open = select(P.id).where(IS_OPEN).limit(written(most + 1)).subquery()
    return select(
        active.scalar_subquery().label("active"),
        active.where(proposing).scalar_subquery().label("proposing"),
        select(func.count()).select_from(is_open).scalar_subquery().label("open"),
        select(func.count()).select_from(OutboxEntry).scalar_subquery().label("outbox"),
        oldest.scalar_subquery().label("oldest"),
    )
