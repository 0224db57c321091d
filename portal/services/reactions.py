"""What follows from events besides mail, in the relay's transaction: each one writes rows, records no events."""

from __future__ import annotations

from portal.services.messages.outbox import Reaction
from portal.services.reputation import counters, reputation

REACTIONS: tuple[Reaction, ...] = (reputation.queue_for_events, counters.count)
