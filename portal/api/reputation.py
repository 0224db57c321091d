"""Reputation: endpoints 24–27."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Described
from portal.api.types import Limit, Out, Query, Rate, Time
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.reputation import leaderboard
from portal.queries.reputation import reputation as queries
from portal.queries.reputation.leaderboard import Period
from portal.services.reputation import reputation

bp = Api("reputation", __name__)
TAG = "Reputation"


class ReputationOut(Out):
    """A recruiter's reputation; nulls where there is nothing to compute from yet."""

    recruiter_id: uuid.UUID
    recruiter_name: str
    reputation_score: int | None
    total_placements: int
    successful_placements: int
    failed_placements: int
    hire_rate: Rate | None
    completion_rate: Rate | None
    collaboration_score: int | None
    avg_response_time_hours: Rate | None
    provisional: bool
    last_updated: Time | None


class ChangeOut(Out):
    """A figure before and after; `old` is null when there was none."""

    old: Rate | None
    new: Rate | None


class RecalculatedOut(Out):
    """What a recalculation changed; `changes` is empty when the figures are the same."""

    recruiter_id: uuid.UUID
    old_score: int | None
    new_score: int
    recalculated_at: Time
    changes: dict[str, ChangeOut]


class RankedOut(Out):
    """A row of the leaderboard; equal scores share a rank."""

    rank: int
    recruiter_id: uuid.UUID
    recruiter_name: str
    reputation_score: int
    total_placements: int
    hire_rate: Rate | None


class LeaderboardOut(Out):
    """The best scores of a period; provisional ones are not ranked."""

    time_period: Period
    updated_at: Time
    leaderboard: list[RankedOut]


class LeaderboardQuery(Query):
    """How many, and over which period."""

    limit: Limit = 10
    time_period: Period = Period.ALL_TIME


class PointOut(Out):
    """The score of a day."""

    date: date
    reputation_score: int
    hire_rate: Rate | None
    completion_rate: Rate | None
    total_placements: int


class HistoryOut(Out):
    """Snapshots of a score, newest first."""

    recruiter_id: uuid.UUID
    history: list[PointOut]


class HistoryQuery(Query):
    """How many, and between which days (UTC), both included."""

    limit: Limit = 30
    start_date: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))] | None = None
    end_date: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))] | None = None


@bp.endpoint(
    "/recruiters/<uuid:recruiter_id>/reputation",
    described=Described(tag=TAG, out=ReputationOut, permission=Permission.REPUTATION_VIEW),
)
def get_reputation(recruiter_id: uuid.UUID) -> dict[str, object]:
    """Show a recruiter's score and what it is made of."""
    found = queries.profile(recruiter_id, viewer=current_actor())
    known = found.figures
    return {
        "recruiter_id": found.recruiter_id,
        "recruiter_name": found.recruiter_name,
        "reputation_score": known and queries.shown(known.score),
        "total_placements": known.placements if known else 0,
        "successful_placements": known.completed if known else 0,
        "failed_placements": known.failed if known else 0,
        "hire_rate": known and known.hire_rate,
        "completion_rate": known and known.completion_rate,
        "collaboration_score": known and queries.shown(known.collaboration),
        "avg_response_time_hours": known and known.response_hours,
        "provisional": known.provisional if known else True,
        "last_updated": found.updated_at,
    }


@bp.endpoint(
    "/recruiters/<uuid:recruiter_id>/reputation/recalculate",
    method="POST",
    described=Described(tag=TAG, out=RecalculatedOut, permission=Permission.REPUTATION_RECALCULATE),
)
def recalculate(recruiter_id: uuid.UUID) -> dict[str, object]:
    """Compute a score from its source rows again."""
    done = reputation.recalculate_one(recruiter_id, actor=current_actor())
    return {
        "recruiter_id": recruiter_id,
        "old_score": None if done.before is None else queries.shown(done.before),
        "new_score": queries.shown(done.after),
        "recalculated_at": done.at,
        "changes": {name: {"old": old, "new": new} for name, (old, new) in done.changes.items()},
    }


@bp.endpoint(
    "/reputation/leaderboard",
    described=Described(tag=TAG, out=LeaderboardOut, permission=Permission.REPUTATION_VIEW, query=LeaderboardQuery),
)
def get_leaderboard(query: LeaderboardQuery) -> dict[str, object]:
    """Rank the recruiters with enough history."""
    viewer = current_actor()
    board = leaderboard.board(viewer, period=query.time_period)
    rows = [
        {
            "rank": row.rank,
            "recruiter_id": row.recruiter_id,
            "recruiter_name": row.recruiter_name,
            "reputation_score": row.reputation_score,
            "total_placements": row.figures.placements,
            "hire_rate": row.figures.hire_rate,
        }
        for row in board.rows[: query.limit]
    ]
    return {"time_period": query.time_period, "updated_at": board.at, "leaderboard": rows}


@bp.endpoint(
    "/recruiters/<uuid:recruiter_id>/reputation/history",
    described=Described(tag=TAG, out=HistoryOut, permission=Permission.REPUTATION_VIEW, query=HistoryQuery),
)
def get_reputation_history(recruiter_id: uuid.UUID, query: HistoryQuery) -> dict[str, object]:
    """List how a score developed."""
    viewer = current_actor()
    queries.profile(recruiter_id, viewer=viewer)
    points = queries.history(recruiter_id, viewer=viewer, limit=query.limit, start=query.start_date, end=query.end_date)
    listed = [
        {
            "date": point.at.date(),
            "reputation_score": queries.shown(point.score),
            "hire_rate": point.hire_rate,
            "completion_rate": point.completion_rate,
            "total_placements": point.placements,
        }
        for point in points
    ]
    return {"recruiter_id": recruiter_id, "history": listed}
