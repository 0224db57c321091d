"""Scores as people see them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from portal.extensions import reading
from portal.models import Reputation


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
