"""The job that a bell starts: turn what happened into mails, and hand over what is due."""

from __future__ import annotations

from portal.jobs import bells, stopping
from portal.mailers import post
from portal.queries.admin import deliveries
from portal.runtime import correlation

RING = "portal.jobs.relay.ring"


def ring(correlation_id: str) -> None:
    """Relay and drain under the correlation id of whoever rang."""
    correlation.begin(correlation_id)
    if work():
        bells.ring(RING)


def work() -> bool:
    """Relay and drain; tell whether mails are left that could go on at once."""
    post.relay()
    drained = post.drain(stop=stopping.is_asked)
    return drained.stopped and drained.sent > 0


def sweep() -> None:
    """Ring when something is due that no bell waits for: a bell was lost, a pause or a lease is over.

    Without Redis, or without anybody who listens, the work is done here.
    """
    waiting = deliveries.pending()
    if not (waiting.events or waiting.mails) or bells.is_ringing():
        return
    if not bells.ring(RING):
        work()
