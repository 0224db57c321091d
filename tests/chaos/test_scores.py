"""`make chaos`: a burst of outcomes during which Redis and the worker die leaves the scores of a calm run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.extensions import db, redis_client
from portal.launcher.embedded import Valkey
from portal.models import MarketplaceEvent, OutboxEntry, ReputationQueue
from portal.queries.reputation import reputation
from tests import scorer, servers
from tests.cast import Cast, Person
from tests.figures import record
from tests.histories import outcomes
from tests.jobs.conftest import as_before, data_dir, sink
from tests.jobs.test_processes import process, until
from tests.mailers.sink import Sink

__all__ = ["as_before", "data_dir", "sink"]

BURST = ["declined", "completed", "hired", "failed"] * 2
DEATHS = 2


def count(*models: type) -> int:
    """Count the rows of tables."""
    with Session(db.engine) as session:
        return sum(session.scalar(select(func.count()).select_from(model)) or 0 for model in models)


def left() -> int:
    """Count what still waits."""
    return count(OutboxEntry, ReputationQueue)


def relayed() -> int:
    """Count the events that the relay is done with."""
    return count(MarketplaceEvent) - count(OutboxEntry)


def burst(cast: Cast, who: Person) -> None:
    """End many things for a recruiter, in a context of its own: a thread may do it."""
    with cast.app.app_context():
        outcomes(cast, who, BURST)


def figures(cast: Cast, person: Person) -> reputation.Figures:
    """Read the stored figures, which are what a replay of the history gives."""
    assert person.recruiter_id is not None
    viewer = cast.actor(cast.pia)
    found = reputation.profile(person.recruiter_id, viewer=viewer).figures
    assert found is not None
    assert found == scorer.replayed(person.recruiter_id, now=viewer.now)
    return found


@pytest.fixture
def own_redis(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """Run a Redis that may be killed: the other one is every test's."""
    with Valkey(tmp_path / "valkey", durable=False) as server:
        monkeypatch.setitem(app.config, "REDIS_URL", server.url)
        with servers.redis_instead(app, server.url):
            yield server


def someone_works() -> bool:
    """Tell whether a worker came; on a busy machine this process, too, gives up a Redis that is slow."""
    try:
        return int(redis_client().scard("rq:workers")) > 0
    except RedisError:
        return False


def burst_with_a_death(cast: Cast, sink: Sink, data_dir: Path, redis: Valkey) -> int:
    """Kill Redis, worker and ticker as soon as they work on a burst that goes on; tell how much they left."""
    with (
        process(cast.app, "portal.jobs.worker work", sink, data_dir) as worker,
        process(cast.app, "portal.jobs.worker bulk", sink, data_dir) as bulk,
        process(cast.app, "portal.jobs.ticker", sink, data_dir) as ticker,
        ThreadPoolExecutor(1) as thread,
    ):
        until(someone_works)
        before = relayed()
        running = thread.submit(burst, cast, cast.omar)
        until(lambda: relayed() > before)
        for victim in (redis.process, worker, bulk, ticker):
            assert victim is not None
            victim.kill()
        running.result()
        waiting = left()
    redis.restart()
    cast.app.extensions["breaker"].close()  # this process need not wait until it would ask again
    return waiting


def test_killing_redis_and_the_worker_during_a_burst_leaves_the_scores_of_a_calm_run(
    cast: Cast, app: Flask, sink: Sink, data_dir: Path, own_redis: Valkey
) -> None:
    waiting = [burst_with_a_death(cast, sink, data_dir, own_redis) for _ in range(DEATHS)]
    assert max(waiting) > 0
    with (
        process(app, "portal.jobs.worker work", sink, data_dir),
        process(app, "portal.jobs.worker bulk", sink, data_dir),
        process(app, "portal.jobs.ticker", sink, data_dir),
    ):
        until(lambda: left() == 0)
        for _ in range(DEATHS):
            burst(cast, cast.rita)
        until(lambda: left() == 0)
    calm, killed = figures(cast, cast.rita), figures(cast, cast.omar)
    assert dataclasses.asdict(killed) == dataclasses.asdict(calm)
    assert (calm.decided, calm.placements, calm.completed, calm.failed) == (16, 12, 4, 4)
    record("Redis and worker killed in a burst", f"{DEATHS} times: the scores of a calm run")
