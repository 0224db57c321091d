"""The chain of seals: a keyed hash over each entry and its predecessor, linked by one writer soon after each commit.

Changing, removing, inserting or reordering entries breaks the chain, and whoever lacks the key cannot mend it. Cutting
off its end is found by the checkpoints (domain.md §8, reliability.md §5).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    Row,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    true,
)

from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import EventCheckpoint, EventSeal, MarketplaceEvent, UnsealedEntry
from portal.queries.log.by_id import IDS, event_of, events_between, ids_between
from portal.services.log import checkpoints
from portal.services.log.checkpoints import Checkpoint
from portal.services.machinery import stamps
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

log = logging.getLogger(__name__)
CHUNK = 500  # entries a transaction
MARKED = 100  # entries that leave a checkpoint
CHECKPOINT_AFTER = timedelta(minutes=1)
LOCK = 0x5EA15  # the advisory lock of the one writer
START = b"\0" * 32
C, S = EventCheckpoint, EventSeal
SEALS: Any = EventSeal.__table__
WAITING: Any = UnsealedEntry.__table__
# One statement, with the ids once and all hashes in one value: a parameter each costs more than to link them does.
PLACES = func.unnest(IDS).table_valued(column("event_id", Uuid), with_ordinality="place").render_derived(name="linked")
HASHES = bindparam("hashes", type_=LargeBinary)
UNSEALED = delete(WAITING).where(UnsealedEntry.event_id == any_(IDS)).cte("unsealed_no_more")
SEALED = (
    insert(SEALS)
    .from_select(
        ["number", "event_id", "hash", "sealed_at", "key_number"],
        select(
            bindparam("head", type_=BigInteger) + PLACES.c.place,
            PLACES.c.event_id,
            func.substring(HASHES, cast(PLACES.c.place - 1, Integer) * len(START) + 1, len(START)),
            bindparam("at", type_=DateTime(timezone=True)),
            bindparam("key", type_=BigInteger),
        ),
    )
    .add_cte(UNSEALED)
)
EVENTS = events_between(*MarketplaceEvent.__table__.columns)


class Head(NamedTuple):
    """The newest entry of the chain; number 0 of an empty one."""

    number: int
    hash: bytes
    key_number: int
    newest: Sequence[Checkpoint]

    @property
    def checkpoint(self) -> int:
        return self.newest[0].number if self.newest else 0


def link(key: stamps.SealKey, number: int, sealed_at: datetime, content: bytes, previous: bytes) -> bytes:
    """Return the hash of an entry: keyed, over its place, its time, its content and its predecessor's hash."""
    at = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return key.mac(b"seal", b"%d %d %s\n%s\n%s" % (number, key.number, at.encode(), previous, content))


def legacy_links(number: int, content: bytes, previous: bytes) -> list[bytes]:
    """Return what an entry's hash may be that was sealed under SECRET_KEY, before seals had keys of their own."""
    said = b"%d\n%s\n%s" % (number, previous, content)
    return [hmac.digest(key, said, "sha256") for key in _legacy_keys()]


def _legacy_keys() -> list[bytes]:
    """Return the keys of the time before: listed under number 0, or derived from the secrets in force."""
    config, kept = current_app.config, stamps.key_numbered(stamps.LEGACY)
    derived = [_derive(str(s)) for s in (config["SECRET_KEY"], *config.get("SECRET_KEY_FALLBACKS", ()))]
    return [bytes.fromhex(kept.secret.decode()), *derived] if kept else derived


@lru_cache(maxsize=8)
def _derive(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"portal event seals v1", "sha256")


def content_of(row: Any) -> bytes:
    """Return what a seal covers: the event's content and its stamp."""
    return b"%s\n%s" % (stamps.canonical(row._mapping), row.stamp.encode())


def seal_pending(*, actor: Actor) -> int:
    """Seal what was committed since the last run, oldest first, and count it; a second writer leaves at once."""
    total = 0
    while True:
        with unit_of_work(actor) as uow:
            sealed = _seal_chunk(uow)
        total += sealed
        if sealed < CHUNK:
            break
    with unit_of_work(actor) as uow:
        if is_writer(uow):
            _close(uow)
    return total


def is_writer(uow: UnitOfWork) -> bool:
    """Take the lock of the one writer until the transaction ends; False when another has it."""
    return bool(uow.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


def _seal_chunk(uow: UnitOfWork) -> int:
    """Link one chunk and count it; 0 when nothing waits or another writer is at work."""
    if not is_writer(uow):
        return 0
    events = _waiting(uow)
    if not events:
        return 0
    head = _head(uow)
    key = stamps.sealing_key()
    if key.number < head.key_number:
        log.error("seal_key_outdated", extra={"key": key.number, "chain": head.key_number})
        return 0
    number, digest, hashes = head.number, head.hash, list[bytes]()
    for event in events:
        number += 1
        digest = link(key, number, uow.now, content_of(event), digest)
        hashes.append(digest)
    ids = [event.id for event in events]
    sealed = {"head": head.number, "at": uow.now, "key": key.number, "ids": ids, "hashes": b"".join(hashes)}
    uow.session.execute(SEALED, sealed)
    if marks := _marks(uow, head, hashes):
        checkpoints.write(uow, marks)
    return len(hashes)


def _marks(uow: UnitOfWork, head: Head, hashes: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Choose which entries of a chunk are signed: each hundredth, or the last if the minute is over."""
    number, last = head.number, head.number + len(hashes)
    first = max(min(head.checkpoint, number) + MARKED, number + 1)
    marked = range(first, last + 1, MARKED)
    if not marked and _minute_is_over(uow, head):
        marked = range(last, last + 1)
    return [(entry, hashes[entry - number - 1]) for entry in marked]


def _waiting(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Return the first events that are not linked yet, from the months between the first and the last of them."""
    ids = uow.session.scalars(select(UnsealedEntry.event_id).order_by(UnsealedEntry.event_id).limit(CHUNK)).all()
    if not ids:
        return ()
    events = uow.session.execute(EVENTS, ids_between(ids)).all()
    if len(events) == len(ids):
        return events
    # An entry whose event is gone stays behind, and holds up no other: verification reports it.
    event = event_of(UnsealedEntry.event_id)
    there = select(*event.c).select_from(UnsealedEntry).join(event, true()).order_by(UnsealedEntry.event_id)
    return uow.session.execute(there.limit(CHUNK)).all()


def _close(uow: UnitOfWork) -> None:
    """Leave a checkpoint at a head that came to rest, and copy to the file what was committed before."""
    checkpoints.publish(uow)
    head = _head(uow)
    if head.number > head.checkpoint and _minute_is_over(uow, head):
        checkpoints.write(uow, [(head.number, head.hash)])


def _minute_is_over(uow: UnitOfWork, head: Head) -> bool:
    return not head.newest or uow.now - datetime.fromisoformat(head.newest[0].at) >= CHECKPOINT_AFTER


def _head(uow: UnitOfWork) -> Head:
    seal = uow.session.execute(select(S.number, S.hash, S.key_number).order_by(S.number.desc()).limit(1)).one_or_none()
    return Head(*(seal or (0, START, stamps.LEGACY)), checkpoints.newest_followed(uow.session))


def head() -> tuple[int, str]:
    """Return the number and the hash of the newest entry, to be kept elsewhere; (0, zeros) of an empty chain."""
    row = reading().execute(select(S.number, S.hash).order_by(S.number.desc()).limit(1)).one_or_none()
    return (row.number, row.hash.hex()) if row else (0, START.hex())
