"""The jobs that bells start: turn what happened into emails and notices (relay), and hand over what is due (drain).

They have queues of their own, and so workers: a mail server that is slow holds up nothing but emails (ADR 0022).
"""

from __future__ import annotations

import time

from portal.jobs import stopping
from portal.mailers import post
from portal.queries.admin import deliveries
from portal.runtime import bells, correlation

RELAY_SECONDS = 1.0  # at a time: sealing and periodic jobs wait in the same queue
ALONE_SECONDS = 5.0  # how long the ticker hands emails over when no worker does: it has other things to do
ALONE_PATIENCE_SECONDS = 10.0  # on one of them, if the mail server hangs or answers byte by byte


def relay(correlation_id: str) -> None:
    """Turn what happened into emails, under the correlation id of whoever rang, and ring for those that are due.

    Whatever takes longer continues once the waiting jobs have had their turn.
    """
    correlation.begin(correlation_id)
    until = time.monotonic() + RELAY_SECONDS
    _, more = post.relay_some()
    while more and time.monotonic() < until:
        _, more = post.relay_some()
    if deliveries.pending().mails:
        bells.ring(bells.DRAIN, enough=bells.ENOUGH)
    if more:
        bells.ring(bells.RELAY, enough=bells.ENOUGH)


def drain(correlation_id: str) -> None:
    """Hand over what is due, and ring again if anything is left that could be sent right away."""
    correlation.begin(correlation_id)
    drained = post.drain(stop=stopping.is_asked)
    if drained.stopped and drained.sent > 0:
        bells.ring(bells.DRAIN)


def sweep() -> None:
    """Ring when something is due that no bell waits for: a bell was lost, a pause or a lease is over.

    Without Redis, or if no one is listening, the work is done here.
    """
    waiting = deliveries.pending()
    if waiting.events and not bells.is_ringing(bells.RELAY) and not bells.ring(bells.RELAY):
        post.relay()
        waiting = deliveries.pending()
    if waiting.mails and not bells.is_ringing(bells.DRAIN) and not bells.ring(bells.DRAIN):
        post.drain(budget=ALONE_SECONDS, patience=ALONE_PATIENCE_SECONDS, stop=stopping.is_asked)
