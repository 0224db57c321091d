"""Email as the platform sees it: what was sent, what is waiting, and what failed and can be resent."""

from __future__ import annotations

import uuid
from functools import partial

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Permission
from portal.policy import current_actor, policy
from portal.queries.admin import deliveries as queries
from portal.requests import lists, respond
from portal.services.messages import deliveries
from portal.wording.writing import plural

bp = Blueprint("deliveries", __name__)


@bp.get("/admin/deliveries")
@policy(Permission.DELIVERIES_MANAGE)
def index() -> ResponseReturnValue:
    """List the emails, newest first."""
    return lists.show(queries.DELIVERIES, "deliveries/page.html", counts=queries.counts(current_actor()))


@bp.get("/admin/deliveries/queue")
@policy(Permission.DELIVERIES_MANAGE)
def queue() -> ResponseReturnValue:
    """Show events whose emails couldn't be created, periodic jobs, and failed jobs."""
    actor = current_actor()
    return respond.page(
        "deliveries/queue.html",
        stuck=queries.stuck_events(actor),
        runs=queries.periodic_runs(actor),
        failed=queries.failed_jobs(actor),
    )


@bp.get("/admin/deliveries/<uuid:delivery_id>")
@policy(Permission.DELIVERIES_MANAGE)
def detail(delivery_id: uuid.UUID) -> ResponseReturnValue:
    return respond.page("deliveries/detail.html", delivery=queries.detail(current_actor(), delivery_id))


@bp.post("/admin/deliveries/<uuid:delivery_id>/retry")
@policy(Permission.DELIVERIES_MANAGE)
def retry(delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Resend a failed email."""
    command = partial(deliveries.retry, delivery_id, actor=current_actor())
    return respond.press(command, url_for("deliveries.detail", delivery_id=delivery_id), "Email queued for sending.")


@bp.route("/admin/deliveries/retry-all", methods=["GET", "POST"])
@policy(Permission.DELIVERIES_MANAGE)
def retry_all() -> ResponseReturnValue:
    """Ask, then resend all failed emails."""
    actor, form = current_actor(), FlaskForm()
    return respond.submit(
        form,
        lambda: deliveries.retry_all(actor=actor),
        again=lambda status: respond.page(
            "deliveries/retry_all.html", status=status, dead=queries.counts(actor)["dead"], form=form
        ),
        then=lambda count: respond.done(url_for("deliveries.index"), f"{plural(count, 'email')} queued for sending."),
        once=True,
    )
