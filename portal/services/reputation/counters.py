"""Live counters of signals (domain.md §6): in Redis a set of ids a day and signal, so that counting twice counts once.

They may be lost: whoever asks then reads the day from the tables, and puts it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from redis import Redis
from sqlalchemy import String, literal, select, union_all

from portal import access
from portal.domain.permissions import Actor, Permission
from portal.extensions import reading
from portal.models import Placement, Proposal, stands
from portal.queries.recipients import Happened
from portal.runtime import cache
from portal.services.machinery.unit_of_work import UnitOfWork

SIGNAL_OF = {
    "proposal.created": "proposals",
    "proposal.accepted": "decisions",
    "proposal.declined": "decisions",
    "placement.hired": "hires",
    "placement.completed": "completions",
}
SIGNALS = ("proposals", "decisions", "hires", "completions")
KEPT_SECONDS = 2 * 86_400


def count(_uow: UnitOfWork, events: Sequence[Happened]) -> None:
    """Count what happened; a reaction of the relay, which may tell of an event twice."""
    told = [e for e in events if e.type in SIGNAL_OF]
    if told:
        cache.asked(lambda r: _add(r, [(e.at.date(), SIGNAL_OF[e.type], _entity(e)) for e in told]))


def _entity(event: Happened) -> uuid.UUID:
    found = event.placement_id if event.type.startswith("placement.") else event.proposal_id
    assert found is not None
    return found


def today(*, actor: Actor) -> dict[str, int]:
    """Count the signals of this day (UTC), from Redis or, when it has nothing, from the tables.

    Raises:
        NotPermitted: the actor may not see the whole marketplace.
    """
    access.require(actor, Permission.REPUTATION_RECALCULATE)
    day = actor.now.date()
    counted = cache.asked(lambda r: _read(r, day))
    if counted is not None and counted[0]:
        return dict(zip(SIGNALS, counted[1:], strict=True))
    return rebuild(actor.now)


def rebuild(now: datetime) -> dict[str, int]:
    """Read the day's signals from the tables, put them into Redis, and give their numbers."""
    found = _of_day(now)
    cache.asked(lambda r: _add(r, [(now.date(), name, one) for name, ids in found.items() for one in ids]))
    cache.asked(lambda r: r.set(_key(now.date(), "known"), 1, ex=KEPT_SECONDS))
    return {name: len(ids) for name, ids in found.items()}


def _of_day(now: datetime) -> dict[str, list[uuid.UUID]]:
    """List the proposals and placements behind each signal of the day (UTC) of `now`."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=1)
    parts = (
        ("proposals", Proposal.id, Proposal.proposed_at, ()),
        ("decisions", Proposal.id, Proposal.closed_at, (Proposal.state.in_(("accepted", "declined")),)),
        ("hires", Placement.id, Placement.hired_at, (stands(Placement),)),
        ("completions", Placement.id, Placement.completed_at, ()),
    )
    queries = [
        select(literal(name, String), identity).where(at >= start, at < end, *also)
        for name, identity, at, also in parts
    ]
    found: dict[str, list[uuid.UUID]] = {name: [] for name in SIGNALS}
    for name, identity in reading().execute(union_all(*queries)):
        found[name].append(identity)
    return found


def _read(r: Redis, day: date) -> list[int]:
    """Read whether the day is whole, and the number of each signal."""
    pipe = r.pipeline(transaction=False)
    pipe.exists(_key(day, "known"))
    for name in SIGNALS:
        pipe.scard(_key(day, name))
    return [int(n) for n in pipe.execute()]


def _add(r: Redis, entries: Collection[tuple[date, str, uuid.UUID]]) -> bool:
    pipe = r.pipeline(transaction=False)
    for key in {_key(day, name) for day, name, _ in entries}:
        pipe.sadd(key, *(str(one) for day, name, one in entries if _key(day, name) == key))
        pipe.expire(key, KEPT_SECONDS)
    pipe.execute()
    return True


def _key(day: date, signal: str) -> str:
    return f"signals:{day:%Y-%m-%d}:{signal}"
