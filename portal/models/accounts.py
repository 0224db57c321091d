"""People, organizations, memberships, sessions and recruiters (domain.md §1)."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, false, select, text
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column

from portal.domain.billing.runs import LAST_PAYOUT_DAY
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.people import NumberFormat, RecruiterStatus
from portal.domain.permissions import OrganisationKind, Role
from portal.domain.saved_views import MOST
from portal.models.base import (
    IDENTITY,
    NETWORK,
    Base,
    Identity,
    MaybeMoment,
    MaybeWords,
    Moment,
    Words,
    known_zone,
    one_of,
)

RECRUITER_STATUSES = tuple(RecruiterStatus)
THEMES = ("system", "light", "dark")
CALLED_LIKE_A_HOST = text(r"name ~ '\w\.[A-Za-z]{2}'")  # `Booking.com`: the condition of an index, word by word


class User(Base):
    """A person who signs in, or the system."""

    __tablename__ = "users"
    id: Mapped[Identity]
    email: Mapped[Words]
    name: Mapped[Words]
    password_hash: Mapped[MaybeWords]
    time_zone: Mapped[Words] = mapped_column(server_default="UTC")
    theme: Mapped[Words] = mapped_column(server_default="system")
    number_format: Mapped[Words] = mapped_column(server_default=NumberFormat.AUTOMATIC.value)
    is_system: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[Moment]
    password_changed_at: Mapped[MaybeMoment]
    disabled_at: Mapped[MaybeMoment]
    external_subject: Mapped[MaybeWords]  # "issuer subject" of an external identity provider
    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        Index("uq_users_external_subject", "external_subject", unique=True),
        Index("uq_users_system", "is_system", unique=True, postgresql_where=text("is_system")),
        one_of("theme", THEMES),
        one_of("number_format", NumberFormat),
        known_zone(),
        {"schema": IDENTITY},
    )


class Organisation(Base):
    """A tenant: a company that hires, an agency of recruiters, or the platform."""

    __tablename__ = "organisations"
    id: Mapped[Identity]
    kind: Mapped[Words]
    name: Mapped[Words]
    time_zone: Mapped[Words] = mapped_column(server_default="UTC")
    currency: Mapped[Words] = mapped_column(server_default="USD")
    created_at: Mapped[Moment]
    __table_args__ = (
        one_of("kind", OrganisationKind),
        known_zone(),
        Index("ix_organisations_called_like_a_host", "name", postgresql_where=CALLED_LIKE_A_HOST),
        Index("uq_organisations_platform", "kind", unique=True, postgresql_where=text("kind = 'platform'")),
        {"schema": IDENTITY},
    )


class Membership(Base):
    """A person's role in an organization."""

    __tablename__ = "memberships"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"), index=True)
    role: Mapped[Words]
    created_at: Mapped[Moment]
    invited_as: Mapped[MaybeWords]  # whom a company named, until the person first acts for it
    __table_args__ = (
        one_of("role", Role),
        UniqueConstraint("user_id", "organisation_id", "role"),
        {"schema": IDENTITY},
    )


class UserSession(Base):
    """A signed-in browser; the cookie carries the token, the row its SHA-256."""

    __tablename__ = "user_sessions"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.organisations.id"))
    token_hash: Mapped[Words] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    revoked_at: Mapped[MaybeMoment]
    address: Mapped[Words]
    user_agent: Mapped[Words]
    __table_args__ = ({"schema": IDENTITY},)


class PasswordReset(Base):
    """A link to set a new password: single use, short-lived, void once the password changed."""

    __tablename__ = "password_resets"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    used_at: Mapped[MaybeMoment]
    __table_args__ = ({"schema": IDENTITY},)


class Snooze(Base):
    """A row of the work queue that a person has put off, by its kind and what it is about."""

    __tablename__ = "snoozes"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), primary_key=True)
    kind: Mapped[Words] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    until: Mapped[Moment]
    __table_args__ = ({"schema": IDENTITY},)


class SavedView(Base):
    """Filters and order of a list that a person keeps under a name, for the organization that the person acts for."""

    __tablename__ = "saved_views"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"))
    path: Mapped[Words]  # of the list
    place: Mapped[int]
    name: Mapped[Words]
    query: Mapped[Words]
    __table_args__ = (
        CheckConstraint(f"place BETWEEN 1 AND {MOST}", name="place"),
        CheckConstraint("name <> '' AND query <> ''", name="said"),
        UniqueConstraint("user_id", "organisation_id", "path", "place", name="uq_saved_views_place"),
        Index("uq_saved_views_name", "user_id", "organisation_id", "path", text("lower(name)"), unique=True),
        {"schema": IDENTITY},
    )


class AccessToken(Base):
    """A personal access token of the API: shown once, kept as SHA-256."""

    __tablename__ = "access_tokens"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"))
    name: Mapped[Words]
    token_hash: Mapped[Words] = mapped_column(unique=True)
    prefix: Mapped[Words]
    scope: Mapped[Words]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    last_used_at: Mapped[MaybeMoment]
    revoked_at: Mapped[MaybeMoment]
    __table_args__ = (one_of("scope", ("read", "write", "admin")), {"schema": IDENTITY})


class IdempotencyKey(Base):
    """The first answer to a request that may be sent twice (forms and API), kept for 24 hours."""

    __tablename__ = "idempotency_keys"
    principal: Mapped[Words] = mapped_column(primary_key=True)
    key: Mapped[Words] = mapped_column(primary_key=True)
    fingerprint: Mapped[Words]
    status: Mapped[int]
    location: Mapped[MaybeWords]
    body: Mapped[Words]
    created_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = ({"schema": IDENTITY},)


class Recruiter(Base):
    """The profile of a recruiting user; the domain refers to recruiters, never to users."""

    __tablename__ = "recruiters"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), unique=True)
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.organisations.id"), index=True)
    status: Mapped[Words] = mapped_column(server_default="pending")
    created_at: Mapped[Moment]
    bio: Mapped[Words] = mapped_column(server_default="")
    __table_args__ = (one_of("status", RECRUITER_STATUSES), {"schema": NETWORK})


_platform = aliased(Organisation)


class PlatformSettings(Base):
    """The platform's limits and windows: one row; its time zone is that of its organization."""

    __tablename__ = "platform_settings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    protection_days: Mapped[int] = mapped_column(server_default="365")
    proposal_days: Mapped[int] = mapped_column(server_default="7")
    outreach_per_day: Mapped[int] = mapped_column(server_default="50")
    outreach_per_candidate_week: Mapped[int] = mapped_column(server_default="3")
    checks_per_hour: Mapped[int] = mapped_column(server_default="60")
    mails_per_hour: Mapped[int] = mapped_column(server_default="30")
    payout_days: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default="{1}")
    time_zone: Mapped[str] = column_property(
        select(_platform.time_zone).where(_platform.id == PLATFORM_ORGANISATION_ID).scalar_subquery()
    )
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(
            "protection_days > 0 AND proposal_days > 0 AND outreach_per_day >= 0"
            " AND outreach_per_candidate_week >= 0 AND checks_per_hour >= 0 AND mails_per_hour > 0",
            name="bounds",
        ),
        CheckConstraint(
            f"cardinality(payout_days) > 0 AND 1 <= ALL (payout_days) AND {LAST_PAYOUT_DAY} >= ALL (payout_days)",
            name="payout_days",
        ),
        {"schema": NETWORK},
    )
