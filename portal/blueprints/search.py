"""The search of the top bar."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.policy import current_actor, policy
from portal.queries import search
from portal.requests import respond

bp = Blueprint("search", __name__)


@bp.get("/search")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Show what was found, grouped by kind."""
    typed = request.args.get("q", "")[: search.LONGEST]
    q = "".join(c for c in typed if c.isprintable()).strip()
    groups = search.search(current_actor(), q)
    return respond.page("search/page.html", panel="search/_results.html", q=q, groups=groups)
