"""The one breaker of everything that asks Redis: limits, bells and kept values share its pool (ADR 0021).

Redis carries no truth, so nobody has to wait for it. Whoever first finds it away waits as long as `REDIS_TIMEOUT` says;
for some seconds after that everyone is refused at once and does without.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.retry import Retry

log = logging.getLogger(__name__)
WAIT_SECONDS = 0.15  # a sign-in and the page behind it may each find out in a process of its own: half a second in all
SLOW = 0.8  # what takes a larger part of the wait is as good as away: a request asks several times
AWAY_SECONDS = 5.0
AWAY = (RedisError, OSError)  # what its callers bear
TRIAL = "portal:trial"
TAKES_NOTHING = (OutOfMemoryError, ReadOnlyError)
SAYS_SO = ("OOM", "MISCONF")  # out of memory inside a script; a full disk behind it


def try_out(client: Redis) -> None:
    """Write something: a Redis that is full, or has become a replica, still answers questions, and runs no queue.

    Raises: what is in `AWAY`.
    """
    client.set(TRIAL, "", ex=1)


class Breaker:
    """Remember that Redis is away, so that only one in some seconds waits to find out."""

    def __init__(self, now: Callable[[], float] = time.monotonic, wait: float = WAIT_SECONDS) -> None:
        self._now = now
        self.wait = wait
        self._away_until = 0.0

    @property
    def is_open(self) -> bool:
        """Return whether Redis is thought away."""
        return self._now() < self._away_until

    def close(self) -> None:
        """Ask Redis again from now on."""
        self._away_until = 0.0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Guard a step of a conversation with Redis: refuse it while Redis is away, and note when it turns out so."""
        if self.is_open:
            raise NoConnection("Redis is unavailable; it will be tried again in a few seconds.")
        began = self._now()
        try:
            yield
        except AWAY as error:
            if _is_away(error):
                self._open(f"{type(error).__name__}: {error}")
            raise
        if self._now() - began > SLOW * self.wait:
            self._open("its answers are slow")

    def _open(self, error: str) -> None:
        if not self.is_open:
            log.warning("redis_away", extra={"error": error})
        self._away_until = self._now() + AWAY_SECONDS


def _is_away(error: Exception) -> bool:
    """Return whether Redis is away, or answers but takes nothing; any other answer is about the question."""
    if not isinstance(error, ResponseError):
        return True
    return isinstance(error, TAKES_NOTHING) or any(word in str(error) for word in SAYS_SO)


class _Guarded(AbstractConnection):
    """The steps of a connection, each of which the breaker may refuse; mixed into the class that fits the URL."""

    port = 0  # of a socket's path, which redis-py asks for one too when a health check fails

    def __init__(self, *args: Any, breaker: Breaker, **kwargs: Any) -> None:
        self._breaker = breaker
        super().__init__(*args, **kwargs)

    def connect(self) -> None:
        with self._breaker.guard():
            super().connect()  # type: ignore[no-untyped-call]  # redis-py types no step of a connection but reading

    def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        with self._breaker.guard():
            super().send_packed_command(*args, **kwargs)  # type: ignore[no-untyped-call]  # nor this one

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        with self._breaker.guard():
            return super().read_response(*args, **kwargs)


def pool(url: str, breaker: Breaker) -> ConnectionPool:
    """Make the pool of connections that the breaker guards; none is tried twice, and none is waited for long."""
    parts = parse_url(url)
    kind = parts.get("connection_class", Connection)
    return ConnectionPool.from_url(
        url,
        connection_class=type("GuardedConnection", (_Guarded, kind), {}),
        breaker=breaker,
        socket_timeout=breaker.wait,
        socket_connect_timeout=breaker.wait,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )
