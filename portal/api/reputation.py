"""Reputation: endpoints 24–27."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field

from portal.answers.reputation import Leaderboard, Point, Recalculated, Reputation, ReputationHistory
from portal.api.endpoint import Api
from portal.api.types import A_DAY, Limit, Query, check_order
from portal.domain.permissions import Permission
from portal.domain.reputation import NEUTRAL, Period
from portal.policy import current_actor
from portal.queries.reputation import leaderboard
from portal.queries.reputation import reputation as queries
from portal.services.reputation import reputation

bp = Api("reputation", __name__, tag="Reputation")


class LeaderboardQuery(Query):
    """How many, and over which period."""

    limit: Limit = 10
    time_period: Period = Period.ALL_TIME


class HistoryQuery(Query):
    """How many, and between which days (UTC), both included."""

    limit: Limit = 30
    start_date: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1)), A_DAY] | None = None
    end_date: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1)), A_DAY] | None = None


@bp.reads("/recruiters/<uuid:recruiter_id>/reputation", Reputation, Permission.REPUTATION_VIEW)
def get_reputation(recruiter_id: uuid.UUID) -> Reputation:
    """Return a recruiter's score and its components."""
    found = queries.profile(recruiter_id, viewer=current_actor())
    known = found.figures
    return Reputation.of(
        found,
        reputation_score=found.badge.score,
        total_placements=known.placements if known else 0,
        successful_placements=known.completed if known else 0,
        failed_placements=known.failed if known else 0,
        collaboration_score=queries.shown(known.collaboration if known else NEUTRAL),
        provisional=known.provisional if known else True,
    )


@bp.changes("/recruiters/<uuid:recruiter_id>/reputation/recalculate", Recalculated, Permission.REPUTATION_RECALCULATE)
def recalculate(recruiter_id: uuid.UUID) -> Recalculated:
    """Recalculate a score from its source data."""
    done = reputation.recalculate_one(recruiter_id, actor=current_actor())
    return Recalculated.of(
        done,
        recruiter_id=recruiter_id,
        old_score=None if done.before is None else queries.shown(done.before),
        new_score=queries.shown(done.after),
        changes={name: {"old": old, "new": new} for name, (old, new) in done.changes.items()},
    )


@bp.reads("/reputation/leaderboard", Leaderboard, Permission.REPUTATION_VIEW)
def get_leaderboard(query: LeaderboardQuery) -> Leaderboard:
    """Return the leaderboard: recruiters with enough history, by score."""
    board = leaderboard.board(current_actor(), period=query.time_period)
    return Leaderboard.of(board, time_period=query.time_period, leaderboard=board.rows[: query.limit])


@bp.reads("/recruiters/<uuid:recruiter_id>/reputation/history", ReputationHistory, Permission.REPUTATION_VIEW)
def get_reputation_history(recruiter_id: uuid.UUID, query: HistoryQuery) -> ReputationHistory:
    """List a score's history."""
    viewer = current_actor()
    check_order(query.start_date, query.end_date, name="end_date")
    queries.profile(recruiter_id, viewer=viewer)
    points = queries.history(recruiter_id, viewer=viewer, limit=query.limit, start=query.start_date, end=query.end_date)
    listed = [Point.of(one, date=one.at.date(), reputation_score=queries.shown(one.score)) for one in points]
    return ReputationHistory(recruiter_id=recruiter_id, history=listed)
