"""Ring the queue: a job is only a bell, so that one that is lost, or does not get through, loses nothing."""

from __future__ import annotations

import logging

import redis.exceptions

from portal.extensions import bell_queue
from portal.runtime import correlation

log = logging.getLogger(__name__)
FAILED_JOBS_KEPT = 7 * 86_400
STUCK = 20  # so many bells that nobody answered: no worker lives


def ring(job: str, *arguments: str) -> bool:
    """Enqueue a job by its dotted name with the present correlation id; tell whether a worker may hear of it."""
    try:
        queue = bell_queue()
        if queue.count >= STUCK:
            return False
        queue.enqueue(job, *arguments, correlation.current(), result_ttl=0, failure_ttl=FAILED_JOBS_KEPT)
    except (redis.exceptions.RedisError, OSError) as error:
        log.warning("bell_failed", extra={"job": job, "error": str(error)})
        return False
    return True


def is_ringing() -> bool:
    """Tell whether bells wait already; without Redis, none do."""
    try:
        return bool(bell_queue().count)
    except (redis.exceptions.RedisError, OSError):
        return False
