"""Requests that may be sent twice: the key is inserted first in the transaction of the change (api-guide.md).

A rival with the same key waits on the unique index, then finds the first answer; a failed request leaves no key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.extensions import db
from portal.models import IdempotencyKey

KEPT = timedelta(hours=24)
PENDING = 0


@dataclass(frozen=True, slots=True)
class Once:
    """Name a request: who sent it, its key, and the digest of what it said."""

    principal: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, principal: object, key: str, said: bytes) -> Once:
        """Make the name of a request from its raw body."""
        return cls(str(principal), key, hashlib.sha256(said).hexdigest())


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold the first answer; `status` is 0 when the process died before it was kept."""

    status: int
    location: str | None
    body: str


class AlreadyAnswered(Exception):
    """Say that the same request was done before, and what was answered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("already answered")
        self.answer = answer


_current: ContextVar[Once | None] = ContextVar("once", default=None)


@contextmanager
def only_once(once: Once) -> Iterator[None]:
    """Let the next unit of work be done only once; entry points wrap their service call in it."""
    token = _current.set(once)
    try:
        yield
    finally:
        _current.reset(token)


def expected() -> bool:
    """Tell whether the next unit of work has a key to take."""
    return _current.get() is not None


def take(session: Session, now: datetime) -> None:
    """Insert the key of the present request; called by `unit_of_work` before anything else.

    Raises:
        AlreadyAnswered: the request was done before.
        Conflict: the key was used for another request.
    """
    once = _current.get()
    if once is None:
        raise RuntimeError("no request to do once")
    _current.set(None)
    where = (IdempotencyKey.principal == once.principal, IdempotencyKey.key == once.key)
    first = insert(IdempotencyKey).values(
        principal=once.principal, key=once.key, fingerprint=once.fingerprint, status=PENDING, body="", created_at=now
    )
    renewed = first.on_conflict_do_update(
        index_elements=[IdempotencyKey.principal, IdempotencyKey.key],
        set_={name: first.excluded[name] for name in ("fingerprint", "status", "body", "created_at")},
        where=IdempotencyKey.created_at <= now - KEPT,
    )
    inserted = session.execute(renewed.returning(IdempotencyKey.key)).one_or_none()
    if inserted is not None:
        return
    row = session.execute(select(IdempotencyKey).where(*where)).scalar_one()
    if row.fingerprint != once.fingerprint:
        raise Conflict("This key was used for another request; use a new one.", code="IDEMPOTENCY_KEY_REUSED")
    raise AlreadyAnswered(Answer(row.status, row.location, row.body))


def keep(once: Once, answer: Answer) -> None:
    """Keep the answer for whoever sends the request again."""
    with Session(db.engine) as session, session.begin():
        session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.principal == once.principal, IdempotencyKey.key == once.key)
            .values(status=answer.status, location=answer.location, body=answer.body)
        )


def forget_old(session: Session, now: datetime) -> int:
    """Delete keys older than a day and count them."""
    result = session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT).returning(IdempotencyKey.key)
    )
    return len(result.all())
