"""What an open page asks now and then: has something changed that it may show?"""

from __future__ import annotations

import uuid

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries import changes
from portal.queries.proposals.reviewing import reviewing

bp = Blueprint("changes", __name__)


@bp.get("/changes")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Return the time of a change to ask from next, and who is reviewing the proposal; 204 for neither."""
    actor, subject = current_actor(), _subject()
    told: dict[str, int | str] = {}
    if changes.changed_since(request.args.get("since", 0, type=int), viewer=actor, subject=subject):
        told["now"] = int(actor.now.timestamp() * 1000)
    if subject and subject[0] == "proposal" and (who := reviewing(subject[1], viewer=actor)):
        told["reviewing"] = who
    return jsonify(told) if told else ("", 204)


def _subject() -> tuple[str, uuid.UUID] | None:
    for kind in changes.WATCHED:
        if subject_id := read_id(request.args.get(kind)):
            return kind, subject_id
    return None
