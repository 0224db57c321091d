"""The work queue: what waits for this person, soonest first; and the keys that lead through the portal."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Permission
from portal.domain.snoozing import SPAN_LABELS
from portal.domain.times import write_full
from portal.forms.queue import SnoozeForm
from portal.policy import current_actor, policy
from portal.queries import work_queue
from portal.queries.waiting.kinds import KINDS
from portal.requests import respond
from portal.services import snoozes

bp = Blueprint("home", __name__)
ROW = f"/queue/<any({', '.join(KINDS)}):kind>/<uuid:subject_id>"


@bp.get("/")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Show the work queue, with a first step for whoever has not begun."""
    return respond.page("home/page.html", **_home())


def _home() -> dict[str, Any]:
    actor = current_actor()
    return {
        "queue": work_queue.queue(actor),
        "may_add": actor.has(Permission.CANDIDATE_ADD) and actor.recruiter_id is not None,
        "may_found": actor.has(Permission.USERS_ADMINISTER),
        "may_post": actor.has(Permission.JOB_POST),
        "may_view_jobs": actor.has(Permission.JOB_VIEW),
        "inactive": actor.recruiter_id is not None and not actor.recruiter_active,
    }


@bp.route(f"{ROW}/snooze", methods=["GET", "POST"])
@policy(Permission.ACCOUNT_USE)
def snooze(kind: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for how long to snooze a row of the queue, then do."""
    form, actor = SnoozeForm(), current_actor()
    return respond.submit(
        form,
        lambda: snoozes.snooze(kind, subject_id, actor=actor, span=form.span.data or "", day=form.day.data),
        again=lambda status: _snooze_page(kind, subject_id, form, status),
        then=lambda until: respond.done("/", f"Snoozed until {write_full(until, ZoneInfo(actor.time_zone))}."),
    )


def _snooze_page(kind: str, subject_id: uuid.UUID, form: SnoozeForm, status: int) -> ResponseReturnValue:
    item = work_queue.item(kind, subject_id, viewer=current_actor())
    shown = {"item": item, "form": form, "spans": SPAN_LABELS}
    return respond.page("home/snooze.html", panel="home/_snooze.html", status=status, **shown)


@bp.post(f"{ROW}/wake")
@policy(Permission.ACCOUNT_USE)
def wake(kind: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Bring a snoozed row back to the queue now."""
    return respond.submit(
        FlaskForm(),
        lambda: snoozes.wake(kind, subject_id, actor=current_actor()),
        again=lambda status: respond.page("home/page.html", status=status, **_home()),
        then=("/", "Back in your queue."),
    )


@bp.get("/shortcuts")
@policy(Permission.ACCOUNT_USE)
def shortcuts() -> ResponseReturnValue:
    actor = current_actor()
    decides = actor.has(Permission.PROPOSAL_DECIDE)
    picks = decides or actor.recruiter_active
    shown = {"may_decide": decides, "may_pick": picks, "may_log": actor.recruiter_active}
    return respond.page("home/shortcuts.html", panel="layouts/_shortcuts.html", **shown)
