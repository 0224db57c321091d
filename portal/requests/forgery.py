"""Requests that are none of this session's pages: another site's are refused, an old page's may change nothing."""

from __future__ import annotations

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError

from portal.domain.errors import NotPermitted
from portal.extensions import csrf, refuse_changes
from portal.policy import is_of_the_person
from portal.requests import drawn_for, programs, respond, sessions

READS = {"GET", "HEAD", "OPTIONS"}


def _refuse_foreign_sites() -> None:
    """Refuse a changing request that another site caused; browsers say so in Sec-Fetch-Site."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if not programs.asks() and request.method not in READS and site not in {"same-origin", "none"}:
        raise NotPermitted("This request came from another site. Nothing was changed.")


def _check_token() -> None:
    """Refuse changes by a form whose token is not this session's: its view shows it again, as it was typed.

    From a page drawn before the secret was rotated, all may be sent; from one drawn before the organization changed,
    what is the person's own.

    A part of a page is refused at once: the page around it still has what was typed.

    Raises:
        CSRFError: HTMX sent a token that is none of this session.
    """
    if programs.asks() or not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        csrf.protect()
    except CSRFError:
        if _is_of_this_session():
            g.csrf_valid = True  # for the form, which looks, too
            return
        if respond.wants_panel():
            raise
        refuse_changes()


def _is_of_this_session() -> bool:
    """Return whether a form was drawn in this session under a former secret, or for the organization before this one.

    Pages stay open all day, and a secret that is rotated signs nobody out (docs/operations/rotate.md).
    """
    former = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    kept = [("csrf_token", secret) for secret in former]
    if is_of_the_person(request.endpoint or ""):
        kept += [(sessions.DRAWN_BEFORE, secret) for secret in (current_app.config["SECRET_KEY"], *former)]
    return any(_is_token_of(name, secret) for name, secret in kept)


def _is_token_of(name: str, secret: str) -> bool:
    """Return whether the token, of a form or of what HTMX sends without one, is what the session keeps under a name."""
    sent = request.form.get("csrf_token") or request.headers.get("X-CSRFToken")
    try:
        validate_csrf(sent, secret_key=secret, token_key=name)
    except ValidationError:
        return False
    return True


def register(app: Flask) -> None:
    """Check every request; before its policy, so that what was typed outlives a role that is gone."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # here instead
    app.before_request(_refuse_foreign_sites)
    app.before_request(drawn_for.check)  # says more than a wrong token, which a form of another organization has too
    app.before_request(_check_token)
