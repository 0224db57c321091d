"""Deliveries and notices for tests: read back as they are, or put there when only their way matters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.events import CandidateSourced
from portal.domain.ids import new_id
from portal.extensions import db
from portal.mailers import post
from portal.models import Delivery, DeliveryAttempt, MarketplaceEvent, Notice, OutboxEntry
from portal.runtime.clock import simulated
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.messages import deliveries as service
from tests.cast import DAY, Cast, Person


@contextmanager
def rows() -> Iterator[Session]:
    """Open a session that commits."""
    with Session(db.engine, expire_on_commit=False) as session, session.begin():
        yield session


def deliveries(**wanted: Any) -> list[Delivery]:
    """Read the deliveries that have these values, oldest first."""
    with rows() as session:
        return list(session.scalars(select(Delivery).filter_by(**wanted).order_by(Delivery.id)))


def told(template: str = "") -> list[tuple[str, str, str]]:
    """Read template, name of the addressee and subject of each delivery, oldest first."""
    found = deliveries(**({"template": template} if template else {}))
    return [(d.template, d.to_address.partition("@")[0], d.subject) for d in found]


def payloads(kind: str) -> list[dict[str, Any]]:
    """Read the payloads of the events of this type, oldest first: rows of a table have no order of their own."""
    query = select(MarketplaceEvent.payload).where(MarketplaceEvent.type == kind)
    with rows() as session:
        return list(session.scalars(query.order_by(MarketplaceEvent.id)))


def notices(person: Person) -> list[Notice]:
    """Read a person's notices, oldest first."""
    with rows() as session:
        return list(session.scalars(select(Notice).filter_by(user_id=person.user_id).order_by(Notice.id)))


def attempts(delivery: Delivery) -> list[tuple[int, str, int | None]]:
    """Read number, outcome and code of each try."""
    with rows() as session:
        query = select(DeliveryAttempt).filter_by(delivery_id=delivery.id).order_by(DeliveryAttempt.number)
        return [(a.number, a.outcome, a.code) for a in session.scalars(query)]


def outbox() -> list[OutboxEntry]:
    """Read what waits in the outbox."""
    with rows() as session:
        return list(session.scalars(select(OutboxEntry).order_by(OutboxEntry.event_id)))


def relayed() -> list[tuple[str, str, str]]:
    """Relay everything and read what was told."""
    post.relay()
    return told()


def worked() -> None:
    """Do what the workers do when their bells ring."""
    post.relay()
    post.drain()


def queued(
    cast: Cast, count: int = 1, to: Person | None = None, *, at: datetime = DAY, **values: Any
) -> list[Delivery]:
    """Put mails on their way, without the events behind them."""
    person = to or cast.rita
    with rows() as session:
        made = [_delivery(person, at, **values) for _ in range(count)]
        session.add_all(made)
    return made


def _delivery(person: Person, at: datetime, **values: Any) -> Delivery:
    said = {
        "template": "candidate_sourced",
        "subject": "You claimed Maya Okafor",
        "body_text": "Text\n",
        "body_html": "<p>HTML</p>",
        "path": "/candidates",
        "is_secret": False,
        "correlation_id": "correlation-1",
        "state": "queued",
        "attempts": 0,
        "to_address": person.email,
        **values,
    }
    return Delivery(id=new_id(at), event_id=new_id(at), user_id=person.user_id, created_at=at, next_at=at, **said)


def taken(at: datetime | None = None) -> service.Claimed | None:
    """Take the next email in hand as a sender does, now or at a time, and give the others back."""
    with simulated(at) if at else nullcontext():
        actor = post.system()
        held = service.hold_due(actor=actor)
        mail = service.begin(held.popleft(), actor=actor) if held else None
        service.release(held, actor=actor)
        return mail


def change(delivery: Delivery, **values: Any) -> None:
    """Write values of a delivery past the services: what a crash or an operator leaves behind."""
    with rows() as session:
        session.execute(update(Delivery).where(Delivery.id == delivery.id).values(values))


def happened(cast: Cast, **values: Any) -> None:
    """Record an event that causes one mail to rita, about a candidate who is gone."""
    said = {
        "candidate_id": new_id(DAY),
        "recruiter_id": cast.rita.recruiter_id,
        "claim_id": new_id(DAY),
        "source_method": "linkedin",
        "protection_expires_at": DAY.replace(year=2027),
        **values,
    }
    with unit_of_work(cast.actor(cast.rita)) as uow:
        uow.record(CandidateSourced(**said))


def break_event(**payload: Any) -> None:
    """Remove from the payload of all events what their mails need, which no service would write."""
    with rows() as session:
        session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        session.execute(update(MarketplaceEvent).values(payload=payload))


def body(template: str, to: str) -> str:
    """Return the text of a person's mail."""
    return next(d.body_text for d in deliveries(template=template) if d.to_address.startswith(to))
