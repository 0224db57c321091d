"""Whether the parts that the portal needs answer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from portal.breaker import AWAY
from portal.extensions import reading, redis_client
from portal.models import OutboxEntry


@dataclass(frozen=True, slots=True)
class Readiness:
    """Hold what answers; `queue` may be down while pages still work."""

    database: bool
    migrations: bool
    queue: bool
    outbox_pending: int

    @property
    def ready(self) -> bool:
        """Tell whether pages can be served."""
        return self.database and self.migrations


def readiness(head: str) -> Readiness:
    """Ask the database, the migrations' table and the queue."""
    database, migrations, pending = _database(head)
    return Readiness(database, migrations, _queue(), pending)


def _database(head: str) -> tuple[bool, bool, int]:
    try:
        at = reading().execute(text("SELECT version_num FROM public.alembic_version")).scalar_one_or_none()
        pending = reading().execute(select(func.count()).select_from(OutboxEntry)).scalar_one()
    except SQLAlchemyError:
        return False, False, 0
    return True, at == head, pending


def _queue() -> bool:
    try:
        return bool(redis_client().ping())
    except AWAY:
        return False
