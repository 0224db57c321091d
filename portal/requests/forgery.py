"""Requests that are none of this session's pages: another site's are refused, an old page's may change nothing."""

from __future__ import annotations

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError

from portal.domain.errors import NotPermitted
from portal.extensions import csrf, refuse_changes
from portal.requests import drawn_for, respond

READS = {"GET", "HEAD", "OPTIONS"}


def _carries_no_cookie() -> bool:
    """Return whether the API is asked: it takes bearer tokens only, so that another site has nothing to ride on."""
    return request.path.startswith("/api/")


def _refuse_foreign_sites() -> None:
    """Refuse a changing request that another site caused; browsers say so in Sec-Fetch-Site."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if not _carries_no_cookie() and request.method not in READS and site not in {"same-origin", "none"}:
        raise NotPermitted("This request came from another site. Nothing was changed.")


def _check_token() -> None:
    """Refuse changes by a form whose token is none of this session: its view shows it again, as it was typed.

    A part of a page is refused at once: the page around it still has what was typed.

    Raises:
        CSRFError: HTMX sent a token that is none of this session.
    """
    if _carries_no_cookie() or not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        csrf.protect()
    except CSRFError:
        if respond.wants_panel():
            raise
        refuse_changes()


def register(app: Flask) -> None:
    """Check every request; before its policy, so that what was typed outlives a role that is gone."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # here instead
    app.before_request(_refuse_foreign_sites)
    app.before_request(drawn_for.check)  # says more than a wrong token, which a form of another organization has too
    app.before_request(_check_token)
