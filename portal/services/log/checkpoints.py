"""Checkpoints: the head of the chain, signed, kept in the database and copied to a file outside it.

Each names its predecessor's signature, so that none can be taken out of the middle. The file is a copy that other
hosts may share (EVENT_CHECKPOINT_DIR); what was once copied and is missing there is a finding. A line that a full disk
tore is passed over, because the line after it names the one before it.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from portal.extensions import reading
from portal.models import EventCheckpoint, EventCheckpointCopy
from portal.services.machinery import stamps
from portal.services.machinery.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
FILE = "checkpoints.log"
BY_MAIL = timedelta(hours=23, minutes=30)  # between two emails to an auditor: daily, also when a round comes early
HEAD, VERIFIED, RECHECKED, RESTORED = "head", "verified", "rechecked", "restored"
C, K = EventCheckpoint, EventCheckpointCopy
_COLUMNS = (C.number, C.kind, C.hash, C.at, C.key_number, C.previous, C.mac)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The entry that was the head (or verified, or restored) at a moment, signed, with its predecessor's signature."""

    number: int
    kind: str
    hash: str
    at: str
    key: int
    previous: str
    mac: str

    @property
    def genuine(self) -> bool:
        """Return whether the portal signed it."""
        key = stamps.key_numbered(self.key)
        return key is not None and hmac.compare_digest(self.mac.encode(), _mac(key, self).encode())


@dataclass(frozen=True, slots=True)
class Marks:
    """All checkpoints that count, and what is wrong with the copies of this place, in words."""

    known: dict[int, Checkpoint]
    verified: int
    rechecked: int
    finding: str


def _mac(key: stamps.SealKey, mark: Checkpoint) -> str:
    said = f"{mark.number} {mark.kind} {mark.hash} {mark.at} {mark.key} {mark.previous}"
    return key.mac(b"checkpoint", said.encode()).hex()


def write(uow: UnitOfWork, number: int, digest: bytes, *, kind: str = HEAD) -> None:
    """Sign an entry of the chain, in the transaction of whoever holds the writer's lock."""
    last = uow.session.execute(select(C.mac).order_by(C.id.desc()).limit(1)).scalar_one_or_none() or ""
    key = stamps.sealing_key()
    at = uow.now.astimezone(UTC).isoformat()
    unsigned = Checkpoint(number, kind, digest.hex(), at, key.number, last, "")
    row = {**asdict(unsigned), "mac": _mac(key, unsigned), "key_number": key.number, "at": uow.now, "hash": digest}
    del row["key"]
    uow.session.execute(insert(C).values(**row))


def publish(uow: UnitOfWork) -> None:
    """Append to this place's file what it has not been given yet; a place that cannot be written waits.

    The caller holds the writer's lock, so that lines of two hosts do not mix; the rows are committed already.
    """
    copied = select(K.checkpoint_id).where(K.place == place())
    rows = uow.session.execute(select(C.id, *_COLUMNS).where(C.id.not_in(copied)).order_by(C.id)).all()
    if not rows:
        return
    try:
        _append([_of_row(row) for row in rows])
    except OSError as error:
        log.error("checkpoints_not_copied", extra={"place": place(), "error": str(error)})
        return
    copies = [{"checkpoint_id": row.id, "place": place(), "at": uow.now} for row in rows]
    uow.session.execute(insert(K), copies)


def _append(marks: Sequence[Checkpoint]) -> None:
    """Write lines to the end of the file and see them onto the disk; a torn last line is ended first."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(0, size - 1))
        torn = size > 0 and opened.read(1) != b"\n"
        lines = "".join(json.dumps(asdict(mark)) + "\n" for mark in marks)
        opened.write(("\n" if torn else "").encode() + lines.encode())
        opened.flush()
        os.fsync(opened.fileno())


def file() -> Path:
    """Return the file of this place."""
    config = current_app.config
    return Path(str(config.get("EVENT_CHECKPOINT_DIR") or config["PORTAL_DATA_DIR"])) / FILE


def place() -> str:
    """Return the name of where the copies go: a directory that hosts share, or one of this host."""
    shared = current_app.config.get("EVENT_CHECKPOINT_DIR")
    return f"shared:{shared}" if shared else f"{socket.gethostname()}:{file().parent}"


def newest() -> Checkpoint | None:
    """Return the newest checkpoint, to be kept elsewhere."""
    row = reading().execute(select(*_COLUMNS).order_by(C.id.desc()).limit(1)).one_or_none()
    return _of_row(row) if row else None


def owed_to(uow: UnitOfWork, auditor: str) -> tuple[int, str] | None:
    """Return the newest checkpoint, its id and its line, when it is time for an auditor's next one."""
    last = uow.session.execute(select(func.max(K.at)).where(K.place == mail_to(auditor))).scalar_one()
    if last is not None and uow.now < last + BY_MAIL:
        return None
    row = uow.session.execute(select(C.id, *_COLUMNS).order_by(C.id.desc()).limit(1)).one_or_none()
    return (row.id, json.dumps(asdict(_of_row(row)))) if row else None


def mail_to(auditor: str) -> str:
    """Return the name of an auditor's mailbox as a place of copies."""
    return f"mail:{auditor}"


def record_mailed(uow: UnitOfWork, checkpoint_id: int, auditor: str) -> None:
    """Keep that an auditor got a checkpoint; of two who sent the same one the first counts."""
    copy = {"checkpoint_id": checkpoint_id, "place": mail_to(auditor), "at": uow.now}
    uow.session.execute(insert_once(K).values(**copy).on_conflict_do_nothing())


def is_line(line: str) -> bool:
    """Return whether a line is a checkpoint, genuine or not."""
    return _of_line(line) is not None


def read(extra: Sequence[str] = ()) -> Marks:
    """Read the database's checkpoints and this place's file; `extra` are lines that somebody kept elsewhere."""
    rows = reading().execute(select(C.id, *_COLUMNS).order_by(C.id)).all()
    stored = [_of_row(row) for row in rows]
    lines = [mark for mark in map(_of_line, _lines()) if mark is not None]
    genuine = [mark for mark in lines if mark.genuine]
    others = [mark for mark in map(_of_line, extra) if mark is not None]
    finding = (
        _unsigned([*stored, *lines, *others])
        or _gap(stored, "The checkpoint table")
        or _gap(_since_restored(genuine), "The checkpoint file")
        or _lost(rows, genuine)
    )
    counting = _that_count([mark for mark in [*stored, *genuine, *others] if mark.genuine])
    verified = max((mark.number for mark in counting if mark.kind == VERIFIED), default=0)
    again = [mark for mark in counting if mark.kind == RECHECKED]
    rechecked = max(again, key=lambda mark: mark.at).number if again else 0
    known = {mark.number: mark for mark in reversed(counting)}  # of two for one entry the earlier one counts
    return Marks(known, verified, rechecked, finding)


def _that_count(marks: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Leave out what a later restore from a backup made void."""
    restores = [(mark.at, mark.number) for mark in marks if mark.kind == RESTORED]
    return [mark for mark in marks if not any(mark.at < at and mark.number > number for at, number in restores)]


def _since_restored(marks: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the lines from the last restore on: what was lost before it is known and told of."""
    starts = [index for index, mark in enumerate(marks) if mark.kind == RESTORED]
    return list(marks[starts[-1] :] if starts else marks)


def _unsigned(marks: Sequence[Checkpoint]) -> str:
    bad = next((mark for mark in marks if not mark.genuine), None)
    return f"A checkpoint from {bad.at} for entry {bad.number} was not written by this portal." if bad else ""


def _gap(marks: Sequence[Checkpoint], where: str) -> str:
    """Find where a checkpoint does not name the one before it."""
    for before, after in pairwise(marks):
        if after.previous != before.mac and after.kind != RESTORED:
            return f"{where} is missing what was between the checkpoints from {before.at} and {after.at}."
    return ""


def _lost(rows: Sequence[Any], genuine: Sequence[Checkpoint]) -> str:
    """Find what this place's file was given and no longer has, and what the table no longer has."""
    here = {mark.mac for mark in genuine}
    restored = max((row.id for row in rows if row.kind == RESTORED), default=0)
    copied = reading().execute(select(K.checkpoint_id).where(K.place == place())).scalars()
    given = {number for number in copied if number >= restored}
    gone = next((row for row in rows if row.id in given and row.mac not in here), None)
    if gone is not None:
        return f"The checkpoint file is missing the line from {gone.at:%Y-%m-%d %H:%M:%S} UTC for entry {gone.number}."
    stored = {row.mac for row in rows}
    extra = next((mark for mark in _since_restored(genuine) if mark.mac not in stored), None)
    return f"The checkpoint table is missing the one from {extra.at} for entry {extra.number}." if extra else ""


def _lines() -> list[str]:
    try:
        return file().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _of_row(row: Any) -> Checkpoint:
    at = row.at.astimezone(UTC).isoformat()
    return Checkpoint(row.number, row.kind, row.hash.hex(), at, row.key_number, row.previous, row.mac)


def _of_line(line: str) -> Checkpoint | None:
    """Read a line; None when it is damaged, or from before checkpoints were signed with keys of their own."""
    try:
        said = json.loads(line)
        json.dumps(said, ensure_ascii=False).encode()  # half of a surrogate pair could not be compared
        return Checkpoint(
            int(said["number"]),
            str(said["kind"]),
            str(said["hash"]),
            str(said["at"]),
            int(said["key"]),
            str(said["previous"]),
            str(said["mac"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
