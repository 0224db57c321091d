"""Deny by default: a view without a policy answers 403, whoever asks (reliability.md §4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, request
from flask_login import UserMixin, current_user

from portal.access import require
from portal.domain.errors import NotFound, NotPermitted, NotSignedIn
from portal.domain.permissions import Actor, Permission
from portal.queries import visibility

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., object])
PUBLIC = "public"


class SignedIn(UserMixin):
    """The user that Flask-Login knows: the actor of this request and the token of the session."""

    def __init__(self, actor: Actor, token: str) -> None:
        self.actor = actor
        self.token = token

    def get_id(self) -> str:
        """Return the session's token; the cookie carries it, the database its hash."""
        return self.token


def marked(view: View, **said: object) -> View:
    """Write on a view what is to be known of it; whatever wraps it by `functools.wraps` carries the marks, too."""
    view.__dict__.update(said)
    return view


def policy(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission that it needs; objects are checked again by the service."""

    return lambda view: marked(view, policy=permission)


def public(view: View) -> View:
    """Mark a view as open to everybody, signed in or not."""
    return marked(view, policy=PUBLIC)


def names_nobody(view: View) -> View:
    """Mark a view with an id of somebody's case that shows no name, so that a look at it is none at a person."""
    return marked(view, names_nobody=True)


def of_the_person(view: View) -> View:
    """Mark a view whose forms are the same for every organization that a person acts for."""
    return marked(view, of_the_person=True)


def is_of_the_person(endpoint: str) -> bool:
    """Return whether a view's forms are the same for every organization that a person acts for."""
    return getattr(current_app.view_functions.get(endpoint), "of_the_person", False)


def shows_names(endpoint: str) -> bool:
    """Return whether a view shows the candidate to whom the object of its address belongs."""
    return not getattr(current_app.view_functions.get(endpoint), "names_nobody", False)


def policy_of(endpoint: str) -> Permission | str | None:
    """Return what a view was marked with, or None."""
    return getattr(current_app.view_functions.get(endpoint), "policy", None)


def signed_in() -> SignedIn | None:
    """Return who is signed in, or None; a page asks some twenty times, and `current_user` looks it up each time."""
    user = g.get("_login_user") or current_user._get_current_object()
    return user if isinstance(user, SignedIn) else None


def current_actor() -> Actor:
    """Return who acts in this request."""
    user = signed_in()
    if user is None:
        raise NotSignedIn("Sign in to continue.")
    return user.actor


def _enforce() -> None:
    if request.endpoint is None or request.method == "OPTIONS":
        return  # no such route: Flask answers 404 or 405; nor does any view answer what an address takes
    wanted = policy_of(request.endpoint)
    if wanted == PUBLIC:
        return
    if wanted is None:
        log.error("view_without_policy", extra={"endpoint": request.endpoint})
        raise NotPermitted("This page is not available.")
    try:
        require(current_actor(), Permission(wanted))
    except NotPermitted:
        if current_actor().roles:
            refuse_unseen()
        raise


def refuse_unseen(*, candidates_by_id: bool = False, has_the_role: bool = False) -> None:
    """Refuse to speak of an object that the person may not know of, whatever else is wrong with the request."""
    ids = request.view_args or {}
    if not visibility.sees(current_actor(), ids, candidates_by_id=candidates_by_id, has_the_role=has_the_role):
        raise NotFound()


def register(app: Flask) -> None:
    """Check every request against the policy of its view."""
    app.before_request(_enforce)
