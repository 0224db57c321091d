"""The leaderboard: three periods, ties share a rank, one's own row stays in sight."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.reputation import Period
from portal.policy import current_actor, policy
from portal.queries.reputation import leaderboard as queries
from portal.queries.reputation.leaderboard import PERIOD_LABELS
from portal.queries.reputation.reputation import shown
from portal.rendering import score_words
from portal.requests import respond

bp = Blueprint("leaderboard", __name__)
ROWS = 50


@bp.get("/leaderboard")
@policy(Permission.REPUTATION_VIEW)
def index() -> ResponseReturnValue:
    """Rank the recruiters."""
    viewer, period = current_actor(), Period.read(request.args.get("period"))
    board = queries.board(viewer, period=period)
    own = queries.standing(viewer, board, period=period)
    rows = board.rows[:ROWS]
    return respond.page(
        "leaderboard/page.html",
        period=period,
        of_period="" if period is Period.ALL_TIME else f"?period={period}",
        tabs=[(label, f"/leaderboard?period={p}", None, p is period) for p, label in PERIOD_LABELS.items()],
        board=board,
        rows=rows,
        own=own,
        own_shown=None if own is None else shown(own.figures.score),
        is_listed=any(row.recruiter_id == viewer.recruiter_id for row in rows),
        missing="" if own is None else score_words.missing(own.figures),
        against="30 days ago" if period is Period.ALL_TIME else "all time",
    )
