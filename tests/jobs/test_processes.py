"""The worker and the ticker as processes: killed, stopped, and without the servers that they need."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from rq import SimpleWorker

from portal.jobs import relay, schedule, starting, stopping, ticker, worker
from portal.jobs.worker import PortalWorker
from tests import servers
from tests.cast import Cast
from tests.letters import change, deliveries, queued
from tests.mailers.sink import SLOW, Sink

ROOT = Path(__file__).parent.parent.parent
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
PATIENCE = 240.0


@contextmanager
def process(app: Flask, module: str, sink: Sink, data_dir: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process of the portal on this test's servers, and end it."""
    environment = {
        **os.environ,
        "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]),
        "REDIS_URL": str(app.config["REDIS_URL"]),
        "SECRET_KEY": str(servers.SETTINGS["SECRET_KEY"]),
        "PORTAL_DATA_DIR": str(data_dir),
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(sink.port),
        **more,
    }
    child = subprocess.Popen([sys.executable, "-m", *module.split()], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something, with patience for a machine that has much to do."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this takes too long"
        time.sleep(0.05)


def states() -> list[str]:
    """Read the states of all deliveries."""
    return sorted(d.state for d in deliveries())


def test_a_worker_that_is_killed_and_a_queue_that_is_emptied_lose_nothing_t2(
    cast: Cast, app: Flask, sink: Sink, data_dir: Path
) -> None:
    queued(cast, 6, at=LONG_AGO)
    with process(app, "portal.jobs.worker mail", sink, data_dir, PORTAL_FAILPOINT="after_250") as victim:
        assert victim.wait(PATIENCE) == -signal.SIGKILL
    assert [(d.state, d.attempts) for d in deliveries()] == [("sending", 1), *[("sending", 0)] * 5]
    for held in deliveries(attempts=0):
        change(held, next_at=LONG_AGO)  # three seconds go by
    Redis.from_url(str(app.config["REDIS_URL"])).flushall()
    with process(app, "portal.jobs.worker mail", sink, data_dir) as survivor:
        until(lambda: states().count("sent") == 5)
        change(deliveries(state="sending")[0], next_at=LONG_AGO)  # two minutes go by
        relay.sweep()
        until(lambda: states() == ["sent"] * 6)
        survivor.send_signal(signal.SIGTERM)
        assert survivor.wait(PATIENCE) == 0
    assert len(sink.kept) == 6
    assert len(sink.taken) == 7


def test_a_worker_that_is_asked_to_stop_finishes_the_mail_in_hand(
    cast: Cast, app: Flask, sink: Sink, data_dir: Path
) -> None:
    queued(cast, 30, at=LONG_AGO)
    sink.script = [SLOW] * 30
    with process(app, "portal.jobs.worker mail", sink, data_dir) as child:
        until(lambda: len(sink.taken) >= 1)
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
    assert "sending" not in states()
    assert 1 <= states().count("sent") == len(sink.taken) < 30


def test_a_ticker_process_ticks_and_stops(cast: Cast, app: Flask, sink: Sink, data_dir: Path) -> None:
    with process(app, "portal.jobs.ticker", sink, data_dir) as child:
        queue = Redis.from_url(str(app.config["REDIS_URL"]))
        until(lambda: queue.llen("rq:queue:work") > 0)
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0


def test_the_worker_does_not_fork_t16() -> None:
    assert issubclass(PortalWorker, SimpleWorker)


def test_a_worker_asked_to_stop_tells_its_job() -> None:
    PortalWorker.handle_warm_shutdown_request(None)  # type: ignore[arg-type]
    assert stopping.is_asked()


def test_a_worker_waits_for_a_queue_that_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def away(url: str, name: str) -> PortalWorker:
        tries.append(name)
        if len(tries) == 2:
            stopping.ask()
        raise ConnectionError("away")

    monkeypatch.setattr(starting, "create_app", lambda: app)
    monkeypatch.setattr(worker, "worker", away)
    monkeypatch.setattr(worker, "AFTER_OUTAGE_SECONDS", 0.01)
    worker.main(["mail"])
    assert tries == ["mail", "mail"]


def test_a_ticker_waits_out_an_outage_of_the_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise ConnectionError("away")

    monkeypatch.setattr(schedule, "tick", away)
    assert ticker.tick(app) == ticker.AFTER_ERROR_SECONDS


def test_a_ticker_looks_every_second_until_it_is_asked_to_stop(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def look() -> int:
        looks.append(ticker.SECONDS)
        if len(looks) == 3:
            stopping.ask()
        return 0

    monkeypatch.setattr(starting, "create_app", lambda: app)
    monkeypatch.setattr(ticker, "SECONDS", 0.01)
    monkeypatch.setattr(schedule, "tick", look)
    ticker.main()
    assert len(looks) == 3
