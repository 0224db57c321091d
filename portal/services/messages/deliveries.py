"""Deliveries: one email to one person, taken under a lease, sent, and settled with the same lease (reliability.md §2).

`next_at` says when anybody may take a delivery: a queued one when it is due, one in sending when its lease ends.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import DateTime, Row, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain import notifications as rules
from portal.domain.errors import WrongState, existing
from portal.domain.events import DeliveryFailed, DeliveryRetried
from portal.domain.permissions import Actor, Permission
from portal.models import Delivery, DeliveryAttempt, MarketplaceEvent, PlatformSettings, User
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

log = logging.getLogger(__name__)
RETRY_AT_MOST = 1_000
ERROR_LENGTH = 500
ACCEPTED = 250
LOST = "The attempt was interrupted, or took too long."
# Tables, not classes: the ORM costs more than the statements for one email.
_DELIVERIES = cast(Table, Delivery.__table__)
_ATTEMPTS = cast(Table, DeliveryAttempt.__table__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An email that is ours to send until the lease ends."""

    id: uuid.UUID
    lease_token: uuid.UUID
    attempts: int
    event_id: uuid.UUID
    template: str
    to_address: str
    subject: str
    body_text: str
    body_html: str
    is_secret: bool
    correlation_id: str
    created_at: datetime


@dataclass(frozen=True)
class Failure:
    """Why an email was not handed over; a permanent reason stays the same however often it is tried."""

    error: str
    code: int | None = None
    permanent: bool = False


def claim_next(*, actor: Actor) -> Claimed | None:
    """Take the next due mail under a lease, or None when there is none; what may not be sent now is put aside."""
    while True:
        with unit_of_work(actor) as uow:
            due = uow.session.execute(_NEXT_DUE, {"now": uow.now}).one_or_none()
            if due is None:
                return None
            if _may_be_sent(uow, due):
                return _lease(uow, due)


_NEXT_DUE = (
    select(_DELIVERIES)
    .where(
        _DELIVERIES.c.state.in_(("queued", "sending")),
        _DELIVERIES.c.next_at <= bindparam("now", type_=DateTime(timezone=True)),
    )
    .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)  # emails of one moment in the order of their events
    .limit(1)
    .with_for_update(skip_locked=True)
)


def _may_be_sent(uow: UnitOfWork, due: Row[Any]) -> bool:
    """Return whether the email may go out now: its senders do not die of it, and its recipient is under the limit."""
    if due.state == "sending":
        _note_attempt(uow, due.id, due.attempts, "lost", error=LOST)
        if due.attempts >= rules.MAX_ATTEMPTS:
            _set(uow, due.id, state="dead", lease_token=None, lease_until=None, last_error=LOST)
            _tell_of_failure(uow, due.id, permanent=False)
            return False
    if due.template in rules.ALWAYS_SENT:
        return True
    slot = _next_slot(uow, due)
    if slot is None:
        return True
    waiting = "queued" if due.template == rules.DIGEST else "folded"
    _set(uow, due.id, state=waiting, next_at=slot, lease_token=None, lease_until=None)
    _fold_the_rest(uow, due.user_id, slot)
    return False


def _fold_the_rest(uow: UnitOfWork, user_id: uuid.UUID, slot: datetime) -> None:
    """Put aside at once what else is due to a person over the limit.

    One after the other, the thousands of emails of an import would hold up everybody's. Those that another sender
    has in hand are left to it.
    """
    theirs = _DELIVERIES.c.user_id == user_id, _DELIVERIES.c.state == "queued", _DELIVERIES.c.next_at <= uow.now
    due = select(_DELIVERIES.c.id).where(*theirs, _DELIVERIES.c.template.not_in(rules.NEVER_FOLDED))
    ids = due.with_for_update(skip_locked=True)
    uow.session.execute(update(_DELIVERIES).where(_DELIVERIES.c.id.in_(ids)).values(state="folded", next_at=slot))


def _next_slot(uow: UnitOfWork, due: Row[Any]) -> datetime | None:
    """Return when the recipient may get another mail, or None for now; senders to one person count one by one."""
    uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(due.user_id), 0))))
    limit = uow.session.scalars(select(PlatformSettings.mails_per_hour)).one()
    since = uow.now - rules.MAILS_WINDOW
    recent = select(Delivery.sent_at).where(
        Delivery.user_id == due.user_id,
        or_(
            (Delivery.state == "sent") & (Delivery.sent_at > since),
            (Delivery.state == "sending") & (Delivery.id != due.id),
        ),
    )
    times = [at or uow.now for at in uow.session.scalars(recent)]
    return sorted(times)[-limit] + rules.MAILS_WINDOW if len(times) >= limit else None


def _lease(uow: UnitOfWork, due: Row[Any]) -> Claimed:
    token, until = uuid.uuid4(), uow.now + rules.LEASE
    attempts = due.attempts + 1
    _set(uow, due.id, state="sending", lease_token=token, lease_until=until, next_at=until, attempts=attempts)
    return Claimed(
        due.id,
        token,
        attempts,
        due.event_id,
        due.template,
        due.to_address,
        due.subject,
        due.body_text,
        due.body_html,
        due.is_secret,
        due.correlation_id,
        due.created_at,
    )


def _set(uow: UnitOfWork, delivery_id: uuid.UUID, **values: object) -> None:
    """Write the values of a row that this transaction holds locked."""
    uow.session.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == delivery_id).values(values))


def record_sent(mail: Claimed, *, actor: Actor, copy_refused: bool = False) -> bool:
    """Write that the mail server took the email; False when the lease was lost meanwhile, and nothing is written.

    That it refused the address which gets a copy is told to whom the email itself has reached.
    """
    with unit_of_work(actor) as uow:
        sent = {"state": "sent", "sent_at": uow.now}
        is_ours = _settle(uow, mail, sent, "sent", code=ACCEPTED)
        if is_ours and copy_refused:
            reader = uow.session.scalars(select(Delivery.user_id).where(Delivery.id == mail.id)).one()
            uow.record(
                DeliveryFailed(
                    delivery_id=mail.id,
                    template=mail.template,
                    user_id=reader,
                    caused_by=reader,
                    permanent=True,
                    is_copy=True,
                )
            )
        return is_ours


def record_failure(mail: Claimed, failure: Failure, *, actor: Actor) -> bool:
    """Write why the email was not taken: it waits for its next try, or is dead; False when the lease was lost."""
    with unit_of_work(actor) as uow:
        dead = failure.permanent or rules.is_hopeless(mail.attempts, uow.now - mail.created_at)
        pause = rules.pause_after(mail.attempts, random.random())  # noqa: S311 - spreads retries, keeps no secret
        values = {"state": "dead" if dead else "queued", "next_at": uow.now + pause}
        outcome = "refused" if failure.permanent else "failed"
        error = failure.error.replace("\x00", "")[:ERROR_LENGTH]
        is_ours = _settle(uow, mail, values, outcome, code=failure.code, error=error)
        if dead and is_ours:
            _tell_of_failure(uow, mail.id, permanent=failure.permanent)
        return is_ours


def _tell_of_failure(uow: UnitOfWork, delivery_id: uuid.UUID, *, permanent: bool) -> None:
    """Record that a mail was given up, and whose action it told of; nobody is told of the mail that tells of this.

    A digest tells of what many did: each of them learns it once for each kind of mail that was folded into it.
    """
    query = (
        select(Delivery.id, Delivery.template, Delivery.user_id, User.id.label("caused_by"))
        .outerjoin(MarketplaceEvent, MarketplaceEvent.id == Delivery.event_id)
        .outerjoin(User, (User.id == MarketplaceEvent.actor_id) & User.is_system.is_(False))
        .where(or_(Delivery.id == delivery_id, Delivery.digest_id == delivery_id))
        .order_by(Delivery.id)
    )
    told: set[tuple[uuid.UUID | None, str]] = set()
    for row in uow.session.execute(query):
        is_news = row.id == delivery_id or (row.caused_by and (row.caused_by, row.template) not in told)
        if is_news and row.template not in DeliveryFailed.mails:
            told.add((row.caused_by, row.template))
            uow.record(
                DeliveryFailed(
                    delivery_id=row.id,
                    template=row.template,
                    user_id=row.user_id,
                    caused_by=row.caused_by,
                    permanent=permanent,
                )
            )


def _settle(
    uow: UnitOfWork,
    mail: Claimed,
    values: Mapping[str, object],
    outcome: str,
    *,
    code: int | None,
    error: str | None = None,
) -> bool:
    """End the lease if it is still ours: a late finisher changes nothing."""
    ended = (
        update(_DELIVERIES)
        .where(_DELIVERIES.c.id == mail.id, _DELIVERIES.c.lease_token == mail.lease_token)
        .values(lease_token=None, lease_until=None, last_code=code, last_error=error, **values)
        .returning(_DELIVERIES.c.id)
    )
    if uow.session.scalars(ended).one_or_none() is None:
        log.warning("lease_lost", extra={"delivery_id": str(mail.id)})
        return False
    _note_attempt(uow, mail.id, mail.attempts, outcome, code=code, error=error)
    return True


def _note_attempt(
    uow: UnitOfWork,
    delivery_id: uuid.UUID,
    number: int,
    outcome: str,
    *,
    code: int | None = None,
    error: str | None = None,
) -> None:
    values = {
        "delivery_id": delivery_id,
        "number": number,
        "at": uow.now,
        "outcome": outcome,
        "code": code,
        "error": error,
    }
    uow.session.execute(insert(_ATTEMPTS).values(values).on_conflict_do_nothing())


def retry(delivery_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Send a dead mail on its way once more, however often it was tried.

    Raises:
        WrongState: it is not dead.
    """
    access.require(actor, Permission.DELIVERIES_MANAGE)
    with unit_of_work(actor) as uow:
        locked = select(Delivery.state).where(Delivery.id == delivery_id).with_for_update()
        state = existing(uow.session.scalars(locked).one_or_none())
        if state != "dead":
            raise WrongState("Only a failed email can be sent again.", details={"state": state})
        _revive(uow, [delivery_id])
        return delivery_id


def retry_all(*, actor: Actor) -> int:
    """Send all dead emails on their way once more, at most 1,000 at a time, and count them."""
    access.require(actor, Permission.DELIVERIES_MANAGE)
    with unit_of_work(actor) as uow:
        dead = select(Delivery.id).where(Delivery.state == "dead").order_by(Delivery.id).limit(RETRY_AT_MOST)
        ids = list(uow.session.scalars(dead.with_for_update(skip_locked=True)))
        _revive(uow, ids)
        return len(ids)


def _revive(uow: UnitOfWork, ids: list[uuid.UUID]) -> None:
    uow.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(state="queued", next_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    for delivery_id in ids:
        uow.record(DeliveryRetried(delivery_id=delivery_id))
