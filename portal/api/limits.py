"""Rate limits of the API: 100 requests in 15 minutes by address, 1,000 by verified user, none for platform admins."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Response, g, request
from flask_login import current_user
from limits import RateLimitItemPerMinute
from limits.errors import StorageError

from portal.domain.errors import NotSignedIn, TooMany
from portal.domain.permissions import Actor, Role
from portal.extensions import limiter

MINUTES = 15
ANONYMOUS = RateLimitItemPerMinute(100, MINUTES)
SIGNED_IN = RateLimitItemPerMinute(1_000, MINUTES)
NAMESPACE = "api"


@dataclass(frozen=True, slots=True)
class Window:
    """Hold what is left of a caller's window; `reset` is in seconds since 1970."""

    limit: int
    remaining: int
    reset: int


def count() -> None:
    """Count this request.

    Raises:
        TooMany: the window is used up.
    """
    try:
        actor: Actor | None = current_user.actor if current_user.is_authenticated else None
    except NotSignedIn:
        _hit(ANONYMOUS, f"address:{request.remote_addr}")  # guessing tokens is counted too
        raise
    if actor is None:
        _hit(ANONYMOUS, f"address:{request.remote_addr}")
    elif Role.PLATFORM_ADMIN not in actor.roles:
        _hit(SIGNED_IN, f"user:{actor.user_id}")


def _hit(item: RateLimitItemPerMinute, who: str) -> None:
    try:
        allowed = limiter.limiter.hit(item, NAMESPACE, who)
        stats = limiter.limiter.get_window_stats(item, NAMESPACE, who)
    except (StorageError, OSError, ConnectionError):
        return  # without Redis nobody is locked out
    g.rate_window = Window(item.amount, max(0, stats.remaining), int(stats.reset_time))
    if not allowed:
        raise TooMany("Too many requests; wait and try again.", retry_after=max(1, int(stats.reset_time - time.time())))


def name_window(answer: Response) -> Response:
    """Tell the caller what is left."""
    window: Window | None = g.get("rate_window")
    if window is not None:
        answer.headers["X-RateLimit-Limit"] = str(window.limit)
        answer.headers["X-RateLimit-Remaining"] = str(window.remaining)
        answer.headers["X-RateLimit-Reset"] = str(window.reset)
    return answer
