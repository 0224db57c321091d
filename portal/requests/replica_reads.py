"""Pages read from the replica what may be a second old, unless who asks has just changed something (ADR 0046)."""

from __future__ import annotations

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from portal import extensions
from portal.policy import PUBLIC, policy_of, signed_in
from portal.requests import programs

WROTE_COOKIE = "portal_wrote"
OWN_SECONDS = 10


def register(app: Flask) -> None:
    """Read from the replica where there is one."""
    if app.config["DATABASE_REPLICA_URL"]:
        app.before_request(_let_lag)
        app.after_request(_mark)


def _let_lag() -> None:
    """Decide once it is known, from the primary, who asks and what they may do."""
    if request.method not in {"GET", "HEAD"} or WROTE_COOKIE in request.cookies or programs.asks():
        return
    if request.endpoint is not None and policy_of(request.endpoint) != PUBLIC and signed_in() is not None:
        extensions.let_lag()


def _mark(answer: Response) -> Response:
    """Let this browser read from the primary until the replica has surely caught up."""
    if extensions.has_written():
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        answer.set_cookie(WROTE_COOKIE, "1", max_age=OWN_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return answer
