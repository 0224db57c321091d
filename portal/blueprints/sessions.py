"""The session of a request: the signed cookie carries a token, the database says whether it still counts."""

from __future__ import annotations

from flask import Flask, g, request

from portal.extensions import login
from portal.policy import SignedIn
from portal.queries.accounts import session_state
from portal.services.accounts import touch_session


@login.user_loader
def load_session(token: str) -> SignedIn | None:
    """Give who is signed in with this token, or nobody; keeps the last-seen time fresh to five minutes."""
    if request.path.startswith("/api/"):
        return None  # the API takes bearer tokens only, so that it needs no CSRF token
    state = session_state(token)
    if state is None:
        return None
    g.theme = state.theme
    if state.seen_is_stale and state.actor.session_id is not None:
        touch_session(state.actor.session_id)
    return SignedIn(state.actor, token)


def register(app: Flask) -> None:
    """Configure Flask-Login: no remember cookie, no redirect of its own."""
    app.config.setdefault("REMEMBER_COOKIE_SECURE", True)
    app.config.setdefault("SESSION_PROTECTION", None)
    login.session_protection = None
