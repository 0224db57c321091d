"""Whether a streaming replica may answer reads: it has replayed what the primary had written at the look before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

AGAIN_SECONDS = 1.0
LATELY_SECONDS = 2.0  # what was written before that may still be missing from pages, and no more
AFTER_LOSS_SECONDS = 10.0
# Positions in the log of changes, as numbers. A server that is not recovering is the primary itself or another one: the
# time of its start tells which.
PRIMARY = "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint, pg_postmaster_start_time()::text"
REPLICA = (
    "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
    " - '0/0'::pg_lsn)::bigint,"
    " CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_postmaster_start_time()::text END,"
    " extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())"
)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a server is, and when it was started; "" for a server that recovers, so for a replica.

    `age` are the seconds since what a replica has replayed was committed, None before there is any.
    """

    at: int
    started: str
    age: float | None = None

    def follows(self, primary: Position) -> bool:
        """Return whether it is the position of a replica, or of the primary itself under another address."""
        return self.started in ("", primary.started)


class Replica:
    """What this process knows about the replica; one thread at a time looks, the others go by what was known last."""

    def __init__(
        self,
        primary: Callable[[], Position],
        replica: Callable[[], Position | None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary, self._replica, self._now = primary, replica, now
        self._looking = threading.Lock()
        self._next_look, self._looked = 0.0, 0.0
        self._before: Position | None = None
        self._fresh = False

    def is_fresh(self) -> bool:
        """Return whether the replica answered lately and was at most a look behind; after a pause, two looks tell."""
        now = self._now()
        if now >= self._next_look and self._looking.acquire(blocking=False):
            try:
                self._look(now)
            finally:
                self._looking.release()
        return self._fresh

    def seconds_behind(self) -> float | None:
        """Return how old pages would be that are read from it, None when it does not answer or follows another."""
        primary = self._primary()
        found = self._replica()
        if found is None or not found.follows(primary):
            return None
        return 0.0 if found.at >= primary.at else max(0.0, float(found.age or 0))

    def lost(self) -> None:
        """Leave the replica alone for a while."""
        self._fresh, self._before = False, None
        self._next_look = self._now() + AFTER_LOSS_SECONDS

    def _look(self, now: float) -> None:
        before, looked, self._looked = self._before, self._looked, now
        self._before = self._primary()
        found = self._replica()
        if found is None:
            self.lost()
            return
        is_lately = now <= looked + LATELY_SECONDS
        self._fresh = found.follows(self._before) and is_lately and before is not None and found.at >= before.at
        self._next_look = now + AGAIN_SECONDS
