"""What an open page asks now and then: has something changed that it may show?"""

from __future__ import annotations

import uuid

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries import changes

bp = Blueprint("changes", __name__)


@bp.get("/changes")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Return the time of a change to ask from next, or 204 when there was none."""
    actor = current_actor()
    since = request.args.get("since", 0, type=int)
    if not changes.changed_since(since, viewer=actor, subject=_subject()):
        return "", 204
    return jsonify(now=int(actor.now.timestamp() * 1000))


def _subject() -> tuple[str, uuid.UUID] | None:
    for kind in changes.WATCHED:
        if subject_id := read_id(request.args.get(kind)):
            return kind, subject_id
    return None
