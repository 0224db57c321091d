"""What a person sees when something is refused or broken; /api answers in JSON (portal.api)."""

from __future__ import annotations

import json
import logging

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.domain.errors import NotSignedIn, OtherOrganisation, OutOfDate, PortalError
from portal.error_status import status_of
from portal.extensions import DATABASE_AWAY, NO_SPACE, changes_refused
from portal.forms.accounts import SignInForm
from portal.requests import held, repeats, respond
from portal.runtime import correlation

log = logging.getLogger(__name__)
PAGES = {400, 403, 404, 409, 410, 413, 429, 500, 503}
UNAVAILABLE = 503
MAYBE_DONE = "Your form may not have gone through."  # the database may have gone after it committed
STANDALONE = {500, UNAVAILABLE}


def _answer(status: int, message: str | None, *, retry_after: int | None = None) -> ResponseReturnValue:
    """Answer with the page of a status, or that the database is away: a page in a frame asks it who is signed in."""
    try:
        return _drawn(status, message, retry_after=retry_after)
    except DATABASE_AWAY as error:
        return _on_database(error)


def _drawn(status: int, message: str | None, *, retry_after: int | None = None) -> ResponseReturnValue:
    """Render the page of a status, or its note when HTMX asks."""
    context: dict[str, object] = {
        "message": message,
        "correlation_id": correlation.current(),
        "retry_after": retry_after,
        "held": None,
    }
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if status in STANDALONE:  # no session, no database: nothing that may be what is broken
        if status == UNAVAILABLE and request.method == "POST":
            context |= {"held": held.unsent(), "message": MAYBE_DONE, "unkept": held.unkept()}
        template = current_app.jinja_env.get_template(f"errors/{status}.html")
        return template.render(**context), status, {**headers, "Content-Type": "text/html; charset=utf-8"}
    if respond.wants_panel():
        return render_template("errors/_note.html", status=status, title="", **context), status, headers
    name = status if status in PAGES else 400
    return render_template(f"errors/{name}.html", **context), status, headers


def _on_portal_error(error: PortalError) -> ResponseReturnValue:
    if isinstance(error, NotSignedIn):
        return to_sign_in()
    if isinstance(error, OtherOrganisation):
        return _switch_back(error)
    if changes_refused():
        return _out_of_date(None if isinstance(error, OutOfDate) else held.sent())
    return _answer(status_of(error), error.message, retry_after=getattr(error, "retry_after", None))


def _switch_back(error: OtherOrganisation) -> ResponseReturnValue:
    """Lead back to the organization that a form was filled in for; a page that sends or asks a part of itself stays."""
    if respond.wants_panel():
        told = {"toast": {"message": error.message, "level": "error"}}
        told = {} if request.method == "POST" and "X-By-Itself" in request.headers else told
        return "", 409, {"HX-Reswap": "none", "HX-Trigger": json.dumps(told)}
    form = held.sent() if error.name else None
    return render_template("errors/other_organisation.html", error=error, held=form, unkept=held.unkept()), 409


def to_sign_in() -> ResponseReturnValue:
    """Send to the sign-in page and back; HTMX would swap that page into a panel, so it gets 401 .

    A page in which somebody types is not led away: it stays, and portal.js says what happened.
    """
    if respond.stays_open():
        return "", 401
    if respond.wants_panel():
        here = respond.local_path(_path_of(respond.htmx().current_url or ""))
        return "", 401, {"HX-Redirect": url_for("accounts.sign_in", next=here)}
    if request.method != "POST":
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    wanted = respond.local_path(request.referrer and _path_of(request.referrer))
    form = held.sent()
    if form is None:
        unsent = "long" if held.is_too_long() else "1"
        return redirect(url_for("accounts.sign_in", next=wanted, unsent=unsent))
    return render_template("accounts/sign_in.html", form=SignInForm(formdata=None, next=wanted), held=form), 401


def _path_of(url: str) -> str:
    rest = url.split("://", 1)[-1]
    return "/" + rest.split("/", 1)[1] if "/" in rest else "/"


def _on_csrf(_error: CSRFError) -> ResponseReturnValue:
    """Answer a part of a page that has another session's token."""
    if respond.stays_open():  # the session ended or is another one; to reload would lose what is typed
        return "", 401
    return _out_of_date(None)


def _out_of_date(form: held.Held | None) -> ResponseReturnValue:
    """Answer that the page is one of another session, and keep `form`, which the one who acts now may not send."""
    return render_template("errors/csrf.html", held=form, unkept=held.unkept()), 400


def answer_http(error: Exception) -> ResponseReturnValue:
    """Answer an HTTP error with its page."""
    if not isinstance(error, HTTPException):
        return _on_anything(error)
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # a view that aborts with an answer of its own knows better
    return _answer(error.code, None)


def _on_database(error: Exception) -> ResponseReturnValue:
    repeats.if_only_read(error)
    log.error("database_unavailable", extra={"error": str(error)})
    return _drawn(UNAVAILABLE, None, retry_after=5)


def _on_full_disk(error: OSError) -> ResponseReturnValue:
    if error.errno not in NO_SPACE:
        return _on_anything(error)
    log.error("disk_full", extra={"error": str(error)})
    return _answer(UNAVAILABLE, None, retry_after=60)


def _on_anything(error: Exception) -> ResponseReturnValue:
    cause = getattr(error, "original_exception", None) or error  # Flask wraps what broke
    log.error("unexpected_error", exc_info=cause)
    return _answer(500, None)


def register(app: Flask) -> None:
    """Answer every error of a page."""
    app.register_error_handler(PortalError, _on_portal_error)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, answer_http)
    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, _on_database)
    app.register_error_handler(OSError, _on_full_disk)
    app.register_error_handler(500, _on_anything)
