"""Rate limits of the API: 100 requests in 15 minutes by address, 1,000 by verified user, none for platform admins."""

from __future__ import annotations

from flask import Response, g
from flask_login import current_user

from portal.domain.errors import NotSignedIn, TooMany
from portal.domain.permissions import Actor, Role
from portal.requests import callers
from portal.runtime import limits
from portal.runtime.limits import Limit, Window

ANONYMOUS = Limit("api-address", 100, 15 * 60)
SIGNED_IN = Limit("api-user", 1_000, 15 * 60)


def count() -> None:
    """Count this request.

    Raises:
        TooMany: the window is used up.
    """
    try:
        actor: Actor | None = current_user.actor if current_user.is_authenticated else None
    except NotSignedIn:
        _hit(ANONYMOUS, callers.network())  # guessing tokens is counted too
        raise
    if actor is None:
        _hit(ANONYMOUS, callers.network())
    elif Role.PLATFORM_ADMIN not in actor.roles:
        _hit(SIGNED_IN, str(actor.user_id))


def _hit(limit: Limit, who: str) -> None:
    window = g.rate_window = limits.count(limit, who)
    if window.is_over:
        raise TooMany("Too many requests. Wait and try again.", retry_after=window.seconds_left)


def name_window(answer: Response) -> Response:
    """Add what is left of the limit to an answer."""
    window: Window | None = g.get("rate_window")
    if window is not None:
        answer.headers["X-RateLimit-Limit"] = str(window.limit.most)
        answer.headers["X-RateLimit-Remaining"] = str(window.remaining)
        answer.headers["X-RateLimit-Reset"] = str(window.resets_at)
    return answer
