"""What a plain form sent after its session: the pages carry it until it is shown again, filled (ADR 0020).

Nothing is stored. Without a session the sign-in page carries the fields, and signing in leads on to the form. With a
session, and a token of another one, the view runs while nothing may be changed, so that it shows what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request, session
from flask_login import current_user

from portal.policy import PUBLIC, current_actor, policy_of
from portal.queries.identity.accounts import session_owner
from portal.requests import respond
from portal.requests.drawn_for import BY, tag_of

CARRIED = "held-"
KEY = "idempotency_key"
LEFT_OUT = {"csrf_token", KEY, BY, "current", "new", "password"}  # tokens, and passwords in a page's source
MOST_CHARACTERS = 100_000  # with the sign-in form well within MAX_FORM_MEMORY_SIZE
TOO_LONG = "What you entered is too long to be kept on this page. Go back in your browser, which still has it."
CHOOSE_AGAIN = "You’ll need to choose the file again."


@dataclass(frozen=True, slots=True)
class Held:
    """The fields of a form, the path that it was sent to and the tag of whom it was drawn for, empty when unknown."""

    to: str
    by: str
    fields: tuple[tuple[str, str], ...]


def sent() -> Held | None:
    """Return what this request's form sent, or None when there is nothing to keep, or too much of it."""
    if policy_of(request.endpoint or "") == PUBLIC:
        return None  # the theme, say: nothing that somebody typed for what is behind the sign-in
    fields = _sent(LEFT_OUT)
    return Held(request.full_path.rstrip("?"), _sender(), fields) if _may_be_kept(fields) else None


def unsent() -> Held | None:
    """Return what a form sent that met an outage, with its key: asked of nobody, for the database may be what is away.

    Whoever sends it again by that key has it done once, also when only the answer was lost.
    """
    if request.method != "POST" or not _has_a_page():
        return None
    fields = _sent(LEFT_OUT - {KEY})
    return Held(request.full_path.rstrip("?"), request.form.get(BY, ""), fields) if _may_be_kept(fields) else None


def _sent(left_out: set[str]) -> tuple[tuple[str, str], ...]:
    """Return the fields of this request's form; of a file its name, by which the form asks for it again."""
    files = [(name, file.filename) for name, file in request.files.items(multi=True) if file.filename]
    return _fields((name, text) for name, text in (*request.form.items(multi=True), *files) if name not in left_out)


def is_too_long() -> bool:
    """Return whether this request's form sent more than a page carries."""
    return _length(request.form.items(multi=True)) > MOST_CHARACTERS


def unkept() -> str:
    """Return what to do about what this request's form sent and no page keeps: too much to carry, or a file."""
    has_file = any(file.filename for file in request.files.values())
    return " ".join([TOO_LONG] * is_too_long() + [CHOOSE_AGAIN] * has_file)


def _has_a_page() -> bool:
    """Return whether there is a page to show a form on again, which the switches that stand on every page have not."""
    rule = request.url_rule
    return policy_of(request.endpoint or "") != PUBLIC or (rule is not None and "GET" in (rule.methods or ()))


def _may_be_kept(fields: tuple[tuple[str, str], ...]) -> bool:
    return len(fields) > 0 and _length(fields) <= MOST_CHARACTERS


def _length(fields: Iterable[tuple[str, str]]) -> int:
    return sum(len(name) + len(text) for name, text in fields)


def _sender() -> str:
    """Return whom the form was drawn for, who need not be who acts now; a page of an older release does not say it."""
    if request.form.get(BY):
        return request.form[BY]
    if current_user.is_authenticated:
        return tag_of(current_actor().user_id)
    owner = session_owner(session.get("_user_id", ""))
    return tag_of(owner) if owner else ""


def carried() -> Held | None:
    """Return what the sign-in form carried along, or None."""
    to = respond.local_path(request.form.get("held_to"))
    start = len(CARRIED)
    fields = _fields((k[start:], text) for k, text in request.form.items(multi=True) if k.startswith(CARRIED))
    return Held(to, request.form.get("held_by", ""), fields) if fields else None


def _fields(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((respond.printable(name), respond.printable(text)) for name, text in pairs)
