"""The work queue: what waits for this person, soonest first."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.blueprints import respond
from portal.domain.permissions import Permission
from portal.policy import policy

bp = Blueprint("home", __name__)


@bp.get("/")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Show the work queue."""
    return respond.page("home/page.html")
