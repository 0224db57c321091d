"""What waits: for the metrics, which anybody may read who is let in to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rq import Queue
from sqlalchemy import ColumnElement, Select, case, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.connections.breaker import AWAY
from portal.extensions import db, queues, reading
from portal.models import Delivery, LedgerAccount, OutboxEntry, PeriodicRun, Proposal, UnsealedEntry
from portal.models.events import DELIVERY_STATES
from portal.queries.log.by_id import event_of
from portal.queries.proposals.proposals import IS_OPEN
from portal.runtime import bells
from portal.runtime.clock import now_sql

OF_A_MAILBOX = (450, 451, 452)  # full or busy, or a server that asks to come again: about one email
# Each try that the mail server itself refuses, or does not answer, puts an email off, and it is late nevertheless.
DUE_SINCE = case(
    (Delivery.last_error.is_not(None) & func.coalesce(Delivery.last_code, 0).not_in(OF_A_MAILBOX), Delivery.created_at),
    else_=Delivery.next_at,
)


@dataclass(frozen=True, slots=True)
class Line:
    """How many wait, and for how many seconds the one in front has."""

    length: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the database, and for how long its oldest has; `differences` are the ledger's, by currency."""

    outbox: Line
    unsealed: Line
    due_mails: Line
    overdue_proposals: Line
    mails: Mapping[str, int]
    differences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue of Redis: the jobs that wait, for how long the first has, those that failed, and who works on them."""

    name: str
    jobs: Line
    failed: int
    workers: int


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections this process has open, and how many of them are in use."""

    open: int
    in_use: int


def backlog() -> Backlog:
    """Count what waits."""
    by_state = select(Delivery.state, func.count()).group_by(Delivery.state)
    account = LedgerAccount
    moved = func.sum(account.debits_minor - account.credits_minor)
    by_currency = select(account.currency, moved).group_by(account.currency)
    return Backlog(
        outbox=_of_events(OutboxEntry),
        unsealed=_of_events(UnsealedEntry),
        due_mails=_overdue(DUE_SINCE, Delivery.state.in_(("queued", "sending"))),
        overdue_proposals=_overdue(Proposal.expires_at, IS_OPEN),
        mails={**dict.fromkeys(DELIVERY_STATES, 0), **{row[0]: row[1] for row in reading().execute(by_state)}},
        differences={currency: int(difference) for currency, difference in reading().execute(by_currency)},
    )


def _of_events(entry: type[OutboxEntry | UnsealedEntry]) -> Line:
    event = event_of(entry.event_id)
    query = select(func.count(), _age(event.c.at)).select_from(entry)
    return _line(query.join(event, true()))


def _overdue(due_at: ColumnElement[datetime] | InstrumentedAttribute[datetime], condition: ColumnElement[bool]) -> Line:
    return _line(select(func.count(), _age(due_at)).where(condition, due_at <= now_sql()))


def _age(moment: ColumnElement[datetime] | InstrumentedAttribute[datetime]) -> ColumnElement[Any]:
    return func.extract("epoch", now_sql() - func.min(moment))


def _line(query: Select[int, Any]) -> Line:
    length, seconds = reading().execute(query).one()
    return Line(length, max(0.0, float(seconds or 0)))


@dataclass(frozen=True, slots=True)
class Job:
    """How a periodic job stands: when it last ended well and how long its last run took, None before there is one."""

    name: str
    succeeded: datetime | None
    seconds: float | None
    overdue_seconds: float
    failed: bool


def jobs() -> tuple[Job, ...]:
    run = PeriodicRun
    overdue = func.greatest(0, func.extract("epoch", now_sql() - run.next_at))
    took = func.extract("epoch", run.finished_at - run.started_at)
    ended = case((run.finished_at >= run.started_at, took))  # not while the next run is under way
    query = select(run.name, run.succeeded_at, ended, overdue, run.last_error.is_not(None)).order_by(run.name)
    return tuple(
        Job(name, at, None if seconds is None else float(seconds), float(late), failed)
        for name, at, seconds, late, failed in reading().execute(query)
    )


def queued() -> tuple[Waiting, ...] | None:
    """Look at every queue, or return None when Redis does not answer, or takes nothing."""
    try:
        return tuple(_waiting(queue) for queue in queues())
    except AWAY:
        return None


def _waiting(queue: Queue) -> Waiting:
    first = next(iter(queue.get_jobs(0, 1)), None)
    since = first.enqueued_at if first else None
    age = max(0.0, queue.connection.time()[0] - since.timestamp()) if since else 0.0  # by the clock of Redis
    return Waiting(queue.name, Line(int(queue.count), age), queue.failed_job_registry.count, bells.listeners(queue))


def pools() -> dict[str, Pool]:
    """Describe the connection pools of this process, the writing and the reading one."""
    found = {}
    for bind, engine in db.engines.items():
        pool = engine.pool
        in_use = int(getattr(pool, "checkedout", int)())
        found[bind or "write"] = Pool(in_use + int(getattr(pool, "checkedin", int)()), in_use)
    return found
