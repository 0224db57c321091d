"""What the checkpoints say of the chain: read a page at a time, because one is written each minute for years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from sqlalchemy import and_, select

from portal.extensions import reading
from portal.models import EventCheckpoint, EventCheckpointCopy
from portal.services.log import checkpoints
from portal.services.log.checkpoints import COLUMNS, RESTORED, Checkpoint
from portal.services.machinery import stamps

PAGE = 5_000
FEW = 1_000  # of a kind, one an hour; a restore from a backup makes fewer void, and without any all is verified anew
C, K = EventCheckpoint, EventCheckpointCopy


@dataclass(frozen=True, slots=True)
class Stand:
    """The checkpoint of the highest entry, and what is wrong with the table or this place's file, in words."""

    newest: Checkpoint | None
    finding: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Checkpoints that somebody kept outside, and the restores from a backup, each of which voids what came before."""

    outside: tuple[Checkpoint, ...]
    restores: tuple[Checkpoint, ...]

    def counts(self, mark: Checkpoint) -> bool:
        """Return whether the portal signed a checkpoint and no later restore made it void."""
        return mark.genuine and not any(mark.at < r.at and mark.number > r.number for r in self.restores)


def kept(lines: Sequence[str] = ()) -> Kept:
    """Read lines that somebody kept outside, and which restores there were."""
    outside = tuple(mark for mark in map(checkpoints.of_line, lines) if mark is not None)
    stored = reading().execute(select(*COLUMNS).where(C.kind == RESTORED).order_by(C.id))
    copied = (checkpoints.of_line(line) for line in checkpoints.lines() if RESTORED in line)
    told = [*map(checkpoints.of_row, stored), *(mark for mark in copied if mark is not None), *outside]
    return Kept(outside, tuple(mark for mark in told if mark.kind == RESTORED and mark.genuine))


def between(after: int, until: int, known: Kept) -> dict[int, Checkpoint]:
    """Return the checkpoints of the entries above one and up to another; of two for one entry the earlier one."""
    rows = reading().execute(select(*COLUMNS).where(C.number > after, C.number <= until).order_by(C.id))
    outside = (mark for mark in known.outside if after < mark.number <= until)
    found: dict[int, Checkpoint] = {}
    for mark in (*map(checkpoints.of_row, rows), *outside):
        if known.counts(mark):
            found.setdefault(mark.number, mark)
    return found


def furthest(kind: str, known: Kept) -> Checkpoint | None:
    """Return the checkpoint of a kind that names the highest entry."""
    return _first(kind, C.number.desc(), known)


def latest(kind: str, known: Kept) -> Checkpoint | None:
    """Return the checkpoint of a kind that was written last."""
    return _first(kind, C.id.desc(), known)


def _first(kind: str, order: Any, known: Kept) -> Checkpoint | None:
    rows = reading().execute(select(*COLUMNS).where(C.kind == kind).order_by(order, C.id).limit(FEW))
    return next((mark for mark in map(checkpoints.of_row, rows) if known.counts(mark)), None)


def stand(known: Kept) -> Stand:
    """Read all checkpoints, of the table and of this place's file, beside each other."""
    table, copies = _Series(known), _Series(known, forgives=True)
    outside = _Series(known)
    for mark in known.outside:
        outside.take(mark)
    pairs = zip_longest(_copied(table), _since_restored(copies))
    differ = [row for row, line in pairs if row is None or line is None or row.mac != line.mac]
    unsigned = table.unsigned or copies.unsigned or outside.unsigned
    finding = (
        (_unsigned(unsigned) if unsigned else "")
        or (_gap("The checkpoint table", *table.gap) if table.gap else "")
        or (_gap("The checkpoint file", *copies.gap) if copies.gap else "")
        or (_lost() if differ else "")
    )
    tops = [mark for mark in (table.newest, copies.newest, outside.newest) if mark is not None]
    return Stand(max(tops, key=lambda mark: mark.number, default=None), finding)


@dataclass(slots=True)
class _Series:
    """Checkpoints as they are read: the first that nobody signed, the first gap, the one of the highest entry.

    One that `forgives` has no gap before the last restore from a backup: what was lost before it is known and told of.
    """

    known: Kept
    forgives: bool = False
    unsigned: Checkpoint | None = None
    gap: tuple[Checkpoint, Checkpoint] | None = None
    newest: Checkpoint | None = None
    last: Checkpoint | None = field(default=None)

    def take(self, mark: Checkpoint) -> None:
        """Note the next one."""
        if not mark.genuine:
            self.unsigned = self.unsigned or mark
            return
        if mark.kind == RESTORED:
            self.gap = None if self.forgives else self.gap
        elif self.gap is None and self.last is not None and mark.previous != self.last.mac:
            self.gap = (self.last, mark)
        self.last = mark
        if self.known.counts(mark) and (self.newest is None or mark.number > self.newest.number):
            self.newest = mark


def _pages() -> Iterator[Any]:
    """Read the table in its order, with whether this place was given each checkpoint."""
    given = K.checkpoint_id.is_not(None).label("given")
    of_place = and_(K.checkpoint_id == C.id, K.place == checkpoints.place())
    query = select(C.id, *COLUMNS, given).outerjoin(K, of_place).order_by(C.id).limit(PAGE)
    last = 0
    while rows := reading().execute(query.where(C.id > last)).all():
        yield from rows
        last = rows[-1].id


def _copied(series: _Series) -> Iterator[Checkpoint]:
    """Read the table into a series, and give what this place's file should have since the last restore."""
    since = _restored_id()
    for row in _pages():
        mark = checkpoints.of_row(row)
        series.take(mark)
        if row.given and row.id >= since:
            yield mark


def _restored_id() -> int:
    query = select(C.id).where(C.kind == RESTORED).order_by(C.id.desc()).limit(1)
    return reading().execute(query).scalar_one_or_none() or 0


def _genuine() -> Iterator[tuple[int, Checkpoint]]:
    """Read the file's checkpoints, numbered by line."""
    for number, line in enumerate(checkpoints.lines()):
        mark = checkpoints.of_line(line)
        if mark is not None:
            yield number, mark


def _restored_line() -> int:
    """Return the line of the last restore, 0 without one."""
    told = (n for n, line in enumerate(checkpoints.lines()) if RESTORED in line and _is_restore(line))
    return max(told, default=0)


def _is_restore(line: str) -> bool:
    mark = checkpoints.of_line(line)
    return mark is not None and mark.kind == RESTORED and mark.genuine


def _since_restored(series: _Series) -> Iterator[Checkpoint]:
    """Read the file into a series, and give what it has since the last restore."""
    since = _restored_line()
    for number, mark in _genuine():
        series.take(mark)
        if number >= since and mark.genuine:
            yield mark


def _unsigned(mark: Checkpoint) -> str:
    by = "not written by this portal"
    if stamps.key_numbered(mark.key) is None:
        by = f"signed with {stamps.unlisted(mark.key)}"
    return f"A checkpoint from {mark.at} for entry {mark.number} was {by}."


def _gap(where: str, before: Checkpoint, after: Checkpoint) -> str:
    return f"{where} is missing what was between the checkpoints from {before.at} and {after.at}."


def _lost() -> str:
    """Find what this place's file was given and no longer has, and what the table no longer has."""
    here = {_short(mark) for _, mark in _genuine() if mark.genuine}
    stored, since = set[str](), _restored_id()
    for row in _pages():
        mark = checkpoints.of_row(row)
        stored.add(_short(mark))
        if row.given and row.id >= since and _short(mark) not in here:
            return (
                f"The checkpoint file is missing the line from {row.at:%Y-%m-%d %H:%M:%S} UTC for entry {row.number}."
            )
    start = _restored_line()
    for number, mark in _genuine():
        if number >= start and mark.genuine and _short(mark) not in stored:
            return f"The checkpoint table is missing the one from {mark.at} for entry {mark.number}."
    return ""


def _short(mark: Checkpoint) -> str:
    """Return enough of a signature to tell two apart, in little memory."""
    return mark.mac[:32]
