"""How often one may do something: windows counted in Redis, or in this process's memory while Redis is away."""

from __future__ import annotations

import time
from dataclasses import dataclass

from limits.storage import MemoryStorage
from redis import Redis

from portal.runtime import cache

# One round trip: count, begin the window with its first request, tell how long it lasts, by Redis's own clock.
_COUNT = """
local used = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return {used, redis.call('TTL', KEYS[1]), redis.call('TIME')[1]}
"""
_memory = MemoryStorage()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in a window of `seconds`, which begins with the first time."""

    name: str
    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is used of a window; `resets_at` is in seconds since 1970."""

    limit: Limit
    used: int
    seconds_left: int
    resets_at: int

    @property
    def is_over(self) -> bool:
        """Return whether this time is one too many."""
        return self.used > self.limit.most

    @property
    def remaining(self) -> int:
        """Count how often it may be done yet."""
        return max(0, self.limit.most - self.used)


def count(limit: Limit, who: str) -> Window:
    """Count one time more, and return what is left of the window."""
    return _add(limit, who, 1)


def used(limit: Limit, who: str) -> int:
    """Return how often it was done in the window."""
    return _add(limit, who, 0).used


def give_back(limit: Limit, who: str) -> None:
    _add(limit, who, -1)


def _add(limit: Limit, who: str, times: int) -> Window:
    key = f"limit:{limit.name}:{who}"

    def ask(redis: Redis) -> list[int]:
        counted: list[int] = redis.eval(_COUNT, 1, key, times, limit.seconds)
        return counted

    counted = cache.asked(ask)
    if counted is None:
        now = time.time()
        counted = [_memory.incr(key, limit.seconds, amount=times), round(_memory.get_expiry(key) - now), int(now)]
    used, left, now_there = map(int, counted)
    return Window(limit, used, max(1, left), now_there + left)


def forget() -> None:
    """Forget what this process counted while Redis was away."""
    _memory.reset()
