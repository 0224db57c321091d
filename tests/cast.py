"""The cast, by name, in every test: who they are and how they sign in (architecture.md, rule 14).

rita sourced the candidate; omar is a rival recruiter; hana (hiring manager) and carl (admin) work for Acme; zoe is the
admin of a rival company and must get 404; pia is the platform's admin.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.ids import PLATFORM_ORGANISATION_ID, new_id
from portal.domain.permissions import Actor, Role
from portal.extensions import db
from portal.models import Membership, Organisation, Recruiter, User, UserSession
from portal.queries.identity import accounts
from tests.checking_client import CheckingClient

PASSWORD = "correct horse battery staple"
DAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """One of the cast."""

    name: str
    user_id: uuid.UUID
    organisation_id: uuid.UUID
    recruiter_id: uuid.UUID | None

    @property
    def email(self) -> str:
        """Return the address."""
        return f"{self.name.lower()}@demo.test"


@dataclass(frozen=True)
class Cast:
    """The six people and the organizations they work for."""

    app: Flask
    rita: Person
    omar: Person
    hana: Person
    carl: Person
    zoe: Person
    pia: Person

    @property
    def acme(self) -> uuid.UUID:
        """Return the company that hires."""
        return self.carl.organisation_id

    @property
    def rival(self) -> uuid.UUID:
        """Return the company that must not see anything of Acme's."""
        return self.zoe.organisation_id

    def actor(self, person: Person) -> Actor:
        """Return the actor that a person is now; needs an application context."""
        actor = accounts.actor_for(person.user_id, person.organisation_id)
        assert actor is not None
        return actor

    def client(self, person: Person | None = None) -> CheckingClient:
        """Return a browser, signed in as `person`; it checks every page that it fetches."""
        client = CheckingClient(self.app, self.app.response_class)
        if person is not None:
            token = sign_in(person)
            with client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = token, True
        return client


def sign_in(person: Person) -> str:
    """Open a session for a person, as the sign-in page does, and give its token."""
    token = secrets.token_urlsafe(32)
    with Session(db.engine) as session, session.begin():
        now = datetime.now(UTC)
        session.add(
            UserSession(
                id=new_id(now),
                user_id=person.user_id,
                organisation_id=person.organisation_id,
                token_hash=accounts.token_hash(token),
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(days=30),
                address="127.0.0.1",
                user_agent="test",
            )
        )
    return token


def assemble(app: Flask) -> Cast:
    """Write the cast into the database; needs an application context."""
    with Session(db.engine) as session, session.begin():
        acme, rival = _organisation(session, "company", "Acme"), _organisation(session, "company", "Rival Corp")
        north, south = (
            _organisation(session, "agency", "North Talent"),
            _organisation(session, "agency", "South Search"),
        )
        return Cast(
            app,
            rita=_person(session, "Rita", north, Role.RECRUITER),
            omar=_person(session, "Omar", south, Role.RECRUITER),
            hana=_person(session, "Hana", acme, Role.HIRING_MANAGER),
            carl=_person(session, "Carl", acme, Role.COMPANY_ADMIN),
            zoe=_person(session, "Zoe", rival, Role.COMPANY_ADMIN),
            pia=_person(session, "Pia", PLATFORM_ORGANISATION_ID, Role.PLATFORM_ADMIN),
        )


def _organisation(session: Session, kind: str, name: str) -> uuid.UUID:
    row = Organisation(id=new_id(DAY), kind=kind, name=name, created_at=DAY)
    session.add(row)
    session.flush()
    return row.id


def _person(session: Session, name: str, organisation_id: uuid.UUID, role: Role) -> Person:
    user = User(
        id=new_id(DAY), email=f"{name.lower()}@demo.test", name=name, created_at=DAY, password_hash="nobody knows it"
    )
    session.add(user)
    session.flush()
    session.add(Membership(id=new_id(DAY), user_id=user.id, organisation_id=organisation_id, role=role, created_at=DAY))
    recruiter_id = None
    if role is Role.RECRUITER:
        recruiter_id = new_id(DAY)
        session.add(
            Recruiter(id=recruiter_id, user_id=user.id, agency_id=organisation_id, status="active", created_at=DAY)
        )
    session.flush()
    return Person(name, user.id, organisation_id, recruiter_id)
