"""What tests of accounts share: passwords for the cast, signing in through the service, the log read back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import MarketplaceEvent, User, UserSession
from portal.queries.admin import people
from portal.services.identity import resets, sessions
from tests.cast import PASSWORD, Cast, Person
from tests.checking_client import CheckingClient


def written(type_: str) -> list[dict[str, Any]]:
    """Return the payloads of the events of a type, oldest first."""
    query = select(MarketplaceEvent.payload).where(MarketplaceEvent.type == type_).order_by(MarketplaceEvent.id)
    with Session(db.engine) as session:
        return list(session.scalars(query))


def link_for(email: str) -> str:
    """Ask for a reset link and give the token that its mail would carry."""
    resets.request_password_reset(email)
    return resets.reset_token(uuid.UUID(written("user.password_reset_requested")[-1]["reset_id"]))


def give_password(person: Person, *, kept: str | None = None) -> None:
    """Set a person's password to that of the cast, or store `kept` where its hash would stand."""
    resets.reset_password(link_for(person.email), PASSWORD)
    if kept is not None:
        with Session(db.engine) as session, session.begin():
            session.execute(update(User).where(User.id == person.user_id).values(password_hash=kept))


def sign_in(
    person: Person, *, email: str = "", user_agent: str = "test", devices: Iterable[str] = ()
) -> sessions.SignedInSession:
    """Sign a person in through the service."""
    return sessions.sign_in(
        email or person.email, PASSWORD, address="192.0.2.1", user_agent=user_agent, devices=devices
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of both engines."""
    seen: list[str] = []
    with before_statements(seen.append):
        yield seen


@contextmanager
def before_statements(do: Callable[[str], object]) -> Iterator[None]:
    """Let something be done with each SQL statement of both engines before it is sent."""

    def listener(*args: Any) -> None:
        do(args[2])

    engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listener)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listener)


def signed_in_on(cast: Cast, person: Person, at: datetime) -> CheckingClient:
    """Return the browser of a person who signed in at a simulated time."""
    client = cast.client(person)
    with Session(db.engine) as session, session.begin():
        seen = {"created_at": at, "last_seen_at": at, "expires_at": at + timedelta(days=30)}
        session.execute(update(UserSession).where(UserSession.user_id == person.user_id).values(seen))
    return client


def membership(cast: Cast, person: Person) -> uuid.UUID:
    """Return the membership that a person has from the cast."""
    return people.person(person.user_id, viewer=cast.actor(cast.pia)).memberships[0].id
