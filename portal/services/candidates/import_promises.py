"""What a preview of an import told is done: whoever was told that these are new adds them without another check.

Kept in Redis for an hour; without it the rows wait for the next checks, as if nothing had been told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from portal.domain.permissions import Actor
from portal.runtime import cache

SECONDS = 60 * 60


def name_of(actor: Actor, keys: Iterable[tuple[str, str]]) -> str:
    """Return the name of what a file asks, however it is written: the person, and a digest of all keys in it."""
    digest = hashlib.sha256(repr(sorted(keys)).encode()).hexdigest()
    return f"import-told:{actor.user_id}:{digest}"


def make(name: str) -> None:
    """Promise to add those of whom a preview said that they are new."""
    cache.asked(lambda redis: redis.set(name, 1, ex=SECONDS))


def holds(name: str) -> bool:
    return bool(cache.asked(lambda redis: redis.exists(name)))


def end(name: str) -> None:
    """End a promise that was kept: to add them again after undoing it is another check."""
    cache.asked(lambda redis: redis.delete(name))
