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
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.domain.errors import PortalError
from portal.extensions import db, reading
from portal.models import EventCheckpoint, EventCheckpointCopy
from portal.runtime.clock import now_sql
from portal.services.machinery import stamps
from portal.services.machinery.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
FILE = "checkpoints.log"
LINE = 1_000  # bytes, more than a line has
BY_MAIL = timedelta(hours=23, minutes=30)  # between two emails to an auditor: daily, also when a round comes early
HEAD, VERIFIED, RECHECKED, RESTORED = "head", "verified", "rechecked", "restored"
C, K = EventCheckpoint, EventCheckpointCopy
LOOKED_AT = 10
COLUMNS = (C.number, C.kind, C.hash, C.at, C.key_number, C.previous, C.mac)


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
        return key is not None and self.is_signed_with(key)

    def is_signed_with(self, key: stamps.SealKey) -> bool:
        return hmac.compare_digest(self.mac.encode(), _mac(key, self).encode())


def _mac(key: stamps.SealKey, mark: Checkpoint) -> str:
    said = f"{mark.number} {mark.kind} {mark.hash} {mark.at} {mark.key} {mark.previous}"
    return key.mac(b"checkpoint", said.encode()).hex()


class WrongSealKey(PortalError):
    """What this key stamps and seals would never verify."""


def check_key() -> None:
    """Look whether the key that seals belongs to this log, before a process stamps its first event.

    Raises:
        WrongSealKey: it does not. A database that does not answer says nothing about it.
    """
    with suppress(SQLAlchemyError), db.engine.connect() as connection:
        newest_followed(connection)


def newest_followed(connection: Connection | Session) -> list[Checkpoint]:
    """Return the newest checkpoints, which the key that seals has signed, or is newer than.

    Raises:
        WrongSealKey: it did not sign one of them; one that somebody forged is not enough to stop the portal.
    """
    found = connection.execute(select(*COLUMNS).order_by(C.id.desc()).limit(LOOKED_AT)).all()
    marks, key = [of_row(row) for row in found], stamps.sealing_key()
    if marks and not any(mark.key < key.number or mark.is_signed_with(key) for mark in marks):
        newest = marks[0].key
        wrong = f"EVENT_SEAL_KEYS begins with key {key.number}, but not the one that sealed the event log"
        if newest > key.number:
            wrong = f"EVENT_SEAL_KEYS begins with key {key.number}, but key {newest} seals the event log by now"
        raise WrongSealKey(f"{wrong}: put key {newest} back in front, and give a new one a higher number.")
    return marks


def write(uow: UnitOfWork, entries: Sequence[tuple[int, bytes]], *, kind: str = HEAD) -> None:
    """Sign entries of the chain, their numbers and hashes, in the transaction of whoever holds the writer's lock."""
    newest = newest_followed(uow.session)
    last = newest[0].mac if newest else ""
    key, at = stamps.sealing_key(), uow.now.astimezone(UTC).isoformat()
    rows = []
    for number, digest in entries:
        unsigned = Checkpoint(number, kind, digest.hex(), at, key.number, last, "")
        last = _mac(key, unsigned)
        row = {**asdict(unsigned), "mac": last, "key_number": key.number, "at": uow.now, "hash": digest}
        del row["key"]
        rows.append(row)
    uow.session.execute(insert(C).values(rows))


def publish(uow: UnitOfWork) -> None:
    """Append to this place's file what it has not been given yet; a place that cannot be written waits.

    The caller holds the writer's lock, so that lines of two hosts do not mix; the rows are committed already.
    """
    newest_copy = select(K.checkpoint_id).where(K.place == place()).order_by(K.checkpoint_id.desc()).limit(1)
    last = uow.session.scalar(newest_copy) or 0
    rows = uow.session.execute(select(C.id, *COLUMNS).where(C.id > last).order_by(C.id)).all()
    if not rows:
        return
    try:
        _append([of_row(row) for row in rows])
    except OSError as error:
        log.error("checkpoints_not_copied", extra={"place": place(), "error": str(error)})
        return
    copies = [{"checkpoint_id": row.id, "place": place(), "at": uow.now} for row in rows]
    uow.session.execute(insert(K), copies)


def _append(marks: Sequence[Checkpoint]) -> None:
    """Write lines to the end of the file and see them onto the disk; a torn last line is ended first.

    Lines that are there already were written by a host that reaches the same directory by another path.
    """
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(0, size - LINE * (len(marks) + 1)))
        end = opened.read()
        torn, there = size > 0 and not end.endswith(b"\n"), set(end.splitlines())
        lines = (json.dumps(asdict(mark)).encode() for mark in marks)
        opened.write(b"\n" * torn + b"".join(line + b"\n" for line in lines if line not in there))
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
    row = reading().execute(select(*COLUMNS).order_by(C.id.desc()).limit(1)).one_or_none()
    return of_row(row) if row else None


def uncopied_seconds() -> float:
    """Return for how long a checkpoint has been nowhere but in the database."""
    copied = select(func.coalesce(func.max(K.checkpoint_id), 0)).scalar_subquery()
    since = select(func.min(C.at)).where(C.id > copied).scalar_subquery()
    age = reading().execute(select(func.extract("epoch", now_sql() - since))).scalar_one()
    return max(0.0, float(age or 0))


def owed_to(uow: UnitOfWork, auditor: str) -> tuple[int, str] | None:
    """Return the newest checkpoint, its id and its line, when it is time for an auditor's next one."""
    last = uow.session.execute(select(func.max(K.at)).where(K.place == mail_to(auditor))).scalar_one()
    if last is not None and uow.now < last + BY_MAIL:
        return None
    row = uow.session.execute(select(C.id, *COLUMNS).order_by(C.id.desc()).limit(1)).one_or_none()
    return (row.id, json.dumps(asdict(of_row(row)))) if row else None


def mail_to(auditor: str) -> str:
    """Return the name of an auditor's mailbox as a place of copies."""
    return f"mail:{auditor}"


def record_mailed(uow: UnitOfWork, checkpoint_id: int, auditor: str) -> None:
    """Keep that an auditor got a checkpoint; of two who sent the same one the first counts."""
    copy = {"checkpoint_id": checkpoint_id, "place": mail_to(auditor), "at": uow.now}
    uow.session.execute(insert_once(K).values(**copy).on_conflict_do_nothing())


def is_line(line: str) -> bool:
    """Return whether a line is a checkpoint, genuine or not."""
    return of_line(line) is not None


def lines() -> Iterator[str]:
    """Read this place's file, a line at a time; a file that is not there has none."""
    try:
        with file().open(encoding="utf-8", errors="replace") as opened:
            yield from opened
    except OSError:
        return


def of_row(row: Any) -> Checkpoint:
    at = row.at.astimezone(UTC).isoformat()
    return Checkpoint(row.number, row.kind, row.hash.hex(), at, row.key_number, row.previous, row.mac)


def of_line(line: str) -> Checkpoint | None:
    """Return the checkpoint that a line is; None when it is damaged, or from before they had keys of their own."""
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
