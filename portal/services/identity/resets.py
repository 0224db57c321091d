"""New passwords: changed by their owner, or set through a link that proves the email address (domain.md §1).

A link is `<id>.<proof>`; the proof covers the id and the password's hash, so that nothing secret is stored, and the
link is worthless as soon as the password changed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from portal.domain import people
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import UserInvited, UserPasswordChanged, UserPasswordResetRequested
from portal.domain.ids import SYSTEM_USER_ID
from portal.domain.permissions import Actor, system_actor
from portal.extensions import reading
from portal.models import PasswordReset, User
from portal.runtime import bells
from portal.runtime.clock import now_sql
from portal.services.identity.access_tokens import end_tokens
from portal.services.identity.passwords import hashed, matches
from portal.services.identity.proofs import is_proven, prove
from portal.services.identity.sessions import end_sessions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

RESET_LIFETIME = timedelta(minutes=30)
INVITATION_LIFETIME = timedelta(days=7)
LINKS_AT_ONCE = 8  # all that a mailbox gets while one works, whoever asks; how often one may ask is limited there
PURPOSE = "password-reset"
RESETS = 0x5E7  # of the advisory locks by address: two requests at once count one after the other


@dataclass(frozen=True, slots=True)
class Link:
    """A reset link that works now, and whose password it sets."""

    reset_id: uuid.UUID
    user_id: uuid.UUID
    name: str
    email: str
    password_hash: str | None
    now: datetime


def request_password_reset(email: str) -> None:
    """Send a link to the address if it has an account; who asks learns nothing, also when too many were sent.

    Not even from the time that it takes: where no link may be sent, the same is written and taken back.
    """
    asked = people.folded(email) if email.isprintable() else ""
    account = select(User.id).where(
        func.lower(User.email) == asked, User.disabled_at.is_(None), User.is_system.is_(False)
    )
    user_id, now = reading().execute(select(account.scalar_subquery(), now_sql())).one()
    with unit_of_work(system_actor(now)) as uow:
        uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(asked, RESETS))))
        may_be_sent = _recent(uow, user_id or SYSTEM_USER_ID) < LINKS_AT_ONCE and user_id is not None
        with uow.session.begin_nested() as attempt:
            reset_id = _add_link(uow, user_id or SYSTEM_USER_ID, uow.now + RESET_LIFETIME)
            uow.record(UserPasswordResetRequested(user_id=user_id or SYSTEM_USER_ID, reset_id=reset_id))
            uow.write_events()
            if not may_be_sent:
                attempt.rollback()
    bells.ring(bells.RELAY, enough=bells.ENOUGH)


def _recent(uow: UnitOfWork, user_id: uuid.UUID) -> int:
    since = uow.now - RESET_LIFETIME
    query = select(func.count()).where(PasswordReset.user_id == user_id, PasswordReset.created_at > since)
    return uow.session.scalars(query).one()


def _add_link(uow: UnitOfWork, user_id: uuid.UUID, expires_at: datetime) -> uuid.UUID:
    row = uow.add(PasswordReset(user_id=user_id, expires_at=expires_at))
    return row.id


def invite(uow: UnitOfWork, *, user_id: uuid.UUID, organisation_id: uuid.UUID, role: str) -> uuid.UUID:
    """Send a person without password a link to set one."""
    expires_at = uow.now + INVITATION_LIFETIME
    reset_id = _add_link(uow, user_id, expires_at)
    uow.record(
        UserInvited(
            user_id=user_id, reset_id=reset_id, role=role, expires_at=expires_at, organisation_id=organisation_id
        )
    )
    return reset_id


def reset_token(reset_id: uuid.UUID) -> str:
    """Return what comes after /reset/ in a link; emails ask for it when they are sent."""
    query = (
        select(User.password_hash)
        .join(PasswordReset, PasswordReset.user_id == User.id)
        .where(PasswordReset.id == reset_id)
    )
    kept = reading().execute(query).scalar_one_or_none()
    return f"{reset_id}.{prove(PURPOSE, str(reset_id), kept or '')}"


def usable_link(token: str) -> Link:
    """Return the link that a token names.

    Raises:
        Conflict: it is used, too old, overtaken by another change of the password, or none at all.
    """
    name, _, proof = token.partition(".")
    try:
        reset_id = uuid.UUID(name)
    except ValueError as error:
        raise _dead_link() from error
    now = now_sql()
    query = (
        select(PasswordReset.id, User.id, User.name, User.email, User.password_hash, now)
        .join(User, User.id == PasswordReset.user_id)
        .where(
            PasswordReset.id == reset_id,
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
            User.disabled_at.is_(None),
        )
    )
    row = reading().execute(query).one_or_none()
    link = Link(*row) if row is not None else None
    if link is None or not is_proven(proof, PURPOSE, str(reset_id), link.password_hash or ""):
        raise _dead_link()
    return link


def _dead_link() -> Conflict:
    return Conflict("This link has expired or was already used. Request a new one.", code="LINK_EXPIRED")


def reset_password(token: str, new: str) -> uuid.UUID:
    """Set the password of whoever has the link, end all sessions and access tokens, and return the person's id.

    Raises:
        InvalidInput: the password cannot be.
        Conflict: the link does not work any more.
    """
    link = usable_link(token)
    people.check_password(new, email=link.email, person=link.name, name="new")
    kept = hashed(new)
    with unit_of_work(Actor(link.user_id, link.name, link.now)) as uow:
        used = uow.session.scalars(
            update(PasswordReset)
            .where(
                PasswordReset.id == link.reset_id, PasswordReset.used_at.is_(None), PasswordReset.expires_at > uow.now
            )
            .values(used_at=uow.now)
            .returning(PasswordReset.id)
        ).one_or_none()
        if used is None or not _set_password(uow, link.user_id, link.password_hash, kept):
            raise _dead_link()
        end_sessions(uow, link.user_id)
        end_tokens(uow, link.user_id, "the password was reset")
        uow.record(UserPasswordChanged(user_id=link.user_id, by_reset=True))
    return link.user_id


def change_password(*, actor: Actor, current: str, new: str) -> int:
    """Set one's own password, end one's other sessions, and count those.

    Raises:
        InvalidInput: the present password is wrong, or the new one cannot be.
        Conflict: the password was changed elsewhere at the same moment.
    """
    before = reading().execute(select(User.password_hash).where(User.id == actor.user_id)).scalar_one()
    if not matches(current, before):
        raise InvalidInput.field("current", "This is not your current password.")
    people.check_password(new, email=actor.email, person=actor.name, name="new")
    kept = hashed(new)
    with unit_of_work(actor) as uow:
        if not _set_password(uow, actor.user_id, before, kept):
            raise Conflict("Your password was just changed elsewhere. Sign in again.")
        ended = end_sessions(uow, actor.user_id, but=actor.session_id)
        uow.record(UserPasswordChanged(user_id=actor.user_id, by_reset=False))
    return ended


def _set_password(uow: UnitOfWork, user_id: uuid.UUID, before: str | None, kept: str) -> bool:
    """Write a password over the one that was checked, and tell whether that one was still in force."""
    changed = uow.session.scalars(
        update(User)
        .where(User.id == user_id, User.password_hash.is_not_distinct_from(before), User.disabled_at.is_(None))
        .values(password_hash=kept, password_changed_at=uow.now)
        .returning(User.id)
    ).one_or_none()
    return changed is not None
