"""How far a long request is, for the bar that its page draws meanwhile; kept in Redis, unknown while that is away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from portal.runtime import cache

KEPT_SECONDS = 120  # a request that died says nothing for ever


@contextmanager
def shown(work: str) -> Iterator[Callable[[int, int], None]]:
    """Let the block say how much is done, of how much, under the name of its work; what it said goes with it."""
    key = f"progress:{work}"

    def tell(done: int, total: int) -> None:
        said = json.dumps({"done": done, "total": total})
        cache.asked(lambda redis: redis.set(key, said, ex=KEPT_SECONDS))

    try:
        yield tell
    finally:
        cache.asked(lambda redis: redis.delete(key))


def of(work: str) -> dict[str, int]:
    """Return how much of a work is done, and of how much; nothing when nobody says."""
    said = cache.asked(lambda redis: redis.get(f"progress:{work}"))
    found: dict[str, int] = json.loads(said) if said else {}
    return found
