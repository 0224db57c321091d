"""Requests that are none of this session's pages: another site's are refused, an old page's may change nothing."""

from __future__ import annotations

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError

from portal.domain.errors import NotPermitted
from portal.extensions import csrf, refuse_changes
from portal.policy import is_of_the_person
from portal.requests import drawn_for, respond, sessions

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
    """Refuse changes by a form whose token is not this session's: its view shows it again, as it was typed.

    What is the person's own may be sent from a page that was drawn before the organization changed.

    A part of a page is refused at once: the page around it still has what was typed.

    Raises:
        CSRFError: HTMX sent a token that is none of this session.
    """
    if _carries_no_cookie() or not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        csrf.protect()
    except CSRFError:
        if is_of_the_person(request.endpoint or "") and _is_drawn_before():
            g.csrf_valid = True  # for the form, which looks, too
            return
        if respond.wants_panel():
            raise
        refuse_changes()


def _is_drawn_before() -> bool:
    """Return whether a form was drawn in this session for the organization before this one."""
    try:
        validate_csrf(request.form.get("csrf_token"), token_key=sessions.DRAWN_BEFORE)
    except ValidationError:
        return False
    return True


def register(app: Flask) -> None:
    """Check every request; before its policy, so that what was typed outlives a role that is gone."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # here instead
    app.before_request(_refuse_foreign_sites)
    app.before_request(drawn_for.check)  # says more than a wrong token, which a form of another organization has too
    app.before_request(_check_token)
