"""The relay: takes events out of the outbox and writes the deliveries and notices that they cause, together.

The same transaction deletes the outbox row, so that an event is told once or still waits; it is never half told.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import cast

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from portal.domain import notifications as rules
from portal.domain.permissions import Actor
from portal.models import Delivery, Notice, OutboxEntry
from portal.queries.log.by_id import events_between, ids_between
from portal.queries.recipients import EVENT_COLUMNS, Happened, to_event
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.messages import preferences

log = logging.getLogger(__name__)
BATCH = 200
_DELIVERIES, _NOTICES = cast(Table, Delivery.__table__), cast(Table, Notice.__table__)
ERROR_LENGTH = 500
GONE = "This event is missing from the log. Verify the log: flask --app wsgi events verify."
CLAIMED = events_between(*EVENT_COLUMNS)


@dataclass(frozen=True, slots=True)
class Mail:
    """What one person is told of one event: the email, and the title and path of the notice."""

    event: Happened
    template: str
    user_id: uuid.UUID
    address: str
    time_zone: str
    subject: str
    text: str
    html: str
    path: str
    title: str
    alias: str
    is_secret: bool = False


Tell = Callable[[Sequence[Happened]], Sequence[Mail]]
Reaction = Callable[[UnitOfWork, Sequence[Happened]], None]


def relay_batch(tell: Tell, reactions: Sequence[Reaction], *, actor: Actor) -> int:
    """Turn the next due events, oldest first, into deliveries and notices and count them; 0 when none is due.

    `tell` composes the emails; `reactions` do what else follows from events: they write rows and record no events.
    """
    with unit_of_work(actor) as uow:
        ids = _claim(uow)
        events = tuple(map(to_event, uow.session.execute(CLAIMED, ids_between(ids)))) if ids else ()
        for gone in set(ids) - {event.id for event in events}:
            log.error("event_gone", extra={"event_id": str(gone)})
            _postpone(uow, gone, GONE)
        if events:
            _settle(uow, events, tell, reactions)
        return len(ids)


def _claim(uow: UnitOfWork) -> list[uuid.UUID]:
    """Lock the next events, those last that came by the hundred; rows that another relay holds are left to it."""
    query = (
        select(OutboxEntry.event_id)
        .where(or_(OutboxEntry.next_at.is_(None), OutboxEntry.next_at <= uow.now))
        .order_by(OutboxEntry.is_bulk, OutboxEntry.event_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return sorted(uow.session.scalars(query))


def _settle(uow: UnitOfWork, events: Sequence[Happened], tell: Tell, reactions: Sequence[Reaction]) -> None:
    """Relay the events; when one of them breaks, relay each alone, so that it holds up none of the others."""
    try:
        with uow.session.begin_nested():
            if mails := tell(events):
                _write(uow, mails)
            for react in reactions:
                react(uow, events)
            uow.session.execute(delete(OutboxEntry).where(OutboxEntry.event_id.in_([e.id for e in events])))
    except Exception as error:  # whatever an event breaks is kept on its row, and tried again later
        if len(events) == 1:
            event = events[0]
            log.error("event_not_told", extra={"event_id": str(event.id), "event_type": event.type}, exc_info=error)
            _postpone(uow, event.id, f"{type(error).__name__}: {error}")
        else:
            for event in events:
                _settle(uow, (event,), tell, reactions)


def _postpone(uow: UnitOfWork, event_id: uuid.UUID, why: str) -> None:
    """Keep on its row why an event could not be told, where operators read it, and let it wait."""
    entry = OutboxEntry.event_id == event_id
    attempts = uow.session.scalars(select(OutboxEntry.attempts).where(entry)).one() + 1
    pause = rules.pause_after(attempts, SystemRandom().random())
    values = {"attempts": attempts, "next_at": uow.now + pause, "last_error": why[:ERROR_LENGTH].replace("\x00", "")}
    uow.session.execute(update(OutboxEntry).where(entry).values(values))


def _write(uow: UnitOfWork, mails: Sequence[Mail]) -> None:
    """Insert what each person wants to get; what is there already, for ever the same, stays."""
    wishes = preferences.wishes(uow, {mail.user_id for mail in mails})
    deliveries, notices = [], []
    for mail in mails:
        wish = wishes.of(mail.user_id, mail.template)
        if wish.mail is not preferences.ByMail.NEVER:
            deliveries.append(_delivery(uow, mail, wish.mail))
        if wish.in_app and not mail.is_secret:  # what a secret mail is for stands only in the email
            notices.append(_notice(uow, mail))
    if deliveries:
        uow.session.execute(insert(_DELIVERIES).on_conflict_do_nothing(), deliveries)
    if notices:
        uow.session.execute(insert(_NOTICES).on_conflict_do_nothing(), notices)


def _delivery(uow: UnitOfWork, mail: Mail, when: preferences.ByMail) -> dict[str, object]:
    at_once = when is preferences.ByMail.AT_ONCE
    due: datetime = uow.now if at_once else rules.next_digest(uow.now, mail.time_zone)
    return {
        "id": uow.new_id(),
        "event_id": mail.event.id,
        "template": mail.template,
        "user_id": mail.user_id,
        "to_address": mail.address,
        "subject": mail.subject,
        "body_text": mail.text,
        "body_html": mail.html,
        "path": mail.path,
        "is_secret": mail.is_secret,
        "correlation_id": mail.event.correlation_id,
        "state": "queued" if at_once else "folded",
        "created_at": uow.now,
        "next_at": due,
    }


def _notice(uow: UnitOfWork, mail: Mail) -> dict[str, object]:
    return {
        "id": uow.new_id(),
        "event_id": mail.event.id,
        "template": mail.template,
        "user_id": mail.user_id,
        "title": mail.title,
        "candidate_id": mail.event.candidate_id,
        "alias": mail.alias,
        "path": mail.path,
        "at": mail.event.at,
    }
