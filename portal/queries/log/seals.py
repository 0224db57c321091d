"""The seal of one entry, and the checkpoint since which no one can change it unnoticed (disputes.md §5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, select, true

from portal.models import EventCheckpoint, EventSeal
from portal.queries.prepared import ask

S, C = EventSeal, EventCheckpoint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first checkpoint that confirms an entry: its own, or a later one."""

    number: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Seal:
    """The place of an entry in the chain; without a checkpoint, none has been written since."""

    number: int
    hash: str
    at: datetime
    key_number: int
    checkpoint: Checkpoint | None


def seal_of(event_id: uuid.UUID) -> Seal | None:
    """Return the seal of an entry, None while it waits for one."""
    row = ask(_SEALED, {"event": event_id}).one_or_none()
    if row is None:
        return None
    mark = None if row.marked is None else Checkpoint(row.marked, row.mark.hex(), row.marked_at)
    return Seal(row.number, row.hash.hex(), row.sealed_at, row.key_number, mark)


def _sealed() -> Select[int, bytes, datetime, int, int, bytes, datetime]:
    after = select(C.number.label("marked"), C.hash.label("mark"), C.at.label("marked_at")).where(C.number >= S.number)
    first = after.order_by(C.number, C.id).limit(1).lateral()
    sealed = select(S.number, S.hash, S.sealed_at, S.key_number, first.c.marked, first.c.mark, first.c.marked_at)
    return sealed.outerjoin(first, true()).where(S.event_id == bindparam("event"))


_SEALED = _sealed()
