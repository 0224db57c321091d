"""How a score came about: month by month over a year, and what moved it from one snapshot to the next."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from portal.domain import reputation as rules
from portal.domain.permissions import Actor
from portal.domain.times import month_after
from portal.extensions import reading
from portal.runtime import cache
from portal.wording.writing import plural

MONTHS = 12
MOVES = 10
SNAPSHOTS = 3 * MOVES  # to find as many moves in: some snapshots differ in nothing that anybody would see
SEEN = Decimal("0.005")  # points of the score; less is shown as no change
COUNTS = {
    "hire": ("placements", "decided"),
    "completion": ("completed", "failed"),
    "collaboration": ("feedback_count",),
    "responsiveness": ("response_count",),
}


@dataclass(frozen=True, slots=True)
class Move:
    """How one component moved the score between two snapshots; `points` are points of the score."""

    component: str
    text: str
    points: Decimal
    since: datetime
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Story:
    """The score at the end of each month, None before the first, and the last moves, newest first."""

    months: tuple[tuple[datetime, Decimal | None], ...]
    moves: tuple[Move, ...]

    @property
    def scores(self) -> tuple[float | None, ...]:
        return tuple(None if score is None else float(score) for _, score in self.months)

    @property
    def first(self) -> tuple[datetime, Decimal] | None:
        return next(((at, score) for at, score in self.months if score is not None), None)


CAUSES = {
    "outcome": "New result",
    "waiting": "Request answered or still pending",
    "recalculation": "Platform recalculated the score",
    "appeal": "Appeal upheld",
    "weekly": "Weekly snapshot",
}

_SNAPSHOTS = text("""
(SELECT DISTINCT ON (date_trunc('month', at AT TIME ZONE 'UTC')) 'month' AS kind, at, score::text, cause,
        NULL::jsonb AS figures
    FROM network.recruiter_reputation_history WHERE recruiter_id = :who AND at >= :start
    ORDER BY date_trunc('month', at AT TIME ZONE 'UTC'), at DESC)
UNION ALL (SELECT 'month', at, score::text, cause, NULL
    FROM network.recruiter_reputation_history WHERE recruiter_id = :who AND at < :start ORDER BY at DESC LIMIT 1)
UNION ALL (SELECT 'recent', at, score::text, cause, figures
    FROM network.recruiter_reputation_history WHERE recruiter_id = :who AND cause <> 'weekly'
    ORDER BY at DESC LIMIT :most)
""")


def story(recruiter_id: uuid.UUID, *, viewer: Actor) -> Story:
    """Return how the score of a recruiter came about, for everybody who is signed in."""
    start = _months(viewer.now)[0]
    ((name, of),) = kept_as(recruiter_id).items()
    kept = cache.remembered(name, lambda: _snapshots(recruiter_id, start), seconds=cache.REPUTATION, of=of)
    ends = {datetime.fromisoformat(s["at"]): Decimal(s["score"]) for s in kept if s["kind"] == "month"}
    recent = [s for s in kept if s["kind"] == "recent"]
    return Story(_by_month(viewer.now, ends), _moves(recent))


def kept_as(recruiter_id: uuid.UUID) -> dict[str, str]:
    """Return the name under which the snapshots of a recruiter are kept, with what a write ends."""
    return {f"story:{recruiter_id}": f"reputation:{recruiter_id}"}


def _snapshots(recruiter_id: uuid.UUID, start: datetime) -> list[dict[str, Any]]:
    rows = reading().execute(_SNAPSHOTS, {"who": recruiter_id, "start": start, "most": SNAPSHOTS})
    return [{**row._mapping, "at": row.at.isoformat()} for row in rows]


def _months(now: datetime) -> list[datetime]:
    """Return the starts of the last twelve months (UTC), this one included, oldest first."""
    return [datetime.combine(month_after(now, n + 1 - MONTHS), time(), UTC) for n in range(MONTHS)]


def _by_month(now: datetime, ends: Mapping[datetime, Decimal]) -> tuple[tuple[datetime, Decimal | None], ...]:
    """Return each month's last snapshot, else the one before it: a score stays until something happens."""
    found: list[tuple[datetime, Decimal | None]] = []
    starts = _months(now)
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        known = [at for at in ends if after is None or at < after]
        found.append((start, ends[max(known)] if known else None))
    return tuple(found)


def _moves(newest_first: Sequence[Mapping[str, Any]]) -> tuple[Move, ...]:
    """List the last moves; what drifts unseen from one snapshot to the next adds up until it is a move."""
    told: list[list[Move]] = []
    base = newest_first[-1] if newest_first else None
    for snapshot in reversed(newest_first):
        if base is not None and (step := moves(base, snapshot)):
            told.append(step)
            base = snapshot
    return tuple(move for step in reversed(told) for move in step)[:MOVES]


def moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Move]:
    """Explain the difference of two snapshots by component, the largest move first."""
    before, after = old["figures"], new["figures"]
    found = []
    for name, weight in rules.WEIGHTS.items():
        points = (Decimal(str(after[name])) - Decimal(str(before[name]))) * weight / 100
        is_counted = any(before[count] != after[count] for count in COUNTS[name])
        if is_counted or abs(points) >= SEEN:
            cause = "waiting" if new["cause"] == "outcome" and not is_counted else new["cause"]
            says = SAY[name](before, after)
            found.append(Move(name, says, points, _time(old), _time(new), CAUSES.get(cause, cause)))
    return sorted(found, key=lambda move: -abs(move.points))


def _time(snapshot: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(snapshot["at"])


Figures = Mapping[str, Any]


def _counted(before: Figures, after: Figures, nouns: Mapping[str, str]) -> str:
    """Word by how much counts changed: `1 more decided proposal, 2 fewer hires`."""
    parts = []
    for name, noun in nouns.items():
        change = int(after[name]) - int(before[name])
        if change:
            word = noun if abs(change) == 1 else f"{noun}s"
            parts.append(f"{abs(change)} {'more' if change > 0 else 'fewer'} {word}")
    return ", ".join(parts)


def _hire(before: Figures, after: Figures) -> str:
    return _counted(before, after, {"placements": "hire", "decided": "decided proposal"})


def _completion(before: Figures, after: Figures) -> str:
    return _counted(before, after, {"completed": "completed placement", "failed": "failed placement"})


def _mean(before: Figures, after: Figures, value: str, count: str, words: tuple[str, str, str]) -> str:
    """Return how a mean changed; nothing when it did not in what people read."""
    what, unit, counted = words
    if after[value] is None:
        return "" if before[value] is None else f"No {what} counts anymore"
    now = f"Average {what} {after[value]:.2f}{unit} over {plural(after[count], counted)}"
    if before[value] is None:
        return now
    was = f"{before[value]:.2f}{unit}"
    is_same = before[count] == after[count] and was == f"{after[value]:.2f}{unit}"
    return "" if is_same else f"{now}, was {was}"


def _collaboration(before: Figures, after: Figures) -> str:
    return _mean(before, after, "feedback_stars", "feedback_count", ("rating", "", "rating"))


def _responsiveness(before: Figures, after: Figures) -> str:
    return _mean(before, after, "response_hours", "response_count", ("response", " h", "request"))


SAY: dict[str, Callable[[Figures, Figures], str]] = {
    "hire": _hire,
    "completion": _completion,
    "collaboration": _collaboration,
    "responsiveness": _responsiveness,
}
