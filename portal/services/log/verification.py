"""Verification of the event log: the first bad entry, what is missing, and what happened without an event."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, select, true

from portal.domain import texts
from portal.domain.events import LogRestored
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import EventSeal, MarketplaceEvent, UnsealedEntry
from portal.queries.log.by_id import event_of
from portal.services.log import archives, chain, checkpoints, histories, marks
from portal.services.log.checkpoints import Checkpoint
from portal.services.log.marks import Kept, Stand
from portal.services.machinery import stamps
from portal.services.machinery.unit_of_work import unit_of_work

READ_CHUNK = 5_000
UNMARKED = 2 * chain.MARKED  # more entries than this never wait for a checkpoint
ROTATION = timedelta(minutes=10)  # how long after a new key the old one may still stamp: processes restart
HOURLY, ROUND = timedelta(hours=1), timedelta(days=7)  # how often is checked, and how soon all was checked again
SLICE_LEAST, NEW_AT_ONCE = 5_000, 500_000
E, S = MarketplaceEvent, EventSeal


class HistoryChanged(Exception):
    """The log does not verify."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The first bad entry and what is wrong with it."""

    kind: str
    number: int
    event_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome: how many entries were checked, the head, and the first problem or None.

    `next` is where to go on when only a part was checked, else None.
    """

    checked: int
    head_number: int
    head_hash: str
    next: int | None = None
    problem: Problem | None = None

    @property
    def ok(self) -> bool:
        return self.problem is None

    def as_json(self) -> dict[str, object]:
        """Return the outcome for programs."""
        return {"ok": self.ok, **asdict(self)}


@dataclass(slots=True)
class Walk:
    """Where a verification stands: the last good entry, and the key of the chain since when."""

    number: int
    digest: bytes
    key_number: int
    key_since: datetime | None

    def step(self, row: Any) -> None:
        """Go on to an entry that was found good."""
        if row.key_number != self.key_number:
            self.key_number, self.key_since = row.key_number, row.sealed_at
        self.number, self.digest = row.number, row.hash


def verify(*, after: int = 0, most: int | None = None, kept: Sequence[str] = ()) -> Verdict:
    """Recompute the chain in order and name the first bad entry.

    `after` and `most` check it in parts; `kept` are lines of checkpoints that somebody kept outside.
    """
    known = marks.kept(kept)
    walk, problem = _walk(after, most, known)
    checked = walk.number - after
    if problem is not None:
        return Verdict(checked, walk.number, walk.digest.hex(), problem=problem)
    if most is not None and checked == most:
        return Verdict(checked, walk.number, walk.digest.hex(), next=walk.number)
    # Read anew: entries may have been sealed, and marked, while the chain was walked.
    found = (
        _at_the_end(walk.number, marks.stand(known))
        or _forged(walk.number)
        or _loose(walk.number)
        or _behind_the_log(walk.number)
    )
    return Verdict(checked, walk.number, walk.digest.hex(), problem=found)


def has_entry(number: int) -> bool:
    return _hash_at(number) is not None


class Progress(NamedTuple):
    """Up to which entry the log was found whole, and up to which of these in the present round of checking again."""

    verified: int
    rechecked: int


def progress() -> Progress:
    """Return how far verifications got; 0 where none did, or where the entry is not the one that was marked."""
    known = marks.kept()
    verified, rechecked = marks.furthest(checkpoints.VERIFIED, known), marks.latest(checkpoints.RECHECKED, known)
    return Progress(_as_marked(verified), _as_marked(rechecked))


def _as_marked(mark: Checkpoint | None) -> int:
    return mark.number if mark and _hash_at(mark.number) == bytes.fromhex(mark.hash) else 0


def keep_verified(verdict: Verdict, *, actor: Actor) -> None:
    """Sign that the log was whole up to the verdict's head, so that the next verification may start there.

    A part that began later says nothing about what lies before it.
    """
    if verdict.ok and verdict.head_number - verdict.checked <= progress().verified < verdict.head_number:
        _mark(verdict, checkpoints.VERIFIED, actor)


def check_regularly(*, actor: Actor) -> Verdict:
    """Check what is new, and a slice of what was verified before.

    Raises:
        HistoryChanged: with the first bad entry.
    """
    verdict = verify(after=progress().verified, most=NEW_AT_ONCE)
    keep_verified(verdict, actor=actor)
    if verdict.ok:
        verdict = check_again(actor=actor)
    if verdict.problem is not None:
        raise HistoryChanged(verdict.problem.sentence)
    return verdict


def check_again(*, actor: Actor) -> Verdict:
    """Check the next slice of what was verified before; every hour, that comes to all of it in a round."""
    verified, rechecked = progress()
    after = rechecked if rechecked < verified else 0
    most = max(SLICE_LEAST, -(-verified // (ROUND // HOURLY)))
    verdict = verify(after=after, most=min(most, verified - after))
    if verdict.ok and verdict.checked:
        _mark(verdict, checkpoints.RECHECKED, actor)
    return verdict


def _mark(verdict: Verdict, kind: str, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        if chain.is_writer(uow):
            checkpoints.write(uow, [(verdict.head_number, bytes.fromhex(verdict.head_hash))], kind=kind)


def restored(reason: str, *, actor: Actor) -> int:
    """Record that the database was restored from a backup, and return the entry that the log ends with.

    Checkpoints of later entries are void from here on; the event tells who said so, when and why.

    Raises:
        InvalidInput: the reason cannot be.
    """
    said = texts.reason(reason)
    number, digest = chain.head()
    with unit_of_work(actor) as uow:
        uow.record(LogRestored(reason=said, entries=number))
        checkpoints.write(uow, [(number, bytes.fromhex(digest))], kind=checkpoints.RESTORED)
    chain.seal_pending(actor=actor)  # which copies the mark to the file, where a verification looks for it at once
    return number


def _walk(after: int, most: int | None, known: Kept) -> tuple[Walk, Problem | None]:
    walk, gone = _start(after), archives.gone()
    for rows in _chunks(after, most):
        marked = marks.between(walk.number, rows[-1].number, known)
        for row in rows:
            mark, is_gone = marked.get(row.number), row.id is None and gone.has(row.event_id)
            problem = _of_gone(row, walk, mark) if is_gone else judge(row, walk, mark)
            if problem is not None:
                return walk, problem
            walk.step(row)
    return walk, None


def _start(after: int) -> Walk:
    """Return where a part goes on from; a part before it has verified it."""
    row = reading().execute(select(S.hash, S.key_number).where(S.number == after)).one_or_none()
    if row is None:
        return Walk(after, chain.START, stamps.LEGACY, None)
    first = select(S.sealed_at).where(S.key_number == row.key_number).order_by(S.number).limit(1)
    return Walk(after, row.hash, row.key_number, reading().execute(first).scalar_one())


def _hash_at(number: int) -> bytes | None:
    return reading().execute(select(S.hash).where(S.number == number)).scalar_one_or_none()


def _chunks(after: int, most: int | None) -> Iterator[Sequence[Any]]:
    """Stream the seals after a number with their events, without a long transaction."""
    seal = (S.number, S.event_id, S.hash, S.sealed_at, S.key_number)
    event = event_of(S.event_id)
    query = select(*seal, *event.c).select_from(S).outerjoin(event, true()).order_by(S.number)
    left = most
    while left is None or left > 0:
        size = READ_CHUNK if left is None else min(READ_CHUNK, left)
        rows: Sequence[Any] = reading().execute(query.where(S.number > after).limit(size)).all()
        if rows:
            yield rows
        if len(rows) < size:
            return
        after, left = rows[-1].number, None if left is None else left - size


def _of_gone(row: Any, walk: Walk, mark: Checkpoint | None) -> Problem | None:
    """Check what is left of an entry that was archived: its place, and its seal against a checkpoint."""
    if row.number != walk.number + 1:
        return _missing(row, walk)
    wrong = _wrong_mark(row, mark)
    return Problem(wrong[0], row.number, str(row.event_id), f"Entry {row.number} {wrong[1]}") if wrong else None


def _missing(row: Any, walk: Walk) -> Problem:
    expected = walk.number + 1
    return Problem("missing", expected, "", f"Entry {expected} is missing; the next one is {row.number}.")


def judge(row: Any, walk: Walk, mark: Checkpoint | None) -> Problem | None:
    """Check one entry against its place, its content, its predecessor, its stamp and its checkpoint."""
    if row.number != walk.number + 1:
        return _missing(row, walk)
    if row.id is None:
        sentence = f"Entry {row.number}: its event was deleted from the log."
        return Problem("deleted", row.number, str(row.event_id), sentence)
    kind, says = _wrong_seal(row, walk) or _wrong_stamp(row, walk) or _wrong_mark(row, mark) or ("", "")
    if not kind:
        return None
    entry = f"Entry {row.number} ({row.type} of {row.at:%Y-%m-%d %H:%M:%S} UTC)"
    return Problem(kind, row.number, str(row.event_id), f"{entry} {says}")


def _wrong_seal(row: Any, walk: Walk) -> tuple[str, str] | None:
    changed = "changed", "doesn't match its seal: the event, its seal or its position was changed."
    if row.key_number < walk.key_number:
        return "changed", f"is sealed with key {row.key_number}, which had been retired by then."
    if row.key_number == stamps.LEGACY:
        links = chain.legacy_links(row.number, stamps.canonical(row._mapping), walk.digest)
        return None if any(hmac.compare_digest(row.hash, found) for found in links) else changed
    key = stamps.key_numbered(row.key_number)
    if key is None:
        return "changed", f"is sealed with {stamps.unlisted(row.key_number)}."
    found = chain.link(key, row.number, row.sealed_at, chain.content_of(row), walk.digest)
    if hmac.compare_digest(row.hash, found):
        return None
    # Whoever writes a new secret under the old number would otherwise read that the log was changed.
    other_key = f" Or key {row.key_number} in EVENT_SEAL_KEYS is not the one that sealed it: put that one back."
    return changed[0], changed[1] + (other_key if row.key_number != walk.key_number else "")


def _wrong_stamp(row: Any, walk: Walk) -> tuple[str, str] | None:
    """Find an event that was edited before it was sealed, or that the portal did not write."""
    if row.key_number == stamps.LEGACY:
        return None
    number = stamps.stamp_number(row.stamp)
    key = stamps.key_numbered(number)
    if key is None and number > row.key_number:
        return "forged", f"is stamped with {stamps.unlisted(number)}."
    if key is None or not hmac.compare_digest(row.stamp, stamps.stamped(key, stamps.canonical(row._mapping))):
        return "forged", "was not written by the portal, or was changed before it was sealed."
    if number >= row.key_number or walk.key_since is None or row.sealed_at < walk.key_since + ROTATION:
        return None
    says = "which had been retired by then: a process was not restarted in time, or someone else has that key."
    return "forged", f"is stamped with key {number}, {says}"


def _wrong_mark(row: Any, mark: Checkpoint | None) -> tuple[str, str] | None:
    if mark is None or mark.hash == row.hash.hex():
        return None
    return "replaced", f"doesn't match the checkpoint from {mark.at}: the chain was replaced."


def _at_the_end(number: int, stand: Stand) -> Problem | None:
    """Check the end of the chain against the checkpoints, and these against each other."""
    last = stand.newest.number if stand.newest else 0
    if stand.newest and last > number:
        says = f"The end was cut off: a checkpoint from {stand.newest.at} covers {last} entries."
        return Problem("truncated", number + 1, "", says)
    if stand.finding:
        return Problem("checkpoint", number, "", stand.finding)
    if number - last >= UNMARKED:
        return Problem("checkpoint", last + 1, "", f"No checkpoint covers the entries after {last}.")
    return None


def _forged(number: int) -> Problem | None:
    wrong = archives.gone().wrong
    return Problem("archive", number, "", wrong) if wrong else None


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


def _behind_the_log(number: int) -> Problem | None:
    """Find a state, a history, a claim or a split sheet that no event tells of."""
    found = histories.first_untold(since=archives.begins())
    return Problem("untold", number, "", found) if found else None


def checkpoint_age(now: datetime) -> timedelta | None:
    """Return how old the newest checkpoint is: so much of the log's end could be cut off unnoticed."""
    mark = checkpoints.newest()
    return now - datetime.fromisoformat(mark.at).astimezone(UTC) if mark else None
