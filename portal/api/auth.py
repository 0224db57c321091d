"""Bearer authentication of the API: personal access tokens and JWTs; the session cookie does not count here."""

from __future__ import annotations

import logging

from flask import Request, request

from portal.api import jwt
from portal.domain.errors import NotPermitted, NotSignedIn
from portal.domain.permissions import Actor, Role
from portal.extensions import login
from portal.policy import SignedIn, current_actor
from portal.queries.identity.access_tokens import actor_of_subject, token_state
from portal.requests import programs
from portal.services.identity import access_tokens

log = logging.getLogger(__name__)
READING = {"GET", "HEAD", "OPTIONS"}


def load_bearer(sent: Request) -> SignedIn | None:
    """Return who a request under /api comes from, or nobody when it has no credentials.

    Raises:
        NotSignedIn: there are credentials, and they are wrong.
    """
    if not sent.path.startswith(programs.API):
        return None
    header = sent.headers.get("Authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NotSignedIn("Send the header Authorization: Bearer followed by a token.", code="BAD_TOKEN")
    actor = _by_access_token(token) if token.startswith(access_tokens.PREFIX) else _by_jwt(token.strip())
    return SignedIn(actor, "")


login.request_loader(load_bearer)


def _by_access_token(token: str) -> Actor:
    state = token_state(token.strip())
    if state is None:
        raise NotSignedIn("This token is unknown, expired or revoked.", code="BAD_TOKEN")
    if state.use_is_stale:
        access_tokens.touch(state.token_id)
    return state.actor


def _by_jwt(token: str) -> Actor:
    issuer, subject = jwt.subject_of(token)
    actor = actor_of_subject(issuer, subject)
    if actor is None:  # what an admin links is the subject, which people seldom know of themselves
        log.warning("bearer_refused", extra={"reason": "no user of this subject", "issuer": issuer, "subject": subject})
        raise NotSignedIn("This token doesn’t belong to a portal user.", code="UNKNOWN_SUBJECT")
    return actor


def check_scope() -> None:
    """Refuse what the token's scope does not cover: changes need write, the platform's own need admin."""
    actor = current_actor()
    needed = "read" if request.method in READING else "write"
    if needed == "write" and Role.PLATFORM_ADMIN in actor.roles:
        needed = "admin"
    if needed not in actor.scopes:
        raise NotPermitted(f"This token needs the {needed} scope.", code="SCOPE_MISSING", details={"scope": needed})
