"""The one breaker of Redis: whoever finds it away waits once, everyone after that does without at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import OutOfMemoryError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from portal.connections.breaker import AWAY_SECONDS, SLOW, WAIT_SECONDS, Breaker, pool
from portal.extensions import redis_client
from portal.launcher.embedded import Valkey
from portal.runtime import bells, cache
from tests import servers


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def fail(breaker: Breaker, error: Exception) -> None:
    """Make a step fail."""
    with pytest.raises(type(error)), breaker.guard():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        NoAnswer("no answer"),
        NoConnection("refused"),
        OSError("reset"),
        OutOfMemoryError("command not allowed when used memory > 'maxmemory'"),
        ResponseError("ERR script: 1: -OOM command not allowed"),
        ResponseError("MISCONF Errors writing to the AOF file: No space left on device"),
    ],
)
def test_a_redis_that_is_away_or_takes_nothing_is_left_alone_for_a_while(error: Exception) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, error)
    with pytest.raises(NoConnection), breaker.guard():
        pytest.fail("it was asked")
    clock.now += AWAY_SECONDS
    with breaker.guard():
        assert not breaker.is_open


def test_a_redis_that_is_slow_is_left_alone_after_its_first_answer() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    with breaker.guard():
        clock.now += 0.9 * SLOW * WAIT_SECONDS
    assert not breaker.is_open
    with breaker.guard():
        clock.now += WAIT_SECONDS
    assert breaker.is_open


def test_an_answer_about_the_question_is_no_outage() -> None:
    breaker = Breaker(Clock())
    fail(breaker, ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"))
    assert not breaker.is_open


@pytest.fixture
def own(app: Flask, context: None, tmp_path: Path) -> Iterator[Valkey]:
    """Run a Redis that may be stopped, and let the app use it."""
    with Valkey(tmp_path / "valkey", durable=False) as server, servers.redis_instead(app, server.url):
        yield server


def asked_of(app: Flask) -> bool:
    """Ask for all that Redis is asked for, and tell whether the breaker is open afterwards."""
    assert not bells.ring(bells.RELAY)
    assert not bells.is_ringing(bells.DRAIN)
    assert cache.asked(lambda r: r.ping()) is None
    is_open: bool = app.extensions["breaker"].is_open
    return is_open


def test_a_redis_that_hangs_is_one_outage_for_limits_bells_and_kept_values(app: Flask, own: Valkey) -> None:
    assert redis_client().ping()
    assert own.process is not None
    own.process.send_signal(signal.SIGSTOP)
    try:
        assert asked_of(app)
    finally:
        own.process.send_signal(signal.SIGCONT)
    app.extensions["breaker"].close()
    assert cache.asked(lambda r: r.ping())


def test_a_check_of_an_idle_connection_that_the_breaker_ends_is_an_outage(own: Valkey) -> None:
    clock = Clock()
    connection = pool(own.url, Breaker(clock)).get_connection()
    connection.next_health_check, clock.step = 0.0, WAIT_SECONDS  # asked so slowly that its answer is not awaited
    with pytest.raises(NoConnection):
        connection.check_health()


def test_a_redis_out_of_memory_is_away_for_everyone(app: Flask, own: Valkey) -> None:
    redis_client().config_set("maxmemory", 1)
    assert asked_of(app)


def test_a_redis_that_was_restarted_is_used_again_at_once(app: Flask, own: Valkey) -> None:
    assert redis_client().ping()
    assert own.process is not None
    own.process.kill()
    own.restart()
    assert cache.asked(lambda r: r.ping())
