"""Digests: what waits for one, by choice or for the hourly limit, is folded into one email a person."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select, update

from portal.domain import notifications as rules
from portal.domain.ids import time_of
from portal.domain.permissions import Actor
from portal.models import Delivery, Job, MarketplaceEvent, Membership, User
from portal.runtime import correlation
from portal.services.machinery import rounds
from portal.services.machinery.unit_of_work import UnitOfWork

PEOPLE_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One folded mail as the digest names it; `at` is when its event happened, not when a worker came to it."""

    subject: str
    path: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a digest is for."""

    name: str
    time_zone: str
    now: datetime


Write = Callable[[Reader, Sequence[Line]], Written]


def fold_due(write: Write, *, actor: Actor) -> int:
    """Write a digest for everybody who has something due for one, and count the digests; safe to run twice at once."""

    def fold(uow: UnitOfWork, user_ids: Sequence[uuid.UUID] | None) -> list[uuid.UUID]:
        return [user_id for user_id in user_ids or () if _fold(uow, user_id, write)]

    return sum(map(len, rounds.one_by_one(fold, _due, actor=actor)))


def _due(uow: UnitOfWork) -> list[uuid.UUID]:
    query = select(Delivery.user_id).distinct().where(_waiting(), Delivery.next_at <= uow.now)
    return list(uow.session.scalars(query.limit(PEOPLE_AT_MOST)))


def _waiting() -> ColumnElement[bool]:
    return and_(Delivery.state == "folded", Delivery.digest_id.is_(None))


def _fold(uow: UnitOfWork, user_id: uuid.UUID, write: Write) -> bool:
    """Gather what waits for one person; rows that a rival gathers are left to it."""
    query = select(Delivery).where(_waiting(), Delivery.user_id == user_id)
    rows = uow.session.scalars(
        query.order_by(Delivery.id).limit(rules.DIGEST_LINES).with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return False
    lines = [Line(row.subject, row.path, time_of(row.event_id)) for row in rows]
    digest_id = _write_digest(uow, user_id, sorted(lines, key=attrgetter("at")), write)
    folded = update(Delivery).where(Delivery.id.in_([row.id for row in rows])).values(digest_id=digest_id)
    uow.session.execute(folded.execution_options(synchronize_session=False))
    return True


def forget(uow: UnitOfWork, user_id: uuid.UUID, left: uuid.UUID | None = None) -> None:
    """Delete what waits for a digest of somebody whose account was closed: it names people and sums.

    Of somebody who `left` an organization, what concerns it, or everything where that was the last one.
    """
    gone = delete(Delivery).where(_waiting(), Delivery.user_id == user_id)
    if left is not None:
        jobs = MarketplaceEvent.job_id.in_(select(Job.id).where(Job.company_id == left))
        concerned = or_(MarketplaceEvent.organisation_id == left, jobs)
        of_it = exists().where(MarketplaceEvent.id == Delivery.event_id, concerned)
        gone = gone.where(or_(of_it, ~exists().where(Membership.user_id == user_id)))
    uow.session.execute(gone.execution_options(synchronize_session=False))


def _write_digest(uow: UnitOfWork, user_id: uuid.UUID, lines: Sequence[Line], write: Write) -> uuid.UUID:
    name, address, zone = uow.session.execute(
        select(User.name, User.email, User.time_zone).where(User.id == user_id)
    ).one()
    written = write(Reader(name, zone, uow.now), lines)
    digest_id = uow.new_id()
    values = {
        "id": digest_id,
        "event_id": digest_id,  # of many events; its own id keeps it apart from every other digest
        "template": rules.DIGEST,
        "user_id": user_id,
        "to_address": address,
        "subject": written.subject,
        "body_text": written.text,
        "body_html": written.html,
        "path": "/notifications",
        "correlation_id": correlation.current(),
        "state": "queued",
        "created_at": uow.now,
        "next_at": uow.now,
    }
    uow.session.execute(insert(Delivery).values(values))
    return digest_id
