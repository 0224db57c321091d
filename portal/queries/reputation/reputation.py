"""Scores as people see them: badge, profile, history and leaderboard (domain.md §6)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from portal import access
from portal.domain import reputation as rules
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission
from portal.extensions import reading
from portal.models import Organisation, Recruiter, Reputation, ReputationQueue, ReputationSnapshot, User
from portal.queries.prepared import prepared
from portal.runtime import cache


@dataclass(frozen=True, slots=True)
class Badge:
    """What a ring shows: the rounded score, None when there is none yet."""

    score: int | None
    provisional: bool


NEW = Badge(int(rules.NEUTRAL), provisional=True)  # what the calculation gives to whoever has no data


def shown(score: Decimal) -> int:
    """Round a score as people see it, half a point up."""
    return int(score.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def badges(recruiter_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Badge]:
    """Return the badge of each of these recruiters, from the cache or in one query."""
    names = {f"badge:{r}": f"reputation:{r}" for r in sorted(set(recruiter_ids))}
    kept = cache.all_remembered(names, _badges, seconds=cache.REPUTATION)
    return {uuid.UUID(name.removeprefix("badge:")): Badge(*values) for name, values in kept.items()}


def _badges(names: Collection[str]) -> dict[str, tuple[int | None, bool]]:
    wanted = [uuid.UUID(name.removeprefix("badge:")) for name in names]
    query = select(Reputation.recruiter_id, Reputation.score, Reputation.provisional)
    rows = reading().execute(query.where(Reputation.recruiter_id.in_(wanted)))
    found = {f"badge:{row.recruiter_id}": (shown(row.score), row.provisional) for row in rows}
    return {name: found.get(name, (NEW.score, NEW.provisional)) for name in names}


@dataclass(frozen=True, slots=True)
class Figures:
    """A score and all that it came from; marks are 0–100, hours are decimal."""

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
    def finished(self) -> int:
        """Count the ended placements that count."""
        return self.completed + self.failed

    @property
    def missing_decided(self) -> int:
        """Count the decided proposals that are missing for a rank."""
        return max(0, rules.MIN_DECIDED - self.decided)

    @property
    def missing_finished(self) -> int:
        """Count the ended placements that are missing for a rank."""
        return max(0, rules.MIN_FINISHED - self.finished)

    @property
    def hire_rate(self) -> Decimal | None:
        """Return placements per decided proposal, 0–1."""
        return _rate(self.placements, self.decided)

    @property
    def completion_rate(self) -> Decimal | None:
        """Return the completed share of the ended placements that count, 0–1."""
        return _rate(self.completed, self.completed + self.failed)


def _rate(part: int, whole: int) -> Decimal | None:
    return None if whole == 0 else min(Decimal(1), (Decimal(part) / whole).quantize(Decimal("0.0001")))


@dataclass(frozen=True, slots=True)
class Profile:
    """A recruiter with the score; `figures` is None before the first calculation."""

    recruiter_id: uuid.UUID
    user_id: uuid.UUID
    recruiter_name: str
    agency_name: str
    status: str
    since: datetime
    bio: str
    figures: Figures | None
    updated_at: datetime | None

    @property
    def badge(self) -> Badge:
        """Return what the ring shows."""
        return NEW if self.figures is None else Badge(shown(self.figures.score), self.figures.provisional)

    @property
    def is_active(self) -> bool:
        """Return whether the recruiter takes part."""
        return self.status == "active"


_FIGURE_COLUMNS = tuple(getattr(Reputation, name) for name in Figures.__dataclass_fields__)


def profile(recruiter_id: uuid.UUID, *, viewer: Actor) -> Profile:
    """Return a recruiter and the score, as every signed-in person may see it."""
    row = existing(_selected(viewer, recruiter=recruiter_id).one_or_none())
    known = None if row.updated_at is None else Figures(*row[8:])
    about = (row.id, row.user_id, row.name, row.agency_name)
    return Profile(*about, row.status, row.created_at, row.bio, known, row.updated_at)


@prepared
def _selected(_viewer: Actor) -> Select[*tuple[Any, ...]]:
    """Select for everybody who is signed in: reputations are there to be seen."""
    return (
        select(
            Recruiter.id,
            Recruiter.user_id,
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
        .where(Recruiter.id == bindparam("recruiter"))
    )


@dataclass(frozen=True, slots=True)
class Point:
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
    """Return the snapshots of a recruiter, newest first, between two days (UTC) if given."""
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


@dataclass(frozen=True, slots=True)
class Progress:
    """How many recruiters wait for a recalculation, of how many there are."""

    waiting: int
    everybody: int

    @property
    def done(self) -> int:
        """Count those whose score is up to date."""
        return max(0, self.everybody - self.waiting)


def progress(*, viewer: Actor) -> Progress:
    """Return how far the recalculation of everybody is."""
    access.require(viewer, Permission.REPUTATION_RECALCULATE)
    waiting = select(func.count()).select_from(ReputationQueue).scalar_subquery()
    everybody = select(func.count()).select_from(Recruiter).scalar_subquery()
    return Progress(*reading().execute(select(waiting, everybody)).one())
