"""The worker: `python -m portal.jobs.worker work`, `mail` or `bulk` works through one queue, with one app for all jobs.

It does not fork: a bell's job is short and ends by itself, the database connections stay open, and SIGTERM reaches the
loop that sends emails (reliability.md T16).
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import redis.exceptions
from flask import Flask
from redis import Redis
from redis.client import Pipeline
from rq import Queue, SimpleWorker, worker_registration
from rq.job import Job
from rq.serializers import JSONSerializer

from portal.extensions import BULK_QUEUE, MAIL_QUEUE, QUEUES, WORK_QUEUE
from portal.jobs import starting, stopping
from portal.runtime import bells, correlation

log = logging.getLogger(__name__)
AFTER_OUTAGE_SECONDS = 2.0
TTL_SECONDS = 60  # one that was killed counts for so long and a minute more, instead of eight minutes
FIRST = {
    WORK_QUEUE: (bells.RELAY,),
    MAIL_QUEUE: (bells.DRAIN,),
    BULK_QUEUE: (),
}  # what may have come before anybody listened


class PortalJob(Job):
    """A job that runs in the portal's application context."""

    app: ClassVar[Flask]

    def perform(self) -> Any:
        """Run in a context of its own, so that connections are given back afterwards."""
        with self.app.app_context():
            return super().perform()


class PortalWorker(SimpleWorker):
    """A worker that tells its running job when it is asked to stop."""

    job_class = PortalJob
    max_connection_wait_time = 5.0

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that it lives, and to which queue it listens: a Redis that was emptied has forgotten that."""
        super().heartbeat(timeout, pipeline)
        worker_registration.register(self, pipeline)

    def handle_warm_shutdown_request(self) -> None:
        """Ask the job to stop once it has finished what it has in hand."""
        stopping.ask()


def main(arguments: Sequence[str]) -> None:
    """Work through the queue that is named until a signal comes; wait out an outage of Redis.

    Raises: SystemExit when no queue is named, or a setting is wrong.
    """
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        raise SystemExit(f"Name the queue: python -m portal.jobs.worker {'|'.join(QUEUES)}")
    name = arguments[0]
    PortalJob.app = app = starting.application()
    while not stopping.is_asked():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stopping.ask)  # until RQ puts its own in this place, and after it ended
        try:
            with app.app_context():
                correlation.begin()
                for bell in FIRST[name]:
                    bells.ring(bell)
            worker(str(app.config["REDIS_URL"]), name).work(logging_level="WARNING")
        except (redis.exceptions.RedisError, OSError) as error:
            log.warning("queue_unavailable", extra={"error": str(error)})
        stopping.wait(AFTER_OUTAGE_SECONDS)


def worker(redis_url: str, name: str) -> PortalWorker:
    """Make the worker of a queue; its connection is its own, because it waits longer than a page may."""
    connection = Redis.from_url(redis_url, socket_connect_timeout=2)
    queue = Queue(name, connection=connection, serializer=JSONSerializer, job_class=PortalJob)
    return PortalWorker(
        [queue],
        connection=connection,
        serializer=JSONSerializer,
        job_class=PortalJob,
        worker_ttl=TTL_SECONDS,
        maintenance_interval=30,
        job_monitoring_interval=10,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
