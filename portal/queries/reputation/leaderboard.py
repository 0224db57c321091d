"""Who is ranked where, over all time or over the outcomes of a year or a month (domain.md §6)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Row, select, text

from portal.domain.permissions import Actor
from portal.domain.reputation import Period
from portal.extensions import reading
from portal.models import Reputation
from portal.queries.reputation.figures import bound, figures, figures_sql
from portal.queries.reputation.reputation import Figures, shown
from portal.runtime import cache

LONGEST = 100
CHANGE_DAYS = 30
PERIOD_DAYS = {Period.LAST_YEAR: 365, Period.LAST_MONTH: 30}
PERIOD_LABELS = {Period.ALL_TIME: "All time", Period.LAST_YEAR: "Last year", Period.LAST_MONTH: "Last month"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of the leaderboard; equal scores, as they are shown, share a rank.

    `before` is the score of 30 days ago; for a period it is the score over all time.
    """

    rank: int
    recruiter_id: uuid.UUID
    recruiter_name: str
    agency_name: str
    before: Decimal | None
    figures: Figures

    @property
    def reputation_score(self) -> int:
        return shown(self.figures.score)

    @property
    def change(self) -> int | None:
        """Return the difference of the two scores as they are shown; None when there is nothing to compare with."""
        return None if self.before is None else self.reputation_score - shown(self.before)


@dataclass(frozen=True)
class Board:
    """The best rows, as they are kept, how many are ranked with each score, and when this was computed."""

    kept: Sequence[Sequence[Any]]
    counts: Mapping[int, int]
    at: datetime

    @cached_property
    def rows(self) -> tuple[Ranked, ...]:
        """Return the best rows; a profile, which asks for a rank alone, makes none."""
        return tuple(
            Ranked(rank, uuid.UUID(who), name, agency, _decimal(before), _unpacked(values))
            for rank, who, name, agency, before, values in self.kept
        )

    @property
    def ranked(self) -> int:
        return sum(self.counts.values())

    def rank_of(self, score: int) -> int:
        """Return the rank that a score has: one more than there are better ones."""
        return 1 + sum(n for other, n in self.counts.items() if other > score)

    def is_tied(self, score: int) -> bool:
        """Return whether several share this score, and with it the rank."""
        return self.counts.get(score, 0) > 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one recruiter stands; the rank is None for whoever is not ranked: too little history, or not active."""

    rank: int | None
    figures: Figures
    is_active: bool


def since_of(period: Period, now: datetime) -> datetime | None:
    """Return the moment from which outcomes count, None for all."""
    days = PERIOD_DAYS.get(period)
    return None if days is None else now - timedelta(days=days)


_BEFORE = """(SELECT h.score FROM network.recruiter_reputation_history h
    WHERE h.recruiter_id = k.recruiter_id AND h.at <= :then ORDER BY h.at DESC LIMIT 1)"""
_OVER_ALL = "(SELECT r.score FROM network.recruiter_reputation r WHERE r.recruiter_id = k.recruiter_id)"
_STORED = "SELECT * FROM network.recruiter_reputation"
_COLUMNS = ", ".join(f"k.{name}" for name in Figures.__dataclass_fields__)
_RANKED = """
WITH scored AS ({scored}), ranked AS MATERIALIZED (
    SELECT rank() OVER (ORDER BY round(score) DESC) AS rank, s.* FROM scored s
    JOIN network.recruiters r ON r.id = s.recruiter_id WHERE NOT s.provisional AND r.status = 'active'
), counts AS (
    SELECT jsonb_object_agg(score, n) AS of_score
    FROM (SELECT round(score)::int AS score, count(*) AS n FROM ranked GROUP BY 1) c
), best AS (SELECT * FROM ranked ORDER BY rank, recruiter_id LIMIT :most)
SELECT k.rank, k.recruiter_id, u.name, coalesce(o.name, 'Independent') AS agency_name, {before} AS before,
    (SELECT of_score FROM counts) AS counts, {columns}
FROM best k JOIN network.recruiters r ON r.id = k.recruiter_id JOIN identity.users u ON u.id = r.user_id
LEFT JOIN identity.organisations o ON o.id = r.agency_id
ORDER BY k.rank, u.name, k.recruiter_id
"""


def board(viewer: Actor, *, period: Period = Period.ALL_TIME) -> Board:
    """Rank the recruiters with enough history; kept for a quarter of an hour, or until a score changes."""
    ((name, of),) = kept_as(period).items()
    kept = cache.remembered(name, lambda: _make(viewer, period), seconds=cache.LEADERBOARD, of=of)
    counts = {int(score): n for score, n in kept["counts"].items()}
    return Board(kept["rows"], counts, datetime.fromisoformat(kept["at"]))


def kept_as(period: Period) -> dict[str, str]:
    """Return the name under which a board is kept, with what a write ends."""
    return {f"leaderboard:{period}": "leaderboard"}


def _make(viewer: Actor, period: Period) -> dict[str, Any]:
    """Compute a board as JSON values."""
    since = since_of(period, viewer.now)
    scored = _STORED if since is None else figures_sql(limited=False, since=True)
    sql = _RANKED.format(scored=scored, columns=_COLUMNS, before=_BEFORE if since is None else _OVER_ALL)
    values: dict[str, object] = {"most": LONGEST}
    if since is None:
        statement = text(sql)
        values["then"] = viewer.now - timedelta(days=CHANGE_DAYS)
    else:
        statement = bound(sql, now=viewer.now, since=since)
    found = reading().execute(statement, values).all()
    return {
        "rows": [_packed(row) for row in found],
        "counts": found[0].counts if found else {},
        "at": viewer.now.isoformat(),
    }


def _packed(row: Row[Any]) -> list[Any]:
    before = None if row.before is None else str(row.before)
    return [row.rank, str(row.recruiter_id), row.name, row.agency_name, before, [_plain(v) for v in tuple(row)[6:]]]


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _unpacked(values: list[Any]) -> Figures:
    figures_of_row: list[Any] = [Decimal(v) if isinstance(v, str) else v for v in values]
    return Figures(*figures_of_row)


def figures_over(recruiter_id: uuid.UUID, found: Board, *, period: Period) -> Figures | None:
    """Return the figures of anybody over the period of a board, those of the board itself; None for all time."""
    since = since_of(period, found.at)
    if since is None:
        return None
    ranked = next((row.figures for row in found.rows if row.recruiter_id == recruiter_id), None)
    return ranked or Figures(*reading().execute(figures(now=found.at, ids=[recruiter_id], since=since)).one()[1:])


def standing(viewer: Actor, found: Board, *, period: Period = Period.ALL_TIME) -> Standing | None:
    """Return where the viewer stands on a board, None for whoever is no recruiter."""
    if viewer.recruiter_id is None:
        return None
    over = figures_over(viewer.recruiter_id, found, period=period)
    if over is not None:
        return _standing(found, over, is_active=viewer.recruiter_active)
    columns = [getattr(Reputation, name) for name in Figures.__dataclass_fields__]
    stored = reading().execute(select(*columns).where(Reputation.recruiter_id == viewer.recruiter_id)).one_or_none()
    own = NOTHING if stored is None else Figures(*stored)
    return _standing(found, own, is_active=viewer.recruiter_active)


_HALF = Decimal(50)
NOTHING = Figures(_HALF, _HALF, _HALF, _HALF, _HALF, 0, 0, 0, 0, 0, None, 0, None, provisional=True)


def _standing(found: Board, own: Figures, *, is_active: bool) -> Standing:
    is_ranked = is_active and not own.provisional
    return Standing(found.rank_of(shown(own.score)) if is_ranked else None, own, is_active)
