"""`make chaos`: mails under load while workers are killed, the queue is emptied and the mail server is busy.

Nothing may be lost; nothing may arrive twice as a provider counts that honours the idempotency key. What it did is
written to drills.md.
CHAOS_MAILS and CHAOS_SECONDS make it longer; every three seconds, a worker dies.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask import Flask
from redis import Redis

from portal.mailers import failpoints
from portal.models import PlatformSettings
from tests.cast import DAY, Cast
from tests.figures import record
from tests.letters import change, deliveries, happened, outbox, rows
from tests.mailers import sink as sinks
from tests.mailers.sink import Sink
from tests.servers import SETTINGS

ROOT = Path(__file__).parent.parent.parent
MAILS = int(os.environ.get("CHAOS_MAILS", "200"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
WORKERS = 2
KILLS = max(1, round(SECONDS / 3))
PATIENCE = 300.0 + MAILS / 10


class Load:
    """The processes under attack and count the attacks."""

    def __init__(self, app: Flask, sink: Sink, data_dir: Path) -> None:
        self.redis = Redis.from_url(str(app.config["REDIS_URL"]))
        self.kills = self.floods = 0
        self.environment = {
            **os.environ,
            "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]),
            "REDIS_URL": str(app.config["REDIS_URL"]),
            "SECRET_KEY": str(SETTINGS["SECRET_KEY"]),
            "PORTAL_DATA_DIR": str(data_dir),
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(sink.port),
        }
        self.workers = [self.start("portal.jobs.worker mail") for _ in range(WORKERS)]
        self.others = [self.start("portal.jobs.worker work"), self.start("portal.jobs.ticker")]

    def start(self, module: str, failpoint: str = "") -> subprocess.Popen[bytes]:
        """Start a process; with a failpoint it dies there by itself."""
        environment = {**self.environment, "PORTAL_FAILPOINT": failpoint}
        command = [sys.executable, "-m", *module.split()]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)

    def attack(self) -> None:
        """Kill a worker and start another, which may die by itself; now and then, empty the queue."""
        place = random.randrange(WORKERS)
        self.workers[place].kill()
        self.workers[place].wait()
        self.workers[place] = self.start("portal.jobs.worker mail", random.choice(("", *failpoints.NAMES)))
        self.kills += 1
        if random.random() < 0.3:
            self.redis.flushdb()
            self.floods += 1

    def calm(self) -> None:
        """Hand over to healthy workers."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.workers = [self.start("portal.jobs.worker mail") for _ in range(WORKERS)]

    def stop(self) -> None:
        """End all processes."""
        for process in (*self.workers, *self.others):
            process.send_signal(signal.SIGKILL)
            process.wait()


def test_nothing_is_lost_and_nothing_arrives_twice(cast: Cast, app: Flask, tmp_path: Path) -> None:
    unlimited()
    with sinks.running() as sink:
        sink.script = [random.choice(["250 OK"] * 9 + ["451 later"]) for _ in range(MAILS * 3)]
        load = Load(app, sink, tmp_path)
        try:
            storm(cast, load)
            load.calm()
            settle()
        finally:
            load.stop()
    duplicates = len(sink.taken) - len(sink.kept)
    assert {d.state for d in deliveries()} == {"sent"}
    assert sorted(sink.kept) == sorted(str(d.id) for d in deliveries())
    attacks = f"{MAILS:,} events, {load.kills} workers killed, {load.floods} queues emptied, one mail in ten put off"
    record("workers and queue killed", f"{attacks}: 0 lost, 0 doubled, {duplicates} sent again under their key")


def unlimited() -> None:
    """Address all the mails to one person."""
    with rows() as session:
        session.get_one(PlatformSettings, 1).mails_per_hour = 100_000


def storm(cast: Cast, load: Load) -> None:
    """Record events and attack meanwhile."""
    until = time.monotonic() + SECONDS
    for number in range(MAILS):
        happened(cast)
        if number % max(1, MAILS // KILLS) == 0:
            load.attack()
            time.sleep(max(0.0, (until - time.monotonic()) / max(1, KILLS - load.kills)))


def settle() -> None:
    """Wait until everything is sent; pauses and leases are over sooner than in life."""
    deadline = time.monotonic() + PATIENCE
    while len(outbox()) or any(d.state != "sent" for d in deliveries()):
        assert time.monotonic() < deadline, "mails are stuck"
        for delivery in deliveries():
            if delivery.state in {"queued", "sending"} and delivery.attempts:
                change(delivery, next_at=DAY.replace(year=2025))
        time.sleep(3)
