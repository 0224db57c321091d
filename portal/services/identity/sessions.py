"""Sessions on the server: the cookie carries a token, the row its hash; a revoked row makes every copy worthless."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, true, update
from sqlalchemy.orm import Session

from portal import access
from portal.domain.errors import InvalidInput, NotFound, NotPermitted, existing
from portal.domain.events import UserSessionRevoked, UserSignedIn
from portal.domain.people import folded
from portal.domain.permissions import Actor, Permission
from portal.extensions import DATABASE_AWAY, db, reading
from portal.models import Membership, PasswordReset, User, UserSession
from portal.queries.identity.accounts import token_hash
from portal.runtime.clock import now_sql
from portal.services.identity.passwords import matches
from portal.services.identity.proofs import is_proven, prove
from portal.services.machinery import once, rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

log = logging.getLogger(__name__)
LIFETIME = timedelta(days=30)
KEPT_AFTER_END = timedelta(days=30)
ADDRESS_LENGTH, USER_AGENT_LENGTH = 64, 300
DEVICE = "device"


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """A fresh session: the token for the cookie, and the proof that this browser is known from now on."""

    token: str
    actor: Actor
    device: str
    new_device: bool


def sign_in(
    email: str, password: str, *, address: str, user_agent: str, devices: Iterable[str] = ()
) -> SignedInSession:
    """Open a session for whoever knows the password; `devices` are the proofs that this browser has.

    Raises:
        InvalidInput: unknown address, wrong password or closed account; nobody learns which.
    """
    person, actor, is_invited = _account(email)
    if not matches(password, person) or actor is None:
        log.warning("sign_in_failed", extra={"address": address})
        raise _refusal()
    token = secrets.token_urlsafe(32)
    new_device = not is_known(devices, email)
    with unit_of_work(actor) as uow:
        _still(uow, actor.user_id, person)
        session_id = _open(uow, token, address=address, user_agent=user_agent)
        if is_invited:
            accept_invitation(uow, actor.user_id, actor.organisation_id)
        uow.record(UserSignedIn(user_id=actor.user_id, session_id=session_id, new_device=new_device))
    return SignedInSession(token, actor, known_from_now(email), new_device)


def _open(uow: UnitOfWork, token: str, *, address: str, user_agent: str) -> uuid.UUID:
    """Write the session that the token opens and return its id."""
    row = UserSession(
        user_id=uow.actor.user_id,
        organisation_id=uow.actor.organisation_id,
        token_hash=token_hash(token),
        last_seen_at=uow.now,
        expires_at=uow.now + LIFETIME,
        address=address[:ADDRESS_LENGTH],
        user_agent=_printable(user_agent),
    )
    uow.add(row)
    return row.id


def known_from_now(email: str) -> str:
    """Return the proof that a browser has signed in to this address, or has had a link from its mailbox."""
    return prove(DEVICE, folded(email))


def is_known(devices: Iterable[str], email: str) -> bool:
    """Return whether a browser with these proofs has signed in to this address before."""
    return any(is_proven(device, DEVICE, folded(email)) for device in devices)


def _account(email: str) -> tuple[str | None, Actor | None, bool]:
    """Return the kept password of an open account, who it makes for the organization joined first, and if invited."""
    first = (
        select(Membership.organisation_id)
        .where(Membership.user_id == User.id)
        .order_by(Membership.created_at, Membership.id)
        .limit(1)
        .scalar_subquery()
    )
    invited = exists().where(Membership.user_id == User.id, Membership.invited_as.is_not(None))
    account = (User.id, User.name, User.password_hash, now_sql().label("now"))
    query = select(*account, first.label("organisation_id"), invited.label("is_invited")).where(
        func.lower(User.email) == folded(email), User.disabled_at.is_(None)
    )
    row = reading().execute(query).one_or_none() if _printable(email) == email else None
    if row is None:
        return None, None, False
    return row.password_hash, Actor(row.id, row.name, row.now, organisation_id=row.organisation_id), row.is_invited


def _refusal() -> InvalidInput:
    return InvalidInput("Incorrect email or password.", code="SIGN_IN_FAILED")


def _still(uow: UnitOfWork, user_id: uuid.UUID, password_hash: str | None) -> None:
    """Refuse when the password changed or the account closed while the password was being checked."""
    query = (
        select(User.id)
        .where(User.id == user_id, User.password_hash == password_hash, User.disabled_at.is_(None))
        .with_for_update(read=True)
    )
    if uow.session.scalars(query).one_or_none() is None:
        raise _refusal()


def _printable(text: str) -> str:
    return "".join(c for c in text[:USER_AGENT_LENGTH] if c.isprintable())


def touch_session(session_id: uuid.UUID) -> None:
    """Write that a session was seen now; a database that takes no changes keeps nobody from reading."""
    with suppress(*DATABASE_AWAY), Session(db.engine) as session, session.begin():
        session.execute(update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now_sql()))


def switch_organisation(organisation_id: uuid.UUID, *, actor: Actor) -> str:
    """Act for another of one's organizations and return the session's new token; the old one is dead.

    Raises:
        NotFound: the person is not a member there.
        NotPermitted: there is no session to switch, as with an access token.
    """
    if actor.session_id is None:
        raise NotPermitted("You can switch organizations only in a signed-in browser.")
    token = secrets.token_urlsafe(32)
    member = exists().where(Membership.user_id == actor.user_id, Membership.organisation_id == organisation_id)
    with unit_of_work(actor) as uow:
        existing(
            uow.session.scalars(
                update(UserSession)
                .where(UserSession.id == actor.session_id, UserSession.revoked_at.is_(None), member)
                .values(organisation_id=organisation_id, token_hash=token_hash(token))
                .returning(UserSession.id)
            ).one_or_none()
        )
        accept_invitation(uow, actor.user_id, organisation_id)
    return token


def accept_invitation(uow: UnitOfWork, user_id: uuid.UUID, organisation_id: uuid.UUID | None) -> None:
    """Show the person under the account's own name, now that the person acts for the organization."""
    mine = (Membership.user_id == user_id, Membership.organisation_id == organisation_id)
    uow.session.execute(update(Membership).where(*mine, Membership.invited_as.is_not(None)).values(invited_as=None))


def sign_out(actor: Actor) -> None:
    """End the session that the actor came with; a second click finds it ended, which is what it wanted.

    Raises:
        NotPermitted: there is no session to end, as with an access token.
    """
    if actor.session_id is None:
        raise NotPermitted("You can sign out only in a signed-in browser.")
    with unit_of_work(actor) as uow:
        end_sessions(uow, actor.user_id, only=actor.session_id)


def revoke_session(session_id: uuid.UUID, *, actor: Actor) -> None:
    """End one of one's own sessions; ending it twice changes nothing."""
    own = exists().where(UserSession.id == session_id, UserSession.user_id == actor.user_id)
    with unit_of_work(actor) as uow:
        if not end_sessions(uow, actor.user_id, only=session_id) and not uow.session.scalars(select(own)).one():
            raise NotFound()


def revoke_other_sessions(*, actor: Actor) -> int:
    """End all of one's own sessions but the present one, and count them."""
    with unit_of_work(actor) as uow:
        return end_sessions(uow, actor.user_id, but=actor.session_id)


def end_sessions(
    uow: UnitOfWork, user_id: uuid.UUID, *, only: uuid.UUID | None = None, but: uuid.UUID | None = None
) -> int:
    """End a person's sessions, or only one, or all but one, and count them."""
    query = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if only is not None:
        query = query.where(UserSession.id == only)
    if but is not None:
        query = query.where(UserSession.id != but)
    ended = len(uow.session.scalars(query.values(revoked_at=uow.now).returning(UserSession.id)).all())
    if ended:
        uow.record(UserSessionRevoked(user_id=user_id, sessions=ended))
    return ended


def forget_expired(*, actor: Actor) -> int:
    """Delete sessions and reset links that ended a month ago and idempotency keys of yesterday, and count them."""
    access.require(actor, Permission.USERS_ADMINISTER)
    steps = (partial(_forget, UserSession), partial(_forget, PasswordReset), _forget_keys)
    return rounds.one_after_the_other(partial(step, actor) for step in steps)


def _forget(model: type[UserSession | PasswordReset], actor: Actor) -> int:
    ends = (UserSession.expires_at, UserSession.revoked_at) if model is UserSession else (PasswordReset.expires_at,)

    def over(uow: UnitOfWork) -> ColumnElement[bool]:
        return or_(*(end <= uow.now - KEPT_AFTER_END for end in ends))

    def due(uow: UnitOfWork) -> Ids:
        return uow.session.scalars(select(model.id).where(over(uow)).order_by(model.id)).all()

    def some(uow: UnitOfWork, ids: Ids | None) -> Ids:
        named = true() if ids is None else model.id.in_(ids)
        return uow.session.scalars(delete(model).where(over(uow), named).returning(model.id)).all()

    return sum(map(len, rounds.in_chunks(some, due, size=None, actor=actor)))


def _forget_keys(actor: Actor) -> int:
    with unit_of_work(actor) as uow:
        return once.forget_old(uow.session, uow.now)
