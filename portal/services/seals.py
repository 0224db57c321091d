"""The seals of the event log: a keyed hash chain that one background writer extends soon after each commit.

Changing, removing, inserting or reordering entries breaks the chain; whoever lacks the key cannot mend it. Cutting
off its end is found by the checkpoints, which are kept outside the database (domain.md §8, reliability.md §5).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import delete, exists, func, insert, select

from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import EventSeal, MarketplaceEvent, UnsealedEntry
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

CHUNK = 100  # entries a transaction; each full chunk leaves a checkpoint
CHECKPOINT_AFTER = timedelta(minutes=10)
READ_CHUNK = 5_000
LOCK = 0x5EA15  # the advisory lock of the one writer
START = b"\0" * 32
TAIL = 4_096  # bytes at the end of the checkpoint file, some twenty lines
CHECKPOINTS = "checkpoints.log"
E, S = MarketplaceEvent, EventSeal
_COLUMNS = tuple(E.__table__.columns)
_NAMES = tuple(column.name for column in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Problem:
    """Name the first bad entry and what is wrong with it."""

    kind: str
    number: int
    event_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the outcome: how many entries were checked, the head, and the first problem or None.

    `next` is where to go on when only a part was checked, else None.
    """

    checked: int
    head_number: int
    head_hash: str
    next: int | None = None
    problem: Problem | None = None

    @property
    def ok(self) -> bool:
        """Tell whether nothing was found."""
        return self.problem is None

    def as_json(self) -> dict[str, object]:
        """Give the outcome for programs."""
        return {"ok": self.ok, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Hold one line of the checkpoint file."""

    number: int
    hash: str
    at: str
    mac: str

    @classmethod
    def make(cls, number: int, digest: bytes, at: datetime) -> Checkpoint:
        """Sign a link of the chain."""
        stamp = at.astimezone(UTC).isoformat()
        return cls(number, digest.hex(), stamp, _checkpoint_mac(_keys()[0], number, digest.hex(), stamp))

    @property
    def genuine(self) -> bool:
        """Tell whether the line was written with a key of ours."""
        wanted = (_checkpoint_mac(key, self.number, self.hash, self.at) for key in _keys())
        return any(hmac.compare_digest(self.mac, mac) for mac in wanted)


def _keys() -> list[bytes]:
    """Derive the present key and those of former secrets, which still verify what they sealed."""
    secrets = [current_app.config["SECRET_KEY"], *current_app.config.get("SECRET_KEY_FALLBACKS", ())]
    return [_derive(str(secret)) for secret in secrets]


@lru_cache(maxsize=8)
def _derive(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"portal event seals v1", "sha256")


def _checkpoint_mac(key: bytes, number: int, digest: str, at: str) -> str:
    return hmac.new(key, f"checkpoint {number} {digest} {at}".encode(), hashlib.sha256).hexdigest()


def canonical(event: Any) -> bytes:
    """Give an event's content as bytes: JSON of all columns, keys sorted, times in UTC."""
    return json.dumps(
        {name: _plain(getattr(event, name)) for name in _NAMES},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, uuid.UUID) else value


def link(key: bytes, number: int, content: bytes, previous: bytes) -> bytes:
    """Give the hash of an entry: keyed, over its place, its content and its predecessor's hash."""
    return hmac.digest(key, b"%d\n%s\n%s" % (number, previous, content), "sha256")


# --- the one writer ------------------------------------------------------------------------------------------


def seal_pending(*, actor: Actor) -> int:
    """Seal what was committed since the last run, oldest first, and count it; a second writer leaves at once."""
    total = 0
    while True:
        with unit_of_work(actor) as uow:
            sealed = _seal_chunk(uow)
        if sealed is None:
            return total
        count, head, digest, at = sealed
        _checkpoint(head, digest, at)
        total += count
        if count < CHUNK:
            return total


def _seal_chunk(uow: UnitOfWork) -> tuple[int, int, bytes, datetime] | None:
    """Link one chunk; None when nothing waits or another writer is at work."""
    if not uow.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return None
    # An entry whose event is gone stays behind: `verify` reports it.
    waiting = select(*_COLUMNS).join(UnsealedEntry, UnsealedEntry.event_id == E.id).order_by(E.id).limit(CHUNK)
    events = uow.session.execute(waiting).all()
    if not events:
        return None
    head = uow.session.execute(select(S.number, S.hash).order_by(S.number.desc()).limit(1)).one_or_none()
    number, digest = (head.number, head.hash) if head else (0, START)
    key, rows = _keys()[0], []
    for event in events:
        number += 1
        digest = link(key, number, canonical(event), digest)
        rows.append({"number": number, "event_id": event.id, "hash": digest, "sealed_at": uow.now})
    uow.session.execute(insert(S), rows)
    uow.session.execute(delete(UnsealedEntry).where(UnsealedEntry.event_id.in_([e.id for e in events])))
    return len(rows), number, digest, uow.now


def _file() -> Path:
    return Path(str(current_app.config["PORTAL_DATA_DIR"])) / CHECKPOINTS


def _checkpoint(number: int, digest: bytes, at: datetime) -> None:
    """Append a checkpoint when a chunk's worth of entries or ten minutes went by since the last."""
    last = _last_checkpoint()
    if last is not None:
        since = at - datetime.fromisoformat(last.at)
        if number - last.number < CHUNK and since < CHECKPOINT_AFTER:
            return
    _file().parent.mkdir(parents=True, exist_ok=True)
    with _file().open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(Checkpoint.make(number, digest, at))) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _last_checkpoint() -> Checkpoint | None:
    """Read the newest genuine line from the end of the file, which grows for ever."""
    try:
        with _file().open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return None
    return next((mark for mark in map(_parse, reversed(lines)) if mark.genuine), None)


def checkpoints() -> list[Checkpoint]:
    """Read all checkpoints, oldest first."""
    try:
        lines = _file().read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [_parse(line) for line in lines]


def _parse(line: str) -> Checkpoint:
    """Read a line; one that the portal did not write becomes a checkpoint that is not genuine."""
    try:
        read = json.loads(line)
        return Checkpoint(int(read["number"]), str(read["hash"]), str(read["at"]), str(read["mac"]))
    except (ValueError, TypeError, KeyError):
        return Checkpoint(0, "", "", "")


# --- verification --------------------------------------------------------------------------------------------


def verify(*, after: int = 0, most: int | None = None) -> Verdict:
    """Recompute the chain in order and name the first bad entry; `after` and `most` check it in parts."""
    marks = checkpoints()
    known = {mark.number: mark for mark in marks if mark.genuine}
    number, digest = after, _stored_hash(after)
    for row in _rows(after, most):
        problem = _judge(row, number + 1, digest, known.get(row.number))
        if problem is not None:
            return Verdict(number - after, number, digest.hex(), problem=problem)
        number, digest = row.number, row.hash
    if most is not None and number - after == most:
        return Verdict(most, number, digest.hex(), next=number)
    return Verdict(number - after, number, digest.hex(), problem=_missing(number, marks, known) or _loose(number))


def head() -> tuple[int, str]:
    """Give the number and the hash of the newest entry, to be kept elsewhere; (0, zeros) of an empty chain."""
    row = reading().execute(select(S.number, S.hash).order_by(S.number.desc()).limit(1)).one_or_none()
    return (row.number, row.hash.hex()) if row else (0, START.hex())


def _stored_hash(number: int) -> bytes:
    """Give the hash of the entry that a part goes on from; a part before it has verified it."""
    found: bytes | None = reading().execute(select(S.hash).where(S.number == number)).scalar_one_or_none()
    return found or START


def _rows(after: int, most: int | None) -> Iterator[Any]:
    """Stream the seals after a number with their events, a chunk at a time and without a long transaction."""
    query = select(S.number, S.event_id, S.hash, *_COLUMNS).outerjoin(E, E.id == S.event_id).order_by(S.number)
    left = most
    while left is None or left > 0:
        size = READ_CHUNK if left is None else min(READ_CHUNK, left)
        rows: Sequence[Any] = reading().execute(query.where(S.number > after).limit(size)).all()
        yield from rows
        if len(rows) < size:
            return
        after, left = rows[-1].number, None if left is None else left - size


def _judge(row: Any, expected: int, previous: bytes, mark: Checkpoint | None) -> Problem | None:
    """Hold one entry against its place, its content, its predecessor and its checkpoint."""
    if row.number != expected:
        return Problem("missing", expected, "", f"Entry {expected} is missing; the next one is {row.number}.")
    entry = f"Entry {row.number}"
    if row.id is None:
        return Problem("deleted", row.number, str(row.event_id), f"{entry}: its event was deleted from the log.")
    entry = f"{entry} ({row.type} of {row.at:%Y-%m-%d %H:%M:%S} UTC)"
    content = canonical(row)
    if not any(hmac.compare_digest(row.hash, link(key, row.number, content, previous)) for key in _keys()):
        says = "does not fit its seal: the event, its seal or its place was changed."
        return Problem("changed", row.number, str(row.event_id), f"{entry} {says}")
    if mark is not None and mark.hash != row.hash.hex():
        says = f"differs from the checkpoint of {mark.at}: the chain was replaced."
        return Problem("replaced", row.number, str(row.event_id), f"{entry} {says}")
    return None


def _missing(number: int, marks: Sequence[Checkpoint], known: dict[int, Checkpoint]) -> Problem | None:
    """Hold the end of the chain against the checkpoints."""
    last = max(known, default=0)
    if last > number:
        says = f"The end was cut off: a checkpoint of {known[last].at} knows {last} entries."
        return Problem("truncated", number + 1, "", says)
    if any(not mark.genuine for mark in marks):
        return Problem("checkpoint", number, "", "The checkpoint file has a line that this portal did not write.")
    if number - last >= 2 * CHUNK:
        return Problem("checkpoint", last + 1, "", f"The checkpoint file knows nothing of the entries after {last}.")
    return None


def _loose(number: int) -> Problem | None:
    """Find an event that was never queued for its seal, or deleted while it waited."""
    sealed = exists().where(S.event_id == E.id)
    waiting = exists().where(UnsealedEntry.event_id == E.id)
    inserted = reading().execute(select(E.id).where(~sealed, ~waiting).order_by(E.id).limit(1)).scalar_one_or_none()
    if inserted is not None:
        return Problem("inserted", number + 1, str(inserted), f"Event {inserted} is in the log without a seal.")
    gone = select(UnsealedEntry.event_id).where(~exists().where(E.id == UnsealedEntry.event_id))
    deleted = reading().execute(gone.order_by(UnsealedEntry.event_id).limit(1)).scalar_one_or_none()
    if deleted is not None:
        return Problem("deleted", number + 1, str(deleted), f"Event {deleted} was deleted before it was sealed.")
    return None
