"""Rate limits of the API: 100 requests in 15 minutes by address, 1,000 by verified user, none for platform admins."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, current_app, g, request
from flask_login import current_user

from portal.breaker import AWAY
from portal.domain.errors import NotSignedIn, TooMany
from portal.domain.permissions import Actor, Role
from portal.extensions import redis_client

WINDOW = 15 * 60
ANONYMOUS, SIGNED_IN = 100, 1_000
# One round trip: count, begin the window with its first request, tell how long it lasts, by Redis's own clock.
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1]), redis.call('TIME')[1]}
"""


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


def _hit(limit: int, who: str) -> None:
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    try:
        used, left, now = redis_client().eval(COUNT, 1, f"api-limit:{who}", WINDOW)
    except AWAY:
        return  # without Redis nobody is locked out
    g.rate_window = Window(limit, max(0, limit - int(used)), int(now) + int(left))
    if used > limit:
        raise TooMany("Too many requests; wait and try again.", retry_after=max(1, int(left)))


def name_window(answer: Response) -> Response:
    """Tell the caller what is left."""
    window: Window | None = g.get("rate_window")
    if window is not None:
        answer.headers["X-RateLimit-Limit"] = str(window.limit)
        answer.headers["X-RateLimit-Remaining"] = str(window.remaining)
        answer.headers["X-RateLimit-Reset"] = str(window.reset)
    return answer
