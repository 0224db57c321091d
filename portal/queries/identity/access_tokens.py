"""Who a bearer token stands for, and the list of a person's tokens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import AccessToken, Organisation, Recruiter, User
from portal.queries.identity.accounts import actor_columns, first_actor, to_actor, token_hash
from portal.queries.prepared import ask
from portal.runtime.clock import kept_now, simulation

USED_AGAIN_AFTER = timedelta(minutes=5)
IMPLIED = {"read": ("read",), "write": ("read", "write"), "admin": ("read", "write", "admin")}


@dataclass(frozen=True, slots=True)
class TokenState:
    """The actor of a live token and whether its last use is due to be written."""

    token_id: uuid.UUID
    actor: Actor
    use_is_stale: bool


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token as its owner sees it; the token itself is not kept."""

    id: uuid.UUID
    name: str
    prefix: str
    scope: str
    organisation_name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    live: bool


def token_state(token: str) -> TokenState | None:
    """Return the actor of a live token, or None when it is unknown, over, revoked, or its user disabled."""
    row = ask(_live_token(), {"token": token_hash(token), **simulation()}).one_or_none()
    if row is None:
        return None
    actor = replace(to_actor(row), scopes=frozenset(IMPLIED[row.scope]))
    stale = row.last_used_at is None or row.now - row.last_used_at > USED_AGAIN_AFTER
    return TokenState(row.token_id, actor, stale)


@lru_cache
def _live_token() -> Select[*tuple[Any, ...]]:
    """Build what every request of the API asks once, as accounts does for pages."""
    now = kept_now()
    return (
        actor_columns(now)
        .add_columns(AccessToken.id.label("token_id"), AccessToken.scope, AccessToken.last_used_at)
        .select_from(AccessToken)
        .join(User, User.id == AccessToken.user_id)
        .join(Organisation, Organisation.id == AccessToken.organisation_id)
        .outerjoin(Recruiter, Recruiter.user_id == User.id)
        .where(
            AccessToken.token_hash == bindparam("token"),
            AccessToken.revoked_at.is_(None),
            AccessToken.expires_at > now,
            User.disabled_at.is_(None),
        )
    )


def actor_of_subject(issuer: str, subject: str) -> Actor | None:
    """Return the actor of an identity provider's subject, in the organization joined first; never by e-mail."""
    return first_actor(User.external_subject == func.concat(issuer, " ", subject))


def tokens_of(viewer: Actor) -> tuple[TokenLine, ...]:
    """List the person's own tokens, newest first."""
    t = AccessToken
    live = t.revoked_at.is_(None) & (t.expires_at > viewer.now)
    query = (
        select(t.id, t.name, t.prefix, t.scope, Organisation.name, t.created_at, t.expires_at, t.last_used_at)
        .add_columns(t.revoked_at, live)
        .join(Organisation, Organisation.id == t.organisation_id)
        .where(t.user_id == viewer.user_id)
        .order_by(t.id.desc())
        .limit(100)
    )
    return tuple(TokenLine(*row) for row in reading().execute(query))
