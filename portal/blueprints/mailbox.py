"""The local mailbox: what would have been sent, while no mail server is set (development only)."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.mailers import mailbox
from portal.policy import public
from portal.requests import respond

bp = Blueprint("mailbox", __name__)
# An email brings its own style and nothing else: no script, no image, no frame, no form.
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@bp.before_request
def only_in_development() -> None:
    """Answer 404 in production."""
    if current_app.config.get("ENV_NAME") == "production":
        raise NotFound()


def _find(mail_id: uuid.UUID) -> mailbox.Kept:
    found = mailbox.find(mail_id)
    if found is None:
        raise NotFound("This email does not exist; the mailbox may have been emptied.")
    return found


@bp.get("/dev/mailbox")
@public
def index() -> ResponseReturnValue:
    return respond.page("mailbox/page.html", mails=mailbox.newest(), server=current_app.config["MAIL_SERVER"])


@bp.get("/dev/mailbox/<uuid:mail_id>")
@public
def detail(mail_id: uuid.UUID) -> ResponseReturnValue:
    """Show the text of an email, with links that work."""
    return respond.page("mailbox/detail.html", mail=_find(mail_id), lines=_lines(_find(mail_id).text))


def _lines(text: str) -> list[tuple[str, bool]]:
    """Return each line with whether it is a link into the portal."""
    own = str(current_app.config["PUBLIC_URL"])
    return [(line, line.startswith(f"{own}/") and " " not in line) for line in text.splitlines()]


@bp.get("/dev/mailbox/<uuid:mail_id>/html")
@public
def as_html(mail_id: uuid.UUID) -> ResponseReturnValue:
    """Show the HTML of an email as a mail program would, on a page of its own."""
    return Response(_find(mail_id).html, mimetype="text/html", headers={"Content-Security-Policy": MAIL_CSP})


@bp.get("/dev/mailbox/<uuid:mail_id>/source")
@public
def source(mail_id: uuid.UUID) -> ResponseReturnValue:
    """Send an email as it would travel, to open in a mail program."""
    _find(mail_id)
    return respond.file(mailbox.source(mail_id) or b"", f"{mail_id}.eml", "message/rfc822")
