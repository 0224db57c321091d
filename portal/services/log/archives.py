"""What left the log: which ids, and the signed digest of the file that has their entries.

Whoever deletes entries and says that they were archived lacks the key to sign it.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from portal.extensions import reading
from portal.models import EventArchive
from portal.runtime import cache
from portal.services.machinery import stamps
from portal.services.machinery.unit_of_work import UnitOfWork

A = EventArchive
BEGINS = "log-begins"


@dataclass(frozen=True, slots=True)
class Archive:
    """A file, and what it took out of the log: ids from `since_id` on and below `until_id`."""

    name: str
    since_id: uuid.UUID
    until_id: uuid.UUID
    until: datetime
    entries: int
    digest: bytes


def mac(key: stamps.SealKey, archive: Archive) -> str:
    said = f"{archive.name} {archive.since_id} {archive.until_id} {archive.entries} {archive.digest.hex()}"
    return key.mac(b"archive", said.encode()).hex()


def note(uow: UnitOfWork, archive: Archive) -> None:
    """Write down, signed, that entries left the log."""
    key = stamps.sealing_key()
    signed = {"id": uow.new_id(), "at": uow.now, "key_number": key.number, "mac": mac(key, archive)}
    said = {name: getattr(archive, name) for name in Archive.__slots__}
    uow.session.execute(insert(A).values(**said, **signed))
    uow.forget(BEGINS)


class Gone:
    """Which entries left the log, as far as the portal signed it; `wrong` says of an archive that it did not."""

    def __init__(self, rows: Sequence[Any]) -> None:
        # What an unlisted key signed is a finding of its own, so that its entries are not taken for deleted ones.
        wrong = {row.name: _wrong(row) for row in rows}
        self.wrong = next(filter(None, wrong.values()), "")
        unlisted = [row for row in rows if stamps.key_numbered(row.key_number) is None]
        self._ranges = [(row.since_id, row.until_id) for row in rows if not wrong[row.name] or row in unlisted]

    def has(self, event_id: uuid.UUID) -> bool:
        return any(since <= event_id < until for since, until in self._ranges)


def gone() -> Gone:
    """Read what left the log."""
    return Gone(reading().execute(select(A.__table__).order_by(A.until_id)).all())


def _wrong(row: Any) -> str:
    key = stamps.key_numbered(row.key_number)
    if key is None:
        return f"The archive {row.name} was signed with {stamps.unlisted(row.key_number)}."
    is_signed = hmac.compare_digest(row.mac, mac(key, _of_row(row)))
    return "" if is_signed else f"The archive {row.name} was not written by this portal."


def _of_row(row: Any) -> Archive:
    return Archive(*(getattr(row, name) for name in Archive.__slots__))


def listed() -> tuple[Archive, ...]:
    """List the archives, newest first."""
    return tuple(map(_of_row, reading().execute(select(A.__table__).order_by(A.until_id.desc()))))


def begins() -> datetime | None:
    """Return since when the log is whole; None when nothing left it."""
    return reading().execute(select(func.max(A.until))).scalar_one()


def begins_for_pages() -> datetime | None:
    """Return since when the log is whole, as it was kept when another month last left it."""
    kept = cache.remembered(BEGINS, _begins_written, seconds=cache.ARCHIVES)
    return datetime.fromisoformat(kept) if kept else None


def _begins_written() -> str | None:
    found = begins()
    return found.isoformat() if found else None
