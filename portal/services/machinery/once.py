"""Requests that can be sent twice: the key is inserted first in the transaction of the change (ADR 0007).

A rival with the same key waits on the unique index, then for the first answer, which is kept after the commit. A failed
request leaves no key.
"""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.extensions import DATABASE_AWAY, db, reading
from portal.models import IdempotencyKey
from portal.runtime.clock import now_sql

log = logging.getLogger(__name__)

KEPT = timedelta(hours=24)
PENDING = 0
ANSWERED_WITHIN = timedelta(seconds=10)  # a process that has not answered by then never will
PATIENCE, PAUSE = 5.0, 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Once:
    """A request: who sent it, its key, and a digest of its content."""

    principal: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, principal: object, key: str, said: bytes) -> Once:
        """Return the name of a request; its key is kept as a digest, whatever characters it has."""
        return cls(str(principal), hashlib.sha256(key.encode(errors="replace")).hexdigest(), _digest(said))


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer; `status` is 0 when the process died before it was kept."""

    status: int
    location: str | None
    body: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept for a request, and since when."""

    answer: Answer
    age: timedelta


class KeyReused(Conflict):
    """Refuse a key that was used for another request."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This key was used for another request; use a new one.")


class _Rival(Exception):
    """Another request with this key was committed first."""


class AlreadyAnswered(Exception):
    """The same request was done before; carries what was answered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("already answered")
        self.answer = answer


_current: ContextVar[Once | None] = ContextVar("once", default=None)


@contextmanager
def only_once(once: Once) -> Iterator[None]:
    """Run the next unit of work only once; entry points wrap their service call in it.

    Raises:
        AlreadyAnswered: the request has been done before, or a rival is doing it right now.
        KeyReused: the key was used for another request.
    """
    if _found(once) is not None:
        raise AlreadyAnswered(_awaited(once))
    token = _current.set(once)
    try:
        yield
    except _Rival:
        raise AlreadyAnswered(_awaited(once)) from None
    finally:
        _current.reset(token)


def answered(once: Once) -> Answer | None:
    """Return the earlier answer to the same request, or None for a new one.

    Raises:
        KeyReused: the key was used for another request.
    """
    return None if _found(once) is None else _awaited(once)


def _found(once: Once) -> _Kept | None:
    """Look for the answer to a request that was done before."""
    k = IdempotencyKey
    query = select(k.fingerprint, k.status, k.location, k.body, (now_sql() - k.created_at).label("age"))
    row = reading().execute(query.where(k.principal == once.principal, k.key == once.key)).one_or_none()
    if row is None or row.age >= KEPT:
        return None
    if row.fingerprint != once.fingerprint:
        raise KeyReused()
    return _Kept(Answer(row.status, row.location, row.body), row.age)


def _awaited(once: Once) -> Answer:
    """Wait for the answer to the first request, unless it is long overdue."""
    until = time.monotonic() + PATIENCE
    while (kept := _found(once)) and kept.answer.status == PENDING and kept.age < ANSWERED_WITHIN:
        if time.monotonic() >= until:
            break
        time.sleep(PAUSE)
    return kept.answer if kept else Answer(PENDING, None, "")


def expected() -> bool:
    """Return whether the next unit of work has a key to take."""
    return _current.get() is not None


def take(session: Session, now: datetime) -> None:
    """Insert the key of the current request; called by `unit_of_work` before anything else.

    Raises:
        _Rival: the key is taken.
    """
    once = _current.get()
    if once is None:
        raise RuntimeError("no request to do once")
    _current.set(None)
    first = insert(IdempotencyKey).values(
        principal=once.principal, key=once.key, fingerprint=once.fingerprint, status=PENDING, body="", created_at=now
    )
    renewed = first.on_conflict_do_update(
        index_elements=[IdempotencyKey.principal, IdempotencyKey.key],
        set_={name: first.excluded[name] for name in ("fingerprint", "status", "body", "created_at")},
        where=IdempotencyKey.created_at <= now - KEPT,
    )
    if session.execute(renewed.returning(IdempotencyKey.key)).one_or_none() is None:
        raise _Rival


def keep(once: Once, answer: Answer) -> None:
    """Keep the answer in case the request is sent again, even if no change took the key.

    If the database went away after the change was committed, only the answer's repetition is lost.
    """
    k = IdempotencyKey
    given = {"fingerprint": once.fingerprint, "status": answer.status, "location": answer.location, "body": answer.body}
    first = insert(k).values(principal=once.principal, key=once.key, created_at=now_sql(), **given)
    mine = and_(k.fingerprint == once.fingerprint, k.status == PENDING)
    kept = first.on_conflict_do_update(
        index_elements=[k.principal, k.key],
        set_={**given, "created_at": case((mine, k.created_at), else_=now_sql())},
        where=or_(mine, k.created_at <= now_sql() - KEPT),
    )
    try:
        with Session(db.engine) as session, session.begin():
            session.execute(kept)
    except DATABASE_AWAY as error:  # what was done is done: 503 would say that it was not
        log.warning("answer_not_kept", extra={"error": str(error)})


def keep_refusal(once: Once, answer: Answer) -> None:
    """Keep a refusal only if part of the request was done; what was refused as a whole can be tried again."""
    with Session(db.engine) as session, session.begin():
        session.execute(
            update(IdempotencyKey)
            .where(*_pending(once))
            .values(status=answer.status, location=answer.location, body=answer.body)
        )


def release(once: Once) -> None:
    """Release the key of a request that was refused after a part of it was done, so that it can be sent again."""
    with Session(db.engine) as session, session.begin():
        session.execute(delete(IdempotencyKey).where(*_pending(once)))


def _pending(once: Once) -> tuple[ColumnElement[bool], ...]:
    k = IdempotencyKey
    return (k.principal == once.principal, k.key == once.key, k.fingerprint == once.fingerprint, k.status == PENDING)


def _digest(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()


def forget_answers(session: Session, ids: Select[uuid.UUID]) -> None:
    """Empty the answers that tell of one of these rows; their repetition says that the answer was lost."""
    k, named = IdempotencyKey, ids.subquery()
    told = exists().where(func.strpos(k.body, cast(named.c[0], Text)) > 0)
    emptied = update(k).where(k.body != "", told).values(status=PENDING, body="")
    session.execute(emptied.execution_options(synchronize_session=False))


def forget_old(session: Session, now: datetime) -> int:
    """Delete keys older than a day and count them."""
    result = session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT).returning(IdempotencyKey.key)
    )
    return len(result.all())
