"""Whether the parts that the portal needs answer, and what is wrong with those that do not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db, reading
from portal.models import OutboxEntry, PeriodicRun
from portal.queries.admin import backlog
from portal.queries.billing import alarms
from portal.runtime.clock import now_sql

LATE = timedelta(minutes=2)  # a ticker looks each second
LEAST_FREE = 16 * 1024 * 1024
# Written ahead and committed, but into no table: what a full disk refuses, or a server in recovery. One that is set to
# read-only refuses only to write to a table, so no row of one is written as well.
TRIAL = text("""
    WITH none AS (UPDATE public.alembic_version SET version_num = version_num WHERE false RETURNING 1)
    SELECT pg_logical_emit_message(true, 'readyz', '')
""")


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is wrong: `problems` keep the portal from its work, `troubles` only hold it up."""

    problems: tuple[str, ...]
    troubles: tuple[str, ...]
    outbox_pending: int = 0

    @property
    def ready(self) -> bool:
        """Return whether requests can be served; reads can, while the database takes no changes."""
        return not self.problems

    @property
    def status(self) -> str:
        """Return all of it in a word."""
        return "unavailable" if self.problems else "degraded" if self.troubles else "ok"


def readiness(head: str, data_dir: Path) -> Readiness:
    """Ask the database, the migrations' table, the disk, the queue and the periodic jobs."""
    disk, queue = _disk(data_dir), _queues()
    try:
        at = reading().execute(text("SELECT version_num FROM public.alembic_version")).scalar_one_or_none()
        pending = reading().execute(select(func.count()).select_from(OutboxEntry)).scalar_one()
        late, books = _late(), alarms.troubles()
    except SQLAlchemyError:
        return Readiness(("The database does not respond.", *disk), queue)
    behind, ahead = _migrations(at, head)
    return Readiness((*behind, *disk), (*writes(), *ahead, *queue, *late, *books), pending)


def _migrations(at: str | None, head: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell apart a database that is behind, which stops this code, and one that is ahead, which an upgrade makes.

    A migration leaves what the release before it needs, so that this one serves on until it is replaced.
    """
    said = (f"The database is at migration {at}, the code at {head}.",)
    if at == head:
        return (), ()
    return ((), said) if at is not None and at > head else (said, ())


def writes() -> tuple[str, ...]:
    """Return why the database takes no changes, or nothing."""
    try:
        with db.engine.begin() as connection:
            connection.execute(TRIAL)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        return (f"The database does not accept writes: {reason}",)
    return ()


def _disk(data_dir: Path) -> tuple[str, ...]:
    """Look at the disk of the event log's checkpoints and the local mailbox, which often is the database's as well."""
    try:
        free = shutil.disk_usage(data_dir).free
    except OSError as error:
        return (f"The data directory cannot be used: {error.strerror}.",)
    return () if free >= LEAST_FREE else (f"The disk with the data directory is full: {free // 1024} kB left.",)


def _queues() -> tuple[str, ...]:
    found = backlog.queued()
    if found is None:
        return ("Redis does not respond, or does not accept writes.",)
    return tuple(f"No worker listens to the queue {one.name}." for one in found if not one.workers)


def _late() -> tuple[str, ...]:
    query = select(PeriodicRun.name, PeriodicRun.next_at).where(PeriodicRun.next_at < now_sql() - LATE)
    late: list[tuple[str, datetime]] = [(row.name, row.next_at) for row in reading().execute(query)]
    if not late:
        return ()
    first = min(at for _, at in late)
    return (f"Periodic jobs have not run since {first:%Y-%m-%dT%H:%M:%SZ}: {', '.join(sorted(n for n, _ in late))}.",)
