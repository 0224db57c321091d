"""The work queue: what waits for this person, soonest first; and the keys that lead through the portal."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.policy import current_actor, policy
from portal.queries import work_queue
from portal.requests import respond

bp = Blueprint("home", __name__)


@bp.get("/")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Show the work queue, with a first step for who has not begun."""
    actor = current_actor()
    return respond.page(
        "home/page.html",
        queue=work_queue.queue(actor),
        may_add=actor.has(Permission.CANDIDATE_ADD) and actor.recruiter_id is not None,
        may_post=actor.has(Permission.JOB_POST),
        inactive=actor.recruiter_id is not None and not actor.recruiter_active,
    )


@bp.get("/shortcuts")
@policy(Permission.ACCOUNT_USE)
def shortcuts() -> ResponseReturnValue:
    """Show which keys do what."""
    decides = current_actor().has(Permission.PROPOSAL_DECIDE)
    return respond.page("home/shortcuts.html", panel="layouts/_shortcuts.html", may_decide=decides)
