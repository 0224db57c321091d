"""Scores as people see them: badge, profile, history and leaderboard (domain.md §6)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from sqlalchemy import TextClause, func, select, text

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Organisation, Recruiter, Reputation, ReputationSnapshot, User
from portal.queries.reputation_figures import bound, figures, figures_sql


@dataclass(frozen=True, slots=True)
class Badge:
    """Hold what a ring shows: the rounded score, None when there is none yet."""

    score: int | None
    provisional: bool


NEW = Badge(None, provisional=True)


def shown(score: Decimal) -> int:
    """Round a score as people see it, half a point up."""
    return int(score.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def badges(recruiter_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Badge]:
    """Give the badge of each of these recruiters in one query."""
    wanted = set(recruiter_ids)
    query = select(Reputation.recruiter_id, Reputation.score, Reputation.provisional)
    rows = reading().execute(query.where(Reputation.recruiter_id.in_(wanted))).all() if wanted else []
    found = {row.recruiter_id: Badge(shown(row.score), row.provisional) for row in rows}
    return {recruiter_id: found.get(recruiter_id, NEW) for recruiter_id in wanted}


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold a score and all that it came from; marks are 0–100, hours are decimal."""

    score: Decimal
    hire: Decimal
    completion: Decimal
    collaboration: Decimal
    responsiveness: Decimal
    decided: int
    placements: int
    completed: int
    failed: int
    feedback_count: int
    feedback_stars: Decimal | None
    response_count: int
    response_hours: Decimal | None
    provisional: bool

    @property
    def hire_rate(self) -> Decimal | None:
        """Give placements per decided proposal, 0–1."""
        return _rate(self.placements, self.decided)

    @property
    def completion_rate(self) -> Decimal | None:
        """Give the completed share of the ended placements that count, 0–1."""
        return _rate(self.completed, self.completed + self.failed)


def _rate(part: int, whole: int) -> Decimal | None:
    return None if whole == 0 else min(Decimal(1), (Decimal(part) / whole).quantize(Decimal("0.0001")))


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold a recruiter with the score; `figures` is None before the first calculation."""

    recruiter_id: uuid.UUID
    recruiter_name: str
    agency_name: str
    status: str
    since: datetime
    bio: str
    figures: Figures | None
    updated_at: datetime | None


_FIGURE_COLUMNS = tuple(getattr(Reputation, name) for name in Figures.__dataclass_fields__)


def profile(recruiter_id: uuid.UUID, *, viewer: Actor) -> Profile:
    """Give a recruiter and the score, as every signed-in person may see it.

    Raises:
        NotFound: there is no such recruiter.
    """
    _ = viewer  # reputations are there to be seen by everybody who is signed in
    query = (
        select(
            Recruiter.id,
            User.name,
            func.coalesce(Organisation.name, "Independent").label("agency_name"),
            Recruiter.status,
            Recruiter.created_at,
            Recruiter.bio,
            Reputation.updated_at,
            *_FIGURE_COLUMNS,
        )
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .outerjoin(Reputation, Reputation.recruiter_id == Recruiter.id)
        .where(Recruiter.id == recruiter_id)
    )
    row = reading().execute(query).one_or_none()
    if row is None:
        raise NotFound
    known = None if row.updated_at is None else Figures(*row[7:])
    return Profile(row.id, row.name, row.agency_name, row.status, row.created_at, row.bio, known, row.updated_at)


@dataclass(frozen=True, slots=True)
class Point:
    """Hold the score of a moment."""

    at: datetime
    score: Decimal
    hire_rate: Decimal | None
    completion_rate: Decimal | None
    placements: int
    figures: dict[str, object]
    cause: str


def history(
    recruiter_id: uuid.UUID, *, viewer: Actor, limit: int = 30, start: date | None = None, end: date | None = None
) -> tuple[Point, ...]:
    """Give the snapshots of a recruiter, newest first, between two days (UTC) if given."""
    _ = viewer
    snapshot = ReputationSnapshot
    query = select(snapshot.at, snapshot.score, snapshot.figures, snapshot.cause)
    query = query.where(snapshot.recruiter_id == recruiter_id).order_by(snapshot.at.desc()).limit(limit)
    if start is not None:
        query = query.where(snapshot.at >= start)
    if end is not None:
        query = query.where(snapshot.at < end + timedelta(days=1))
    return tuple(_point(row.at, row.score, row.figures, row.cause) for row in reading().execute(query))


def _point(at: datetime, score: Decimal, figures: dict[str, object], cause: str) -> Point:
    count = {name: int(str(figures[name])) for name in ("placements", "decided", "completed", "failed")}
    return Point(
        at,
        score,
        _rate(count["placements"], count["decided"]),
        _rate(count["completed"], count["completed"] + count["failed"]),
        count["placements"],
        figures,
        cause,
    )


class Period(StrEnum):
    """Name what a leaderboard looks at."""

    ALL_TIME = "all_time"
    LAST_YEAR = "last_year"
    LAST_MONTH = "last_month"


PERIOD_DAYS = {Period.LAST_YEAR: 365, Period.LAST_MONTH: 30}
PERIOD_LABELS = {Period.ALL_TIME: "All time", Period.LAST_YEAR: "Last year", Period.LAST_MONTH: "Last month"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """Hold a row of the leaderboard; equal scores share a rank."""

    rank: int
    recruiter_id: uuid.UUID
    recruiter_name: str
    agency_name: str
    figures: Figures

    @property
    def reputation_score(self) -> int:
        """Give the score as it is shown."""
        return shown(self.figures.score)


def since_of(period: Period, now: datetime) -> datetime | None:
    """Give the moment from which outcomes count, None for all."""
    days = PERIOD_DAYS.get(period)
    return None if days is None else now - timedelta(days=days)


_RANKED = """
WITH scored AS ({scored}), ranked AS (
    SELECT rank() OVER (ORDER BY round(score) DESC) AS rank, s.* FROM scored s
    JOIN network.recruiters r ON r.id = s.recruiter_id WHERE NOT s.provisional AND r.status = 'active'
)
SELECT k.rank, k.recruiter_id, u.name, coalesce(o.name, 'Independent') AS agency_name, {columns}
FROM ranked k JOIN network.recruiters r ON r.id = k.recruiter_id JOIN identity.users u ON u.id = r.user_id
LEFT JOIN identity.organisations o ON o.id = r.agency_id
WHERE {wanted} ORDER BY k.rank, u.name, k.recruiter_id LIMIT :limit
"""
_STORED = "SELECT * FROM network.recruiter_reputation"
_COLUMNS = ", ".join(f"k.{name}" for name in Figures.__dataclass_fields__)


def leaderboard(viewer: Actor, *, period: Period = Period.ALL_TIME, limit: int = 10) -> tuple[Ranked, ...]:
    """Rank the recruiters with enough history; a period ranks by the score over its outcomes alone."""
    return _ranks(viewer, period, "true", limit)


def own_rank(viewer: Actor, *, period: Period = Period.ALL_TIME) -> Ranked | None:
    """Give the viewer's own row, or None when the viewer is not ranked."""
    if viewer.recruiter_id is None:
        return None
    found = _ranks(viewer, period, "k.recruiter_id = :own", 1)
    return found[0] if found else None


def _ranks(viewer: Actor, period: Period, wanted: str, limit: int) -> tuple[Ranked, ...]:
    since = since_of(period, viewer.now)
    scored = _STORED if since is None else figures_sql(limited=False, since=True)
    sql = _RANKED.format(scored=scored, columns=_COLUMNS, wanted=wanted)
    statement: TextClause = text(sql) if since is None else bound(sql, now=viewer.now, since=since)
    values: dict[str, object] = {"limit": limit, **({"own": viewer.recruiter_id} if ":own" in wanted else {})}
    rows = reading().execute(statement, values)
    return tuple(Ranked(row[0], row[1], row[2], row[3], Figures(*row[4:])) for row in rows)


def replayed(recruiter_id: uuid.UUID, *, viewer: Actor, now: datetime) -> Figures:
    """Compute the figures from the source rows as of now, without storing them."""
    _ = viewer
    row = reading().execute(figures(now=now, ids=[recruiter_id])).one()
    return Figures(*row[1:])
