"""What a person is told in the portal, the bell, and the choice of what to be told."""

from __future__ import annotations

import uuid

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Permission
from portal.forms.notifications import PreferencesForm
from portal.policy import current_actor, of_the_person, policy
from portal.queries import notifications as queries
from portal.requests import lists, respond
from portal.services.messages import notices, preferences
from portal.wording.writing import plural

bp = Blueprint("notifications", __name__)
HERE, CHOICE = "/notifications", "/account/notifications"


@bp.get(HERE)
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """List the viewer's notices, unread first."""
    return lists.show(
        queries.NOTICES,
        "notifications/page.html",
        also=lambda rows: {"notices": queries.folded(rows)},
        unread=queries.unread_count(current_actor()),
    )


@bp.post("/notifications/read-all")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def read_all() -> ResponseReturnValue:
    """Mark all as read, or all that match the list's filters, on whatever page they are."""
    count = notices.read_all(actor=current_actor(), among=lists.matching(queries.NOTICES))
    return respond.done(lists.back(queries.NOTICES), f"{plural(count, 'notification')} marked as read.", panel=index)


@bp.post("/notifications/<uuid:notice_id>/read")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def read(notice_id: uuid.UUID) -> ResponseReturnValue:
    notices.read(notice_id, actor=current_actor())
    return respond.done(lists.back(queries.NOTICES), "Marked as read.", panel=index)


@bp.post("/notifications/<uuid:notice_id>/open")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def open_notice(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one as read and go where it leads."""
    return respond.done(respond.local_path(notices.read(notice_id, actor=current_actor())), "")


@bp.route(CHOICE, methods=["GET", "POST"])
@policy(Permission.ACCOUNT_USE)
@of_the_person
def choose() -> ResponseReturnValue:
    """Show and change what one is told."""
    actor = current_actor()
    choices = queries.choices(actor)
    form = PreferencesForm.of(choices)
    return respond.submit(
        form,
        lambda: preferences.choose(actor=actor, choices=form.to_input(), seen_choices=form.seen.data or None),
        again=lambda status: _choice(status, form, choices),
        then=(CHOICE, "Saved."),
    )


def _choice(status: int, form: FlaskForm, choices: tuple[queries.Choice, ...]) -> ResponseReturnValue:
    is_stale = status == 409
    if is_stale or request.method != "POST":
        form.sees(choices)  # the next attempt is made knowing the present values
    return respond.page("notifications/choice.html", status=status, form=form, choices=choices, is_stale=is_stale)
