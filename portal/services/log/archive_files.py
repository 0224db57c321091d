"""Files of archived months: JSON lines, compressed, which verify by themselves for whoever has the keys of the seals.

The first line names the format and the ids; one line follows for each entry with its seal, in the order of the seals;
the last line has the SHA-256 of all before it, signed. An entry whose predecessor is in another month names its hash.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import os
import uuid
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
from sqlalchemy import func, select

from portal.extensions import reading
from portal.models import EventSeal, MarketplaceEvent
from portal.services.log import archives, chain
from portal.services.log.archives import Archive
from portal.services.log.months import Month
from portal.services.log.verification import READ_CHUNK, Problem, Verdict, Walk, judge
from portal.services.machinery import stamps

FORMAT = "portal event archive 1"
# What reading any other file ends with.
DAMAGED = (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError, OverflowError)
NO_ARCHIVE = "This is not an archive of the event log."
E, S = MarketplaceEvent, EventSeal
_SEAL = (S.number, S.hash, S.sealed_at, S.key_number)
_COLUMNS = tuple(E.__table__.columns)


def write(path: Path, month: Month) -> Archive:
    """Write the entries of a month, see them onto the disk, and return what the file holds."""
    digest, entries = hashlib.sha256(), 0
    with path.open("xb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:

            def put(line: dict[str, object]) -> None:
                written = orjson.dumps(line) + b"\n"
                digest.update(written)
                packed.write(written)

            ids = {"since": str(month.since_id), "until": str(month.until_id)}
            put({"format": FORMAT, "name": path.name, "before": month.until.isoformat(), **ids})
            for line in _lines(month):
                put(line)
                entries += 1
            found = Archive(path.name, month.since_id, month.until_id, month.until, entries, digest.digest())
            packed.write(orjson.dumps(_last_line(found)))
        raw.flush()
        os.fsync(raw.fileno())
    return found


def _last_line(archive: Archive) -> dict[str, object]:
    key = stamps.sealing_key()
    signed = {"key": key.number, "mac": archives.mac(key, archive)}
    return {"entries": archive.entries, "sha256": archive.digest.hex(), **signed}


def _lines(month: Month) -> Iterator[dict[str, object]]:
    before = (0, chain.START)
    for row in _rows(month):
        line: dict[str, object] = {
            "number": row.number,
            "hash": row.hash.hex(),
            "sealed_at": row.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "key": row.key_number,
            "stamp": row.stamp,
            "event": orjson.Fragment(stamps.canonical(row._mapping)),
        }
        if row.number != before[0] + 1:
            line["previous"] = reading().execute(select(S.hash).where(S.number == row.number - 1)).scalar_one().hex()
        yield line
        before = (row.number, row.hash)


def _rows(month: Month) -> Iterator[Any]:
    """Stream the entries of a month in the order of their seals, a chunk at a time."""
    within = (E.id >= month.since_id, E.id < month.until_id)
    joined = select(*_SEAL, *_COLUMNS).join(E, E.id == S.event_id).where(*within).order_by(S.number)
    ends = select(func.min(S.number), func.max(S.number))
    sealed = ends.where(S.event_id >= month.since_id, S.event_id < month.until_id)
    first, last = reading().execute(sealed).one()
    after = (first or 1) - 1
    while True:
        query = joined.where(S.number > after, S.number <= (last or 0)).limit(READ_CHUNK)
        rows = reading().execute(query).all()
        yield from rows
        if len(rows) < READ_CHUNK:
            return
        after = rows[-1].number


def verify(path: Path) -> Verdict:
    """Recompute every seal of a file and its signature; no database is asked."""
    walk, checked = Walk(0, chain.START, stamps.LEGACY, None), 0
    try:
        with gzip.open(path) as lines:
            first = lines.readline()
            digest, head = hashlib.sha256(first), orjson.loads(first)
            if head["format"] != FORMAT:
                return _bad(walk, checked, "damaged", NO_ARCHIVE)
            for line in lines:
                said = orjson.loads(line)
                if "entries" in said:
                    problem = _wrong_end(walk.number, _found(head, checked, digest.digest()), said, lines.read(1))
                    return Verdict(checked, walk.number, walk.digest.hex(), problem=problem)
                digest.update(line)
                problem = _step(walk, said)
                if problem is not None:
                    return Verdict(checked, walk.number, walk.digest.hex(), problem=problem)
                checked += 1
    except DAMAGED as error:
        other = isinstance(error, gzip.BadGzipFile) and not checked
        damaged = f"The file is damaged after entry {walk.number:,}: use the other copy of it."
        return _bad(walk, checked, "damaged", NO_ARCHIVE if other else damaged)
    return _bad(walk, checked, "truncated", f"The file ends after entry {walk.number:,}; its last line is missing.")


def _step(walk: Walk, said: dict[str, Any]) -> Problem | None:
    """Judge an entry and go on to it."""
    row = _row(said)
    if "previous" in said:  # what lies between is in another month
        walk.number, walk.digest = row.number - 1, bytes.fromhex(said["previous"])
    problem = judge(row, walk, None)
    if problem is None:
        walk.step(row)
    return problem


def _row(said: dict[str, Any]) -> Any:
    """Return a line as the log returns a row."""
    event = {**said["event"], "at": datetime.fromisoformat(said["event"]["at"])}
    return SimpleNamespace(
        number=said["number"],
        event_id=uuid.UUID(event["id"]),
        hash=bytes.fromhex(said["hash"]),
        sealed_at=datetime.fromisoformat(said["sealed_at"]),
        key_number=said["key"],
        stamp=said["stamp"],
        id=uuid.UUID(event["id"]),
        type=event["type"],
        at=event["at"],
        _mapping=event,
    )


def _found(head: dict[str, Any], entries: int, digest: bytes) -> Archive:
    """Return what the file holds, as the portal wrote it down if nothing was changed."""
    until, before = uuid.UUID(head["until"]), datetime.fromisoformat(head["before"])
    return Archive(head["name"], uuid.UUID(head["since"]), until, before, entries, digest)


def _wrong_end(number: int, found: Archive, last: dict[str, Any], rest: bytes) -> Problem | None:
    """Compare what was read with what the last line says and signs; nothing may follow it."""
    key = stamps.key_numbered(last["key"])
    if key is None:
        return Problem("changed", number, "", f"The last line is signed with {stamps.unlisted(last['key'])}.")
    counted = (last["entries"], last["sha256"]) == (found.entries, found.digest.hex())
    if not counted or not hmac.compare_digest(last["mac"], archives.mac(key, found)):
        says = "The last line doesn't match these entries: some were added or removed."
        return Problem("changed", number, "", says)
    return Problem("changed", number, "", "Something was added after the last line.") if rest else None


def _bad(walk: Walk, checked: int, kind: str, sentence: str) -> Verdict:
    return Verdict(checked, walk.number, walk.digest.hex(), problem=Problem(kind, walk.number, "", sentence))
