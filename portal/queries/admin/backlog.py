"""What waits: for the metrics, which anybody may read who is let in to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.breaker import AWAY
from portal.extensions import db, queues, reading
from portal.models import Delivery, MarketplaceEvent, OutboxEntry, PeriodicRun, UnsealedEntry
from portal.runtime.clock import now_sql


@dataclass(frozen=True, slots=True)
class Backlog:
    """The lengths of the lines."""

    outbox: int
    outbox_seconds: float
    unsealed: int
    mails: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections this process has open, and how many of them are in use."""

    open: int
    in_use: int


def backlog() -> Backlog:
    """Count what waits."""
    age = func.extract("epoch", now_sql() - func.min(MarketplaceEvent.at))
    outbox = select(func.count(), age).select_from(OutboxEntry)
    of_events = outbox.join(MarketplaceEvent, MarketplaceEvent.id == OutboxEntry.event_id)
    waiting, seconds = reading().execute(of_events).one()
    unsealed = reading().execute(select(func.count()).select_from(UnsealedEntry)).scalar_one()
    by_state = select(Delivery.state, func.count()).group_by(Delivery.state)
    mails = {row[0]: row[1] for row in reading().execute(by_state)}
    return Backlog(waiting, float(seconds or 0), unsealed, mails)


@dataclass(frozen=True, slots=True)
class Job:
    """How a periodic job stands: when it last ended well, None before that, and for how long it is overdue."""

    name: str
    succeeded: datetime | None
    overdue_seconds: float


def jobs() -> tuple[Job, ...]:
    """List the periodic jobs."""
    overdue = func.greatest(0, func.extract("epoch", now_sql() - PeriodicRun.next_at))
    query = select(PeriodicRun.name, PeriodicRun.succeeded_at, overdue).order_by(PeriodicRun.name)
    return tuple(Job(name, at, float(late)) for name, at, late in reading().execute(query))


def queue_length() -> int | None:
    """Count the jobs that wait, or None when Redis does not answer."""
    try:
        return sum(int(queue.count) for queue in queues())
    except AWAY:
        return None


def pools() -> dict[str, Pool]:
    """Describe the connection pools of this process, the writing and the reading one."""
    found = {}
    for bind, engine in db.engines.items():
        pool = engine.pool
        in_use = int(getattr(pool, "checkedout", int)())
        found[bind or "write"] = Pool(in_use + int(getattr(pool, "checkedin", int)()), in_use)
    return found
