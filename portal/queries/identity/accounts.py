"""Who acts: one query from the token of a session to the actor with the roles of now."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, Select, Uuid, and_, bindparam, case, exists, func, select
from sqlalchemy.dialects.postgresql import array_agg

from portal.domain.contacts import email_key
from portal.domain.devices import device_words
from portal.domain.people import folded
from portal.domain.permissions import ROLE_LABELS, Actor, Role
from portal.extensions import reading
from portal.models import Membership, Organisation, Recruiter, User, UserSession
from portal.queries.identity.shell import ShellCounts, counts
from portal.queries.prepared import ask
from portal.runtime import clock

SEEN_AGAIN_AFTER = timedelta(minutes=5)
IDLE_AFTER = timedelta(days=7)
SESSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class SessionState:
    """The actor of a session, whether its last-seen time is due to be written, and the frame's counts if asked."""

    actor: Actor
    theme: str
    seen_is_stale: bool
    counts: ShellCounts | None


@dataclass(frozen=True, slots=True)
class OrganisationChoice:
    id: uuid.UUID
    name: str
    role_label: str
    current: bool


@dataclass(frozen=True, slots=True)
class SessionView:
    """One signed-in browser as its owner sees it."""

    id: uuid.UUID
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool

    @property
    def device(self) -> str:
        return device_words(self.user_agent)


@dataclass(frozen=True, slots=True)
class AccountView:
    """What a person may change about their account."""

    name: str
    email: str
    time_zone: str
    theme: str
    password_changed_at: datetime | None
    sessions: tuple[SessionView, ...]

    @property
    def others(self) -> int:
        """Count the sessions besides the present one."""
        return sum(not s.current for s in self.sessions)


def token_hash(token: str) -> str:
    """Return what is kept of a token: the hex SHA-256; tokens have too much entropy to need a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_columns(now: ColumnElement[datetime]) -> Select[*tuple[Any, ...]]:
    """Select the person, the organization acted for, the roles held there and the recruiter profile."""
    roles = (
        select(array_agg(Membership.role))
        .where(Membership.user_id == User.id, Membership.organisation_id == Organisation.id)
        .correlate(User, Organisation)
        .scalar_subquery()
    )
    return select(
        User.id.label("user_id"),
        User.name,
        User.email,
        User.time_zone,
        User.theme,
        User.number_format,
        Organisation.id.label("organisation_id"),
        Organisation.name.label("organisation_name"),
        roles.label("roles"),
        Recruiter.id.label("recruiter_id"),
        Recruiter.status.label("recruiter_status"),
        now.label("now"),
    )


def to_actor(row: Row[*tuple[Any, ...]], *, session_id: uuid.UUID | None = None) -> Actor:
    """Make the actor of a row of `actor_columns`; without a membership left there are no roles."""
    roles = frozenset(Role(role) for role in row.roles or ())
    recruits = Role.RECRUITER in roles
    return Actor(
        row.user_id,
        row.name,
        row.now,
        roles=roles,
        organisation_id=row.organisation_id if roles else None,
        organisation_name=row.organisation_name or "",
        recruiter_id=row.recruiter_id if recruits else None,
        recruiter_active=recruits and row.recruiter_status == "active",
        session_id=session_id,
        email=row.email,
        mailbox=email_key(row.email),
        time_zone=row.time_zone,
        number_format=row.number_format,
    )


def session_state(token: str, *, framed: bool = False) -> SessionState | None:
    """Return the actor of a live session, or None when it is unknown, over, revoked, or its user disabled.

    With `framed`, what the frame of a page counts comes in the same answer.
    """
    query = _session_statement(framed=framed)
    row = ask(query, {"token_hash": token_hash(token), **clock.simulation()}).one_or_none()
    if row is None:
        return None
    stale = row.now - row.last_seen_at > SEEN_AGAIN_AFTER
    counts = ShellCounts(row.unread, row.open_proposals, row.memberships, row.views) if framed else None
    return SessionState(to_actor(row, session_id=row.session_id), row.theme, stale, counts)


@lru_cache
def _session_statement(*, framed: bool) -> Select[*tuple[Any, ...]]:
    """Build what every request asks once: building it costs more than the answer."""
    now = clock.kept_now()
    query = (
        actor_columns(now)
        .add_columns(UserSession.id.label("session_id"), UserSession.last_seen_at)
        .select_from(UserSession)
        .join(User, User.id == UserSession.user_id)
        .outerjoin(Organisation, Organisation.id == UserSession.organisation_id)
        .outerjoin(Recruiter, Recruiter.user_id == User.id)
        .where(
            UserSession.token_hash == bindparam("token_hash"),
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - IDLE_AFTER,
            User.disabled_at.is_(None),
        )
    )
    return query.add_columns(*_counted()) if framed else query


def _counted() -> Iterator[Label[int]]:
    """Return the counts of the frame for the person, organization and recruiter of the query around them."""
    recruits = exists().where(
        Membership.user_id == User.id, Membership.organisation_id == Organisation.id, Membership.role == Role.RECRUITER
    )
    recruiter = case((recruits.correlate(User, Organisation), Recruiter.id))
    columns = counts(User.id, organisation=Organisation.id, recruiter=recruiter)
    return (column.label(field.name) for column, field in zip(columns, fields(ShellCounts), strict=True))


def session_owner(token: str) -> uuid.UUID | None:
    """Return whose session this is or was, or None when it is unknown."""
    query = select(UserSession.user_id).where(UserSession.token_hash == token_hash(token))
    return reading().execute(query).scalar_one_or_none()


def actor_for(user_id: uuid.UUID, organisation_id: uuid.UUID) -> Actor | None:
    """Return the actor that a person is in an organization; for tokens, commands and simulations."""
    who = {"user": user_id, "organisation": organisation_id}
    row = ask(_person_statement(), {**who, **clock.simulation()}).one_or_none()
    return to_actor(row) if row is not None else None


@lru_cache
def _person_statement() -> Select[*tuple[Any, ...]]:
    return (
        actor_columns(clock.kept_now())
        .select_from(User)
        .join(Organisation, Organisation.id == bindparam("organisation", type_=Uuid()))
        .outerjoin(Recruiter, Recruiter.user_id == User.id)
        .where(User.id == bindparam("user"), User.disabled_at.is_(None))
    )


def actor_by_email(email: str) -> Actor | None:
    return first_actor(func.lower(User.email) == folded(email))


def first_actor(person: ColumnElement[bool]) -> Actor | None:
    """Return the actor that a person is in the organization joined first."""
    query = select(User.id, Membership.organisation_id).join(Membership, Membership.user_id == User.id).where(person)
    row = reading().execute(query.order_by(Membership.created_at, Membership.id).limit(1)).one_or_none()
    return actor_for(row.id, row.organisation_id) if row is not None else None


def organisation_choices(actor: Actor) -> tuple[OrganisationChoice, ...]:
    """List the organizations that the person may act for, by name."""
    query = (
        select(
            Organisation.id,
            Organisation.name,
            array_agg(Membership.role).label("roles"),
        )
        .join(Membership, and_(Membership.organisation_id == Organisation.id, Membership.user_id == actor.user_id))
        .group_by(Organisation.id)
        .order_by(Organisation.name)
    )
    return tuple(
        OrganisationChoice(row.id, row.name, role_label(row.roles), row.id == actor.organisation_id)
        for row in reading().execute(query)
    )


def account(viewer: Actor) -> AccountView:
    """Return the viewer's own account with the sessions that are open now, latest seen first."""
    query = select(User.theme, User.password_changed_at).where(User.id == viewer.user_id)
    row = reading().execute(query).one()
    return AccountView(viewer.name, viewer.email, viewer.time_zone, *row, _open_sessions(viewer))


def _open_sessions(viewer: Actor) -> tuple[SessionView, ...]:
    s = UserSession
    query = (
        select(s.id, s.user_agent, s.address, s.created_at, s.last_seen_at, s.id == viewer.session_id)
        .where(
            s.user_id == viewer.user_id,
            s.revoked_at.is_(None),
            s.expires_at > viewer.now,
            s.last_seen_at > viewer.now - IDLE_AFTER,
        )
        .order_by(s.last_seen_at.desc(), s.id.desc())
        .limit(SESSIONS_SHOWN)
    )
    return tuple(SessionView(*row) for row in reading().execute(query))


def role_label(roles: list[str] | frozenset[Role]) -> str:
    return ", ".join(ROLE_LABELS[Role(role)] for role in sorted(roles)) or "No role"


def database_now() -> datetime:
    """Return the database's time, for entry points without a session."""
    return clock.read(reading())
