"""The leaderboard: three periods, ties share a rank, one's own row stays in sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.reputation import Period
from portal.policy import current_actor, policy
from portal.queries.reputation import leaderboard as queries
from portal.queries.reputation.ranking import LEADERBOARD, period_of
from portal.queries.reputation.reputation import shown
from portal.rendering import score_words
from portal.requests import lists

bp = Blueprint("leaderboard", __name__)


@bp.get("/leaderboard")
@policy(Permission.REPUTATION_VIEW)
def index() -> ResponseReturnValue:
    """Rank the recruiters."""
    viewer, period = current_actor(), period_of(request.args)
    board = queries.board(viewer, period=period)
    own = queries.standing(viewer, board, period=period)

    def also(rows: Sequence[queries.Ranked]) -> Mapping[str, object]:
        return {"is_listed": any(row.recruiter_id == viewer.recruiter_id for row in rows)}

    return lists.show(
        LEADERBOARD,
        "leaderboard/page.html",
        also=also,
        period=period,
        of_period="" if period is Period.ALL_TIME else f"?period={period}",
        board=board,
        longest=queries.LONGEST,
        own=own,
        own_shown=None if own is None else shown(own.figures.score),
        missing="" if own is None else score_words.missing(own.figures),
        against="30 days ago" if period is Period.ALL_TIME else "all time",
    )
