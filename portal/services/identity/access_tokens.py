"""Personal access tokens of the API: shown once, kept as SHA-256, bound to an organization, revocable."""

from __future__ import annotations

import secrets
import uuid
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal import access
from portal.domain.errors import Conflict, InvalidInput, NotPermitted, existing
from portal.domain.events import AccessTokenChanged
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.texts import clean
from portal.extensions import DATABASE_AWAY, db
from portal.models import AccessToken, User
from portal.queries.identity.accounts import token_hash
from portal.runtime.clock import now_sql
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

PREFIX = "spl_"
SHOWN = 12
MAX_DAYS = 365
MAX_LIVE = 20
NAME_MOST = 80
SCOPES = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token; `token` is never to be seen again."""

    id: uuid.UUID
    token: str


def new_token() -> str:
    """Make a token: a prefix that scanners know, 256 random bits, and a checksum."""
    body = PREFIX + secrets.token_urlsafe(32)
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def issue(*, actor: Actor, name: str, scope: str, days: int) -> IssuedToken:
    """Create a token for the acting person and organization.

    Raises:
        InvalidInput: name, scope or lifetime are out of bounds.
        NotPermitted: only a platform admin may carry the scope admin.
        Conflict: there are too many live tokens.
    """
    access.require(actor, Permission.ACCOUNT_USE)
    name = clean("name", name, most=NAME_MOST, least=1)
    _check(actor, scope, days)
    token = new_token()
    with unit_of_work(actor) as uow:
        _check_room(uow)
        row = AccessToken(
            user_id=actor.user_id,
            organisation_id=actor.organisation_id,
            name=name,
            token_hash=token_hash(token),
            prefix=token[:SHOWN],
            scope=scope,
            expires_at=uow.now + timedelta(days=days),
        )
        uow.add(row)
        uow.record(AccessTokenChanged(user_id=actor.user_id, token_id=row.id, change=f"created with scope {scope}"))
    return IssuedToken(row.id, token)


def _check_room(uow: UnitOfWork) -> None:
    """Refuse one token more than a person may have at a time; the lock makes two at once count one after the other."""
    uow.session.execute(select(User.id).where(User.id == uow.actor.user_id).with_for_update(key_share=True))
    token = AccessToken
    own = (token.user_id == uow.actor.user_id, token.revoked_at.is_(None), token.expires_at > uow.now)
    if uow.session.scalars(select(func.count()).where(*own)).one() >= MAX_LIVE:
        raise Conflict(f"You have {MAX_LIVE} active tokens. Revoke one first.", code="TOO_MANY_TOKENS")


def scopes_of(actor: Actor) -> tuple[str, ...]:
    """Return the scopes that the actor may hand out; `admin` is for the changes of platform admins."""
    return SCOPES if Role.PLATFORM_ADMIN in actor.roles else SCOPES[:2]


def _check(actor: Actor, scope: str, days: int) -> None:
    if scope not in SCOPES:
        raise InvalidInput.field("scope", f"Choose one of {', '.join(SCOPES)}.")
    if scope not in scopes_of(actor):
        raise NotPermitted("Only platform admins can create tokens with the admin scope.")
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput.field("days", f"Choose 1 to {MAX_DAYS} days.")


def revoke(token_id: uuid.UUID, *, actor: Actor) -> None:
    """End one of the person's own tokens; ending it twice changes nothing."""
    with unit_of_work(actor) as uow:
        own = select(AccessToken).where(AccessToken.id == token_id, AccessToken.user_id == actor.user_id)
        row = existing(uow.session.scalars(own.with_for_update()).one_or_none())
        if row.revoked_at is None:
            row.revoked_at = uow.now
            uow.record(AccessTokenChanged(user_id=actor.user_id, token_id=row.id, change="revoked"))


def end_tokens(uow: UnitOfWork, user_id: uuid.UUID, why: str) -> None:
    """End all live tokens of a person, whose account may be in other hands or is closed."""
    ended = uow.session.scalars(
        update(AccessToken)
        .where(AccessToken.user_id == user_id, AccessToken.revoked_at.is_(None), AccessToken.expires_at > uow.now)
        .values(revoked_at=uow.now)
        .returning(AccessToken.id)
    )
    for token_id in ended:
        uow.record(AccessTokenChanged(user_id=user_id, token_id=token_id, change=f"revoked, {why}"))


def touch(token_id: uuid.UUID) -> None:
    """Write that a token was used now; a database that takes no changes keeps nobody from reading."""
    with suppress(*DATABASE_AWAY), Session(db.engine) as session, session.begin():
        session.execute(update(AccessToken).where(AccessToken.id == token_id).values(last_used_at=now_sql()))
