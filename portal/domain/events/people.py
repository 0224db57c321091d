"""What happens to people and their sessions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portal.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class OrganisationAdded(Event):
    """A company, an agency or the platform entered the portal; `organisation_id` says which."""

    type: ClassVar[str] = "organisation.added"
    kind: str


@dataclass(frozen=True, kw_only=True)
class UserAdded(Event):
    """A person got an account."""

    type: ClassVar[str] = "user.added"
    user_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class UserInvited(Event):
    """A person was asked to set a first password; `reset_id` is the link, `role` the one in the organisation."""

    type: ClassVar[str] = "user.invited"
    user_id: uuid.UUID
    reset_id: uuid.UUID
    role: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class UserAccessChanged(Event):
    """A platform admin closed or opened an account."""

    type: ClassVar[str] = "user.access_changed"
    user_id: uuid.UUID
    disabled: bool


@dataclass(frozen=True, kw_only=True)
class UserProfileChanged(Event):
    """A person edited the own profile; `changed` names the fields."""

    type: ClassVar[str] = "user.profile_changed"
    user_id: uuid.UUID
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class UserSignedIn(Event):
    """A person signed in; `new_device` says that this browser was not seen before."""

    type: ClassVar[str] = "user.signed_in"
    user_id: uuid.UUID
    session_id: uuid.UUID
    new_device: bool


@dataclass(frozen=True, kw_only=True)
class UserPasswordChanged(Event):
    """A person changed the password; all other sessions ended."""

    type: ClassVar[str] = "user.password_changed"
    user_id: uuid.UUID
    by_reset: bool


@dataclass(frozen=True, kw_only=True)
class UserPasswordResetRequested(Event):
    """Somebody asked for a link to set a new password."""

    type: ClassVar[str] = "user.password_reset_requested"
    user_id: uuid.UUID
    reset_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class UserSessionRevoked(Event):
    """A session ended before its time."""

    type: ClassVar[str] = "user.session_revoked"
    user_id: uuid.UUID
    sessions: int


@dataclass(frozen=True, kw_only=True)
class MembershipAdded(Event):
    """A person got a role in an organisation."""

    type: ClassVar[str] = "membership.added"
    user_id: uuid.UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class MembershipRemoved(Event):
    """A person lost a role in an organisation."""

    type: ClassVar[str] = "membership.removed"
    user_id: uuid.UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class RecruiterAdded(Event):
    """A person got a recruiter's profile; `organisation_id` is the agency."""

    type: ClassVar[str] = "recruiter.added"
    recruiter_id: uuid.UUID
    user_id: uuid.UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class RecruiterStatusChanged(Event):
    """A platform admin changed a recruiter's status."""

    type: ClassVar[str] = "recruiter.status_changed"
    recruiter_id: uuid.UUID
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class AccessTokenChanged(Event):
    """A personal access token was created or revoked; `change` says which."""

    type: ClassVar[str] = "access_token.changed"
    user_id: uuid.UUID
    token_id: uuid.UUID
    change: str
