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
from rq import Worker

from portal.connections.breaker import AWAY_SECONDS, SLOW, WAIT_SECONDS, Breaker, pool
from portal.extensions import queue, redis_client
from portal.jobs import worker as jobs
from portal.launcher.embedded import Valkey
from portal.queries.admin import backlog
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


@pytest.mark.parametrize("take_nothing", [("config", "set", "maxmemory", "1"), ("replicaof", "127.0.0.1", "1")])
def test_bells_in_a_redis_that_takes_nothing_are_heard_by_no_one(
    app: Flask, own: Valkey, take_nothing: tuple[str, ...]
) -> None:
    line = queue("mail")
    Worker([line], connection=line.connection).register_birth()
    assert bells.ring(bells.DRAIN)
    assert bells.is_ringing(bells.DRAIN)
    redis_client().execute_command(*take_nothing)
    assert redis_client().ping()
    assert not bells.is_ringing(bells.DRAIN)
    app.extensions["breaker"].close()
    assert backlog.queued() is None


def test_a_worker_that_was_killed_is_not_counted_among_those_that_listen(own: Valkey) -> None:
    line = queue("mail")
    worker = Worker([line], connection=line.connection)
    worker.register_birth()
    assert bells.listeners(line) == 1
    redis_client().delete(worker.key)  # its last sign of life expires
    assert bells.listeners(line) == 0


def test_a_worker_listens_on_after_redis_was_emptied(own: Valkey) -> None:
    worker = jobs.worker(own.url, "mail")
    worker.register_birth()
    redis_client().flushall()
    worker.heartbeat()
    assert bells.listeners(queue("mail")) == 1


def test_a_redis_that_was_restarted_is_used_again_at_once(app: Flask, own: Valkey) -> None:
    assert redis_client().ping()
    assert own.process is not None
    own.process.kill()
    own.restart()
    assert cache.asked(lambda r: r.ping())
