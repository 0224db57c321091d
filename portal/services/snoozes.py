"""Snoozing rows of one's work queue: others see them as before, and nothing about the thing itself changes."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import Select, delete
from sqlalchemy.dialects.postgresql import insert

from portal.domain import snoozing
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.permissions import Actor
from portal.models import Snooze
from portal.queries import work_queue
from portal.queries.waiting.kinds import Rows
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


def snooze(kind: str, subject_id: uuid.UUID, *, actor: Actor, span: str, day: date | None = None) -> datetime:
    """Put a row of the actor's queue off, and return when it comes back.

    Raises:
        Conflict: it is due within a day.
        InvalidInput: the span is none of those that there are, or the chosen day none to come.
    """
    if span not in set(snoozing.Span):
        raise InvalidInput.field("span", "Choose tomorrow, next week or a day.")
    if work_queue.item(kind, subject_id, viewer=actor).is_soon:
        raise Conflict("This is due within a day, so it stays in your queue.", code="DUE_SOON")
    with unit_of_work(actor) as uow:
        until = snoozing.comes_back(snoozing.Span(span), uow.now, actor.time_zone, chosen=day)
        new = insert(Snooze).values(user_id=actor.user_id, kind=kind, subject_id=subject_id, until=until)
        key = [Snooze.user_id, Snooze.kind, Snooze.subject_id]
        uow.session.execute(new.on_conflict_do_update(index_elements=key, set_={"until": until}))
    return until


def wake(kind: str, subject_id: uuid.UUID, *, actor: Actor) -> None:
    """Let a row of the actor's queue come back now."""
    work_queue.item(kind, subject_id, viewer=actor)
    with unit_of_work(actor) as uow:
        mine = (Snooze.user_id == actor.user_id, Snooze.kind == kind, Snooze.subject_id == subject_id)
        uow.session.execute(delete(Snooze).where(*mine))


def wake_for(uow: UnitOfWork, users: Select[uuid.UUID], kind: Rows, subject_id: uuid.UUID) -> None:
    """Let a row come back to the queues of these users, because there is news about it."""
    row = (Snooze.kind == kind.__name__, Snooze.subject_id == subject_id)
    uow.session.execute(delete(Snooze).where(Snooze.user_id.in_(users), *row))
