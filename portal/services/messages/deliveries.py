"""Deliveries: one email to one person, taken under a lease, sent, and settled with the same lease (reliability.md §2).

A sender holds the next few for some seconds, and begins one after the other: with each it gets the lease that a whole
exchange with the mail server needs, and the words as they stand then. Whoever dies has one in hand; the others that it
held were not tried (ADR 0092).

`next_at` says when anybody may take a delivery: a queued one when it is due, one in sending when its lease ends.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Interval,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain import notifications as rules
from portal.domain.errors import Conflict, WrongState, existing
from portal.domain.events import DeliveryFailed, DeliveryRetried
from portal.domain.permissions import Actor, Permission
from portal.extensions import DATABASE_AWAY
from portal.models import Delivery, DeliveryAttempt, MarketplaceEvent, PlatformSettings, User
from portal.queries.prepared import written
from portal.runtime.clock import simulated_time
from portal.services.machinery import rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

log = logging.getLogger(__name__)
RETRY_AT_MOST = 1_000
LOOKED_THROUGH = 1_000  # due emails, where one of the first cannot be held
ERROR_LENGTH = 500
ACCEPTED = 250
LOST = "The attempt was interrupted, or took too long."
# Tables, not classes: the ORM costs more than the statements for one email.
_DELIVERIES = cast(Table, Delivery.__table__)
_ATTEMPTS = cast(Table, DeliveryAttempt.__table__)


@dataclass(frozen=True, slots=True)
class Held:
    """An email that is put aside for one sender, until another takes it over; it was due at `due_at`."""

    id: uuid.UUID
    lease_token: uuid.UUID
    due_at: datetime


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
    lease_until: datetime

    @property
    def begun_at(self) -> datetime:
        """Return when this attempt began."""
        return self.lease_until - rules.LEASE

    @property
    def is_resent(self) -> bool:
        """Return whether it was given up before, and is sent after all."""
        return self.begun_at - self.created_at >= rules.GIVE_UP_AFTER


@dataclass(frozen=True)
class Failure:
    """Why an email was not handed over; a permanent reason stays the same however often it is tried."""

    error: str
    code: int | None = None
    permanent: bool = False


@dataclass(frozen=True)
class ServerAway(Failure):
    """The mail server takes nothing from us now: that is no try of this email (ADR 0124)."""


def hold_due(*, actor: Actor) -> deque[Held]:
    """Hold the next due mails, the first due first; none when none is due. What may not be sent now is put aside.

    One that cannot be held stays as it is, and holds up no other.
    """
    try:
        while True:
            with unit_of_work(actor) as uow:
                due = uow.session.execute(_NEXT_DUE, {"now": uow.now}).all()
                held = _hold_allowed(uow, due)
            if held or not due:
                return held
    except DATABASE_AWAY:
        raise
    except Exception as error:  # whatever one email's row breaks must not keep the others: it is left, and named
        log.warning("emails_are_held_one_by_one", exc_info=error)
    return _hold_one_by_one(actor)


def _hold_allowed(uow: UnitOfWork, due: Sequence[Row[Any]]) -> deque[Held]:
    return _hold(uow, _under_the_limit(uow, _still_tried(uow, due)))


def _hold_one_by_one(actor: Actor) -> deque[Held]:
    held = deque[Held]()

    def due(uow: UnitOfWork) -> Ids:
        return uow.session.scalars(_NEXT_DUE.limit(LOOKED_THROUGH), {"now": uow.now}).all()

    def hold(uow: UnitOfWork, ids: Ids | None) -> Ids:
        named = _NEXT_DUE.where(_DELIVERIES.c.id.in_(ids or ()))
        held.extend(_hold_allowed(uow, uow.session.execute(named, {"now": uow.now}).all()))
        return ids or ()

    with suppress(Conflict):  # each row that was left is in the log
        for _ in rounds.one_by_one(hold, due, actor=actor):
            if len(held) >= rules.HELD_AT_ONCE:
                break
    return held


_NEXT_DUE = (
    select(*(_DELIVERIES.c[name] for name in ("id", "state", "attempts", "template", "user_id", "next_at")))
    .where(
        _DELIVERIES.c.state.in_(("queued", "sending")),
        _DELIVERIES.c.next_at <= bindparam("now", type_=DateTime(timezone=True)),
    )
    .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)  # emails of one moment in the order of their events
    .limit(written(rules.HELD_AT_ONCE))
    .with_for_update(skip_locked=True)
)


def _still_tried(uow: UnitOfWork, due: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Note the attempts that never ended, give up the emails of which their senders die, and return the others.

    An attempt that ended has its row; so what was held, and not begun, is told from what was lost.
    """
    begun = {row.id: row for row in due if row.state == "sending" and row.attempts}
    lost = _note_lost(uow, begun.values()) if begun else ()
    dead = {delivery_id for delivery_id in lost if begun[delivery_id].attempts >= rules.MAX_ATTEMPTS}
    for delivery_id in dead:
        _set(uow, [delivery_id], state="dead", lease_token=None, lease_until=None, last_error=LOST)
        _tell_of_failure(uow, delivery_id, permanent=False)
    return [row for row in due if row.id not in dead]


def _note_lost(uow: UnitOfWork, begun: Iterable[Row[Any]]) -> Sequence[uuid.UUID]:
    lost = [
        {"delivery_id": row.id, "number": row.attempts, "at": uow.now, "outcome": "lost", "error": LOST}
        for row in begun
    ]
    noted = insert(_ATTEMPTS).values(lost).on_conflict_do_nothing().returning(_ATTEMPTS.c.delivery_id)
    return uow.session.scalars(noted).all()


def _under_the_limit(uow: UnitOfWork, due: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the emails that may go out now; what is over its person's hourly limit is put aside."""
    limited = {row.user_id for row in due if row.template not in rules.ALWAYS_SENT}
    if not limited:
        return list(due)
    limit, lately = _sent_lately(uow, limited, [row.id for row in due])
    allowed, over = [], defaultdict[uuid.UUID, list[Row[Any]]](list)
    for row in due:
        times = lately[row.user_id]
        if row.template in rules.ALWAYS_SENT or len(times) < limit:
            times.append(uow.now)
            allowed.append(row)
        else:
            over[row.user_id].append(row)
    for user_id, rows in over.items():
        _put_aside(uow, user_id, rows, sorted(lately[user_id])[-limit] + rules.MAILS_WINDOW)
    return allowed


def _sent_lately(
    uow: UnitOfWork, user_ids: Iterable[uuid.UUID], due: Sequence[uuid.UUID]
) -> tuple[int, dict[uuid.UUID, list[datetime]]]:
    """Return the hourly limit, and when each person got or will get the emails that count; `due` are not in hand.

    Senders to one person count one by one; all take the locks of several people in one order.
    """
    people = sorted(user_ids)
    uow.session.execute(_LOCK_PEOPLE, {"people": people})
    limit = uow.session.scalars(select(PlatformSettings.mails_per_hour)).one()
    values = {"people": people, "due": due, "since": uow.now - rules.MAILS_WINDOW}
    lately = defaultdict[uuid.UUID, list[datetime]](list)
    for user_id, sent_at in uow.session.execute(_LATELY, values):
        lately[user_id].append(sent_at or uow.now)
    return limit, lately


_PEOPLE = bindparam("people", type_=ARRAY(Uuid))
_PERSON = func.unnest(_PEOPLE).column_valued("person")
_LOCK_PEOPLE = select(func.pg_advisory_xact_lock(func.hashtextextended(_PERSON.cast(Text), 0)))
_LATELY = select(_DELIVERIES.c.user_id, _DELIVERIES.c.sent_at).where(
    _DELIVERIES.c.user_id == any_(_PEOPLE),
    or_(
        (_DELIVERIES.c.state == "sent") & (_DELIVERIES.c.sent_at > bindparam("since", type_=DateTime(timezone=True))),
        (_DELIVERIES.c.state == "sending") & (_DELIVERIES.c.id != all_(bindparam("due", type_=ARRAY(Uuid)))),
    ),
)


def _put_aside(uow: UnitOfWork, user_id: uuid.UUID, rows: Sequence[Row[Any]], slot: datetime) -> None:
    """Let what is over a person's limit wait for a slot, a digest as it is, and the rest for the next digest.

    All else that is due goes with it: one after the other, the thousands of emails of an import would hold up
    everybody's. Those that another sender has in hand are left to it.
    """
    digests = [row.id for row in rows if row.template == rules.DIGEST]
    _set(uow, digests, state="queued", next_at=slot, lease_token=None, lease_until=None)
    folded = [row.id for row in rows if row.template != rules.DIGEST]
    _set(uow, folded, state="folded", next_at=slot, lease_token=None, lease_until=None)
    theirs = _DELIVERIES.c.user_id == user_id, _DELIVERIES.c.state == "queued", _DELIVERIES.c.next_at <= uow.now
    due = select(_DELIVERIES.c.id).where(*theirs, _DELIVERIES.c.template.not_in(rules.NEVER_FOLDED))
    ids = due.with_for_update(skip_locked=True)
    uow.session.execute(update(_DELIVERIES).where(_DELIVERIES.c.id.in_(ids)).values(state="folded", next_at=slot))


def _hold(uow: UnitOfWork, rows: Sequence[Row[Any]]) -> deque[Held]:
    token, until = uuid.uuid4(), uow.now + rules.HOLD
    if rows:
        _set(uow, [row.id for row in rows], state="sending", lease_token=token, lease_until=until, next_at=until)
    return deque(Held(row.id, token, row.next_at) for row in rows)


def _set(uow: UnitOfWork, ids: Sequence[uuid.UUID], **values: object) -> None:
    """Write the values of rows that this transaction holds locked."""
    uow.session.execute(update(_DELIVERIES).where(_DELIVERIES.c.id.in_(ids)).values(values))


def release(held: Iterable[Held], *, actor: Actor) -> None:
    """Give back emails that were held and not begun: they are due as before."""
    rows = [{"delivery": each.id, "token": each.lease_token, "due_at": each.due_at} for each in held]
    if rows:
        with unit_of_work(actor) as uow:
            uow.session.connection().execute(_RELEASE, rows)


def _ours(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.id == bindparam("delivery"), table.c.lease_token == bindparam("token"))


# Whoever changes two emails in one transaction waits for no lock on the second: an erasure may wait for the first.
_held = _DELIVERIES.alias("held")
_UNLOCKED = select(_held.c.id).where(_ours(_held)).with_for_update(skip_locked=True).scalar_subquery()
_RELEASE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == _UNLOCKED)
    .values(state="queued", lease_token=None, lease_until=None, next_at=bindparam("due_at"))
)


def begin(held: Held, *, actor: Actor) -> Claimed | None:
    """Take a held email in hand for one attempt, as it stands now; None when somebody else has got hold of it."""
    with unit_of_work(actor) as uow:
        return _begin(uow, held)


def settle(
    mail: Claimed,
    failure: Failure | None,
    *,
    actor: Actor,
    copy_refused: bool = False,
    then: Held | None = None,
) -> Claimed | None:
    """Write how an attempt went, and begin the email that is held next, if there is one, in the same transaction.

    Without a failure the mail server has taken the email. With one it waits for its next try, or is dead. If the lease
    was lost meanwhile, nothing is written.
    """
    with unit_of_work(actor) as uow:
        if failure is not None:
            _record_failure(uow, mail, failure)
        elif _end(uow, mail, state="sent", outcome="sent", code=ACCEPTED) and copy_refused:
            _tell_of_copy(uow, mail)
        return _begin(uow, then) if then is not None else None


def _begin(uow: UnitOfWork, held: Held) -> Claimed | None:
    values = {"delivery": held.id, "token": held.lease_token, "at": simulated_time()}
    row = uow.session.execute(_BEGIN, values).one_or_none()
    return Claimed(*row) if row is not None else None


def _tell_of_copy(uow: UnitOfWork, mail: Claimed) -> None:
    """Record that the address which gets a copy was refused; whom the email itself has reached is told."""
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


def _record_failure(uow: UnitOfWork, mail: Claimed, failure: Failure) -> None:
    was_tried, chance = not isinstance(failure, ServerAway), SystemRandom().random()
    dead = failure.permanent or rules.is_hopeless(mail.attempts if was_tried else 0, uow.now - mail.created_at)
    is_ours = _end(
        uow,
        mail,
        state="dead" if dead else "queued",
        outcome="refused" if failure.permanent else "failed",
        code=failure.code,
        error=failure.error.replace("\x00", "")[:ERROR_LENGTH],
        pause=rules.pause_after(mail.attempts, chance) if was_tried else rules.spread(rules.AWAY_PAUSE, chance),
        was_tried=was_tried,
    )
    if dead and is_ours:
        _tell_of_failure(uow, mail.id, permanent=failure.permanent)


def _end(
    uow: UnitOfWork,
    mail: Claimed,
    *,
    state: str,
    outcome: str,
    code: int | None,
    error: str | None = None,
    pause: timedelta = timedelta(0),
    was_tried: bool = True,
) -> bool:
    """End the lease and note the attempt if the lease is still ours: a late finisher changes nothing."""
    ours = {"delivery": mail.id, "token": mail.lease_token, "at": simulated_time()}
    went = {"state": state, "outcome": outcome, "code": code, "error": error, "pause": pause, "tried": was_tried}
    if uow.session.execute(_END, {**ours, **went}).one_or_none() is None:
        log.warning("lease_lost", extra={"delivery_id": str(mail.id)})
        return False
    return True


# --- the two statements that each email costs, built once: the time is the database's in the statement itself ----

_AT = func.coalesce(bindparam("at", type_=DateTime(timezone=True)), func.statement_timestamp())
_BEGIN = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == _UNLOCKED)
    .values(attempts=_DELIVERIES.c.attempts + 1, lease_until=_AT + rules.LEASE, next_at=_AT + rules.LEASE)
    .returning(*(_DELIVERIES.c[each.name] for each in fields(Claimed)))
)


def _ending() -> Select[uuid.UUID]:
    """Build the statement that writes how an attempt went, on the delivery and beside it."""
    state, outcome, error = (bindparam(name, type_=Text) for name in ("state", "outcome", "error"))
    code, pause = bindparam("code", type_=BigInteger), bindparam("pause", type_=Interval)
    tried = bindparam("tried", type_=Boolean)
    written = {"state": state, "lease_token": None, "lease_until": None, "last_code": code, "last_error": error}
    times = {"sent_at": case((state == "sent", _AT)), "next_at": _AT + pause}
    attempts = _DELIVERIES.c.attempts - case((tried, 0), else_=1)
    ended = (
        update(_DELIVERIES)
        .where(_ours(_DELIVERIES))
        .values(**written, **times, attempts=attempts)
        .returning(_DELIVERIES.c.id, _DELIVERIES.c.attempts)
        .cte("ended")
    )
    names = ("delivery_id", "number", "at", "outcome", "code", "error")
    attempt = select(ended.c.id, ended.c.attempts, _AT, outcome, code, error).where(tried)
    return select(ended.c.id).add_cte(insert(_ATTEMPTS).from_select(names, attempt).cte("noted"))


_END = _ending()


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
