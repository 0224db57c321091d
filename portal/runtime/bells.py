"""Ring a worker: a job is only a bell, so that one that is lost, or does not get through, loses nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from rq import Queue, Worker

from portal.connections import breaker
from portal.connections.breaker import AWAY
from portal.extensions import BULK_QUEUE, MAIL_QUEUE, WORK_QUEUE, queue
from portal.runtime import correlation

log = logging.getLogger(__name__)
FAILED_JOBS_KEPT = 7 * 86_400
STUCK = 20  # so many bells that nobody answered: no worker lives
ENOUGH = 2  # one is being answered, one waits


@dataclass(frozen=True, slots=True)
class Bell:
    """A job and the queue whose workers hear it."""

    queue: str
    job: str


RELAY = Bell(WORK_QUEUE, "portal.jobs.relay.relay")
DRAIN = Bell(MAIL_QUEUE, "portal.jobs.relay.drain")
PERIODIC = Bell(WORK_QUEUE, "portal.jobs.schedule.run")
BULK = Bell(BULK_QUEUE, PERIODIC.job)  # for what may take long, so that the relay and the clocks never wait for it


def ring(bell: Bell, *arguments: str, enough: int = STUCK, once: str = "") -> bool:
    """Enqueue a job with the current correlation id, unless `enough` wait; tell whether a worker may hear of it.

    What is rung `once` under a name waits once however long the worker is at something else.
    """
    begun = correlation.current()
    try:
        line = queue(bell.queue)
        if once and any(waiting.startswith(f"{once}-") for waiting in line.job_ids):
            return bool(listeners(line))
        if line.count >= enough:
            return False
        named = f"{once}-{begun}" if once else None
        line.enqueue(bell.job, *arguments, begun, job_id=named, result_ttl=0, failure_ttl=FAILED_JOBS_KEPT)
    except AWAY as error:
        log.warning("bell_failed", extra={"job": bell.job, "error": str(error)})
        return False
    return True


def is_ringing(bell: Bell) -> bool:
    """Return whether bells wait for somebody who listens; without Redis, none do."""
    try:
        line = queue(bell.queue)
        return bool(line.count and listeners(line))
    except AWAY:
        return False


def listeners(line: Queue) -> int:
    """Count the workers that live and can take what waits in a queue.

    RQ's own count has those that were killed. From a Redis that takes nothing, nothing can be taken, either.

    Raises: what is in `AWAY`.
    """
    breaker.try_out(line.connection)
    return len(Worker.all(queue=line))
