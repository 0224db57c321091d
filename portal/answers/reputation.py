"""Reputation: the score, its history and the leaderboard."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, OneOf, Rate, Time
from portal.domain.reputation import Period


class Reputation(Answer):
    """A recruiter's reputation; without results, the score is a provisional 50 and rates are null."""

    recruiter_id: UUID
    recruiter_name: str
    reputation_score: int
    total_placements: int
    successful_placements: int
    failed_placements: int
    hire_rate: Annotated[Rate | None, From("figures.hire_rate")]
    completion_rate: Annotated[Rate | None, From("figures.completion_rate")]
    collaboration_score: int
    avg_response_time_hours: Annotated[Rate | None, From("figures.response_hours")]
    provisional: bool
    last_updated: Annotated[Time | None, From("updated_at")]


class Change(Answer):
    """A figure before and after; `old` is null if there was none."""

    old: Rate | None
    new: Rate | None


class Recalculated(Answer):
    """What a recalculation changed; `changes` is empty when the figures are the same."""

    recruiter_id: UUID
    old_score: int | None
    new_score: int
    recalculated_at: Annotated[Time, From("at")]
    changes: dict[str, Change]


class Ranked(Answer):
    """A row of the leaderboard; equal scores share a rank."""

    rank: int
    recruiter_id: UUID
    recruiter_name: str
    reputation_score: int
    total_placements: Annotated[int, From("figures.placements")]
    hire_rate: Annotated[Rate | None, From("figures.hire_rate")]


class Leaderboard(Answer):
    """The best scores of a period; provisional scores are not ranked."""

    time_period: OneOf[Period]
    updated_at: Annotated[Time, From("at")]
    leaderboard: list[Ranked]


class Point(Answer):
    """The score on a day."""

    date: dt.date
    reputation_score: int
    hire_rate: Rate | None
    completion_rate: Rate | None
    total_placements: Annotated[int, From("placements")]


class ReputationHistory(Answer):
    """Snapshots of a score, newest first."""

    recruiter_id: UUID
    history: list[Point]
