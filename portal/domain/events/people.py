"""What happens to people and their sessions."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial

from portal.domain.events.base import Event, Kind, event

_mailed = partial(event, notice=Kind.SECURITY)


@event("organisation.added", "Organization added", "A new {kind}.", icon="building")
class OrganisationAdded(Event):
    """A company, an agency or the platform joined the portal; `organisation_id` says which."""

    kind: str


@event("user.added", "Person added", icon="user-plus")
class UserAdded(Event):
    """A person got an account."""

    user_id: uuid.UUID


@_mailed(
    "user.invited",
    "Person invited",
    "As {role:word}; the link expires on {expires_at:day}.",
    icon="mail",
    mails=("invitation",),
)
class UserInvited(Event):
    """A person was invited to set a first password; `reset_id` is the link, `role` their role in the organization."""

    user_id: uuid.UUID
    reset_id: uuid.UUID
    role: str
    expires_at: datetime


@event("user.access_changed", "Account access changed", "{disabled:Closed.|Reopened.}", icon="ban", tone="warn")
class UserAccessChanged(Event):
    """A platform admin closed or reopened an account."""

    user_id: uuid.UUID
    disabled: bool


@event("user.identity_linked", "Identity linked", "Subject {subject} of {issuer}.", icon="link")
class UserIdentityLinked(Event):
    """An identity provider's subject was linked to a person; its tokens now act for them."""

    user_id: uuid.UUID
    issuer: str
    subject: str


@event("user.identity_unlinked", "Identity unlinked", "Subject {subject} of {issuer}.", icon="ban", tone="warn")
class UserIdentityUnlinked(Event):
    """An identity provider's subject was unlinked; its tokens no longer act for the person."""

    user_id: uuid.UUID
    issuer: str
    subject: str


@event("user.profile_changed", "Profile edited", "Changed: {changed:list}.", icon="pencil")
class UserProfileChanged(Event):
    """A person edited their profile; `changed` names the fields."""

    user_id: uuid.UUID
    changed: tuple[str, ...]


@_mailed("user.signed_in", "Signed in", "{new_device:From a new device.|}", icon="key", mails=("new_sign_in",))
class UserSignedIn(Event):
    """A person signed in; `new_device` says that this browser is new."""

    user_id: uuid.UUID
    session_id: uuid.UUID
    new_device: bool


@_mailed(
    "user.password_changed",
    "Password changed",
    "{by_reset:With a reset link.|}",
    icon="key",
    tone="warn",
    mails=("password_changed",),
)
class UserPasswordChanged(Event):
    """A person changed their password; all other sessions ended."""

    user_id: uuid.UUID
    by_reset: bool


@_mailed(
    "user.password_reset_requested",
    "Password reset requested",
    "A link was emailed.",
    icon="key",
    mails=("password_reset",),
)
class UserPasswordResetRequested(Event):
    """Someone asked for a link to set a new password."""

    user_id: uuid.UUID
    reset_id: uuid.UUID


@event("user.session_revoked", "Sessions ended", "{sessions:count session}.", icon="logout")
class UserSessionRevoked(Event):
    """Sessions were ended before they expired."""

    user_id: uuid.UUID
    sessions: int


@_mailed("membership.added", "Member added", "As {role:word}.", icon="user-plus")
class MembershipAdded(Event):
    """A person got a role in an organization; `already` is what another role there had made them: member or invited."""

    user_id: uuid.UUID
    role: str
    already: str = ""


@_mailed(
    "passwords.guessed",
    "Password guessing detected",
    "{tries:count wrong password} from one network in an hour.",
    icon="ban",
    tone="bad",
)
class PasswordsGuessed(Event):
    """Many wrong passwords came from one network; new browsers on it now sign in through an emailed link (ADR 0073)."""

    tries: int


@event("membership.removed", "Member removed", "No longer {role:word}.", icon="user-x", tone="warn")
class MembershipRemoved(Event):
    """A person lost a role in an organization."""

    user_id: uuid.UUID
    role: str
    membership_id: uuid.UUID | None = None  # not in the log of earlier releases


@event("recruiter.added", "Recruiter added", "{recruiter}, {status}.", icon="star")
class RecruiterAdded(Event):
    """A person got a recruiter profile; `organisation_id` is the agency."""

    recruiter_id: uuid.UUID
    user_id: uuid.UUID
    status: str


@event(
    "recruiter.status_changed",
    "Recruiter status changed",
    "{recruiter}: {old} to {new}.",
    icon="user-check",
    tone="warn",
)
class RecruiterStatusChanged(Event):
    """A platform admin changed a recruiter's status."""

    recruiter_id: uuid.UUID
    old: str
    new: str


@event(
    "recruiter.handed_over",
    "Recruiter’s work handed over",
    "To {recruiter}: {claims:count claim}, {proposals:count proposal}, {placements:count placement}.",
    icon="user-check",
    notice=Kind.CANDIDATES,
    mails=("handed_over",),
)
class RecruiterHandedOver(Event):
    """A successor took over from a recruiter who left or is away; `recruiter_id` is the successor."""

    recruiter_id: uuid.UUID
    former_recruiter_id: uuid.UUID
    claims: int
    proposals: int
    placements: int


@event("access_token.changed", "Access token changed", "{change:label}.", icon="key")
class AccessTokenChanged(Event):
    """A personal access token was created or revoked; `change` says which."""

    user_id: uuid.UUID
    token_id: uuid.UUID
    change: str
