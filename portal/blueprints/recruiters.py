"""Recruiters: find them, and see a score with everything that it comes from."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain import reputation as rules
from portal.domain.permissions import Permission
from portal.domain.reputation import Period
from portal.policy import current_actor, policy
from portal.queries.recruiters import RECRUITERS
from portal.queries.reputation import appeals, leaderboard, rows
from portal.queries.reputation import reputation as queries
from portal.queries.reputation import story as reputation_story
from portal.queries.reputation.leaderboard import PERIOD_LABELS
from portal.rendering import score_words
from portal.requests import lists, respond
from portal.runtime import cache
from portal.services.reputation import reputation

bp = Blueprint("recruiters", __name__, url_prefix="/recruiters")


@bp.get("")
@policy(Permission.RECRUITER_VIEW)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    return lists.show(
        RECRUITERS,
        "recruiters/index.html",
        may_recalculate=viewer.has(Permission.REPUTATION_RECALCULATE),
        open_appeals=appeals.open_count(viewer),
    )


@bp.get("/<uuid:recruiter_id>")
@policy(Permission.REPUTATION_VIEW)
def show(recruiter_id: uuid.UUID) -> ResponseReturnValue:
    """Show a recruiter's score, how it came about, and the rows behind it; over a period as the leaderboard has it."""
    viewer, period = current_actor(), Period.read(request.args.get("period"))
    cache.ask_ahead(leaderboard.kept_as(period) | reputation_story.kept_as(recruiter_id))
    found = queries.profile(recruiter_id, viewer=viewer)
    board = leaderboard.board(viewer, period=period)
    since = leaderboard.since_of(period, board.at)
    over = leaderboard.figures_over(recruiter_id, board, period=period)
    return respond.page(
        "recruiters/page.html",
        r=found,
        f=found.figures,
        shown=None if found.figures is None else queries.shown(found.figures.score),
        **_written(found.figures if over is None else over),
        missing="" if found.figures is None else score_words.missing(found.figures),
        period=period,
        labels=PERIOD_LABELS,
        since=since,
        tabs=_periods(recruiter_id, period),
        story=reputation_story.story(recruiter_id, viewer=viewer),
        inputs=rows.inputs_of(recruiter_id, viewer=viewer, since=since),
        board=board,
        rules=rules,
        is_own=viewer.recruiter_id == recruiter_id,
        may_recalculate=viewer.has(Permission.REPUTATION_RECALCULATE),
        administers=viewer.has(Permission.USERS_ADMINISTER),
    )


def _written(figures: queries.Figures | None) -> dict[str, Any]:
    """Write out the figures of the period that is looked at."""
    if figures is None:
        return {"over": None, "parts": ()}
    return {
        "over": figures,
        "over_shown": queries.shown(figures.score),
        "parts": score_words.components(figures),
        "written_sum": score_words.written_sum(figures),
        "lacking": score_words.missing(figures),
    }


def _periods(recruiter_id: uuid.UUID, period: Period) -> list[tuple[str, str, None, bool]]:
    at = f"/recruiters/{recruiter_id}"
    return [(label, f"{at}?period={p}", None, p is period) for p, label in PERIOD_LABELS.items()]


@bp.post("/<uuid:recruiter_id>/recalculate")
@policy(Permission.REPUTATION_RECALCULATE)
def recalculate(recruiter_id: uuid.UUID) -> ResponseReturnValue:
    """Compute one score again."""
    done = reputation.recalculate_one(recruiter_id, actor=current_actor())
    said = f"Recalculated: {done.after:.2f}"
    said += ", as before." if done.before == done.after else f", was {done.before:.2f}." if done.before else "."
    return respond.done(url_for("recruiters.show", recruiter_id=recruiter_id), said)


@bp.route("/recalculation", methods=["GET", "POST"])
@policy(Permission.REPUTATION_RECALCULATE)
def recalculation() -> ResponseReturnValue:
    """Show how far the recalculation of all is, or queue everybody; a worker does the work."""
    if request.method != "POST":
        return respond.page("recruiters/recalculation.html", panel="recruiters/_progress.html", p=_progress())
    reputation.queue_all(actor=current_actor())
    return respond.done(
        url_for("recruiters.recalculation"),
        "",
        panel=lambda: render_template("recruiters/_progress.html", p=_progress()),
    )


def _progress() -> queries.Progress:
    return queries.progress(viewer=current_actor())
