"""The event log, its outbox, deliveries and notices (domain.md §7, §8, §11)."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import (
    NETWORK,
    OUTBOX,
    Base,
    Identity,
    JsonObject,
    MaybeMoment,
    MaybeWords,
    Moment,
    Words,
    one_of,
)

CHECKPOINT_KINDS = ("head", "verified", "rechecked", "restored")
DELIVERY_STATES = ("queued", "sending", "sent", "dead", "folded")


class MarketplaceEvent(Base):
    """One thing that happened; a trigger refuses every change and puts each new row into the outbox.

    References have no foreign keys: the log outlives what it tells of, and each key would slow the insert.
    """

    __tablename__ = "marketplace_events"
    id: Mapped[Identity]
    type: Mapped[Words]
    at: Mapped[Moment]
    actor_id: Mapped[uuid.UUID]
    organisation_id: Mapped[uuid.UUID | None]
    candidate_id: Mapped[uuid.UUID | None]
    job_id: Mapped[uuid.UUID | None]
    proposal_id: Mapped[uuid.UUID | None]
    placement_id: Mapped[uuid.UUID | None]
    recruiter_id: Mapped[uuid.UUID | None]
    user_id: Mapped[uuid.UUID | None]
    payload: Mapped[JsonObject]
    correlation_id: Mapped[Words]
    stamp: Mapped[Words] = mapped_column(server_default="")  # keyed hash of the content; empty in old rows
    __table_args__ = (
        Index("ix_marketplace_events_type", "type", "id"),
        Index("ix_marketplace_events_actor", "actor_id", "id"),
        Index("ix_marketplace_events_actor_type", "actor_id", "type", "id"),
        *(
            Index(f"ix_marketplace_events_{name}", f"{name}_id", "id", postgresql_where=text(f"{name}_id IS NOT NULL"))
            for name in ("candidate", "job", "proposal", "placement", "recruiter", "organisation")
        ),
        Index("ix_marketplace_events_correlation", "correlation_id"),
        Index(
            "ix_marketplace_events_dispute",
            text("(payload ->> 'dispute_id')"),
            postgresql_where=text("(payload ->> 'dispute_id') IS NOT NULL"),
        ),
        {"schema": NETWORK, "postgresql_partition_by": "RANGE (id)"},  # a partition a month
    )


class EventSeal(Base):
    """One link of the chain: the keyed hash over an event and its predecessor's hash, in sealing order."""

    __tablename__ = "event_seals"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[Moment]
    key_number: Mapped[int] = mapped_column(server_default="0")  # 0: sealed under SECRET_KEY, before there were numbers
    __table_args__ = ({"schema": NETWORK},)


class EventCheckpoint(Base):
    """The signed head of the chain at a moment, with its predecessor's signature."""

    __tablename__ = "event_checkpoints"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[Words]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[Moment]
    key_number: Mapped[int]
    previous: Mapped[Words]
    mac: Mapped[Words] = mapped_column(unique=True)
    __table_args__ = (
        one_of("kind", CHECKPOINT_KINDS),
        Index("ix_event_checkpoints_number", "number", "id"),
        {"schema": NETWORK},
    )


class EventCheckpointCopy(Base):
    """A checkpoint that was written to a file outside the database; `place` names where."""

    __tablename__ = "event_checkpoint_copies"
    checkpoint_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(EventCheckpoint.id), primary_key=True)
    place: Mapped[Words] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    __table_args__ = (
        Index("ix_event_checkpoint_copies_place", "place", "checkpoint_id"),
        {"schema": NETWORK},
    )


class EventArchive(Base):
    """A month that left the log for a file: which ids, and the signed digest of the file."""

    __tablename__ = "event_archives"
    id: Mapped[Identity]
    name: Mapped[Words]
    since_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    until_id: Mapped[uuid.UUID]  # not included
    until: Mapped[Moment]
    entries: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[Moment]
    key_number: Mapped[int]
    mac: Mapped[Words]
    __table_args__ = (
        CheckConstraint("until_id > since_id", name="range"),
        CheckConstraint("entries > 0", name="entries"),
        {"schema": NETWORK},
    )


class OutboxEntry(Base):
    """An event whose emails and notices are not made yet; a trigger writes it, the relay deletes it."""

    __tablename__ = "outbox"
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.marketplace_events.id"), primary_key=True)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[MaybeMoment]
    last_error: Mapped[MaybeWords]
    is_bulk: Mapped[bool] = mapped_column(server_default=false())  # one of many that came together: others go first
    __table_args__ = (Index("ix_outbox_order", "is_bulk", "event_id"), {"schema": OUTBOX})


class UnsealedEntry(Base):
    """An event that the sealer has not linked yet; a trigger writes it, the sealer deletes it."""

    __tablename__ = "unsealed"
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    __table_args__ = ({"schema": OUTBOX},)


class Delivery(Base):
    """One mail to one person: the truth about it, whatever the queue says."""

    __tablename__ = "deliveries"
    id: Mapped[Identity]
    event_id: Mapped[uuid.UUID]
    template: Mapped[Words]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    to_address: Mapped[Words]
    subject: Mapped[Words]
    body_text: Mapped[Words]
    body_html: Mapped[Words]
    path: Mapped[Words]
    is_secret: Mapped[bool] = mapped_column(server_default=text("false"))  # the body is rendered when it is sent
    correlation_id: Mapped[Words]
    state: Mapped[Words]
    attempts: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[Moment]
    next_at: Mapped[Moment]  # queued: when it may be sent; sending: when the lease ends; folded: when the digest is due
    lease_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[MaybeMoment]
    last_code: Mapped[int | None]
    last_error: Mapped[MaybeWords]
    sent_at: Mapped[MaybeMoment]
    digest_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("notifications.deliveries.id"))
    __table_args__ = (
        one_of("state", DELIVERY_STATES),
        UniqueConstraint("event_id", "template", "user_id"),
        CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name="lease"),
        CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease_until"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("digest_id IS NULL OR state = 'folded'", name="digest"),
        Index("ix_deliveries_due", "next_at", "id", postgresql_where=text("state IN ('queued', 'sending')")),
        Index("ix_deliveries_state", "state", "id"),
        Index("ix_deliveries_user", "user_id", "id"),
        Index("ix_deliveries_sent", "user_id", "sent_at", postgresql_where=text("state = 'sent'")),
        Index("ix_deliveries_digest", "digest_id", postgresql_where=text("digest_id IS NOT NULL")),
        Index(
            "ix_deliveries_folding",
            "user_id",
            "next_at",
            postgresql_where=text("state = 'folded' AND digest_id IS NULL"),
        ),
        {"schema": OUTBOX},
    )


class DeliveryAttempt(Base):
    """One try to hand an email over."""

    __tablename__ = "delivery_attempts"
    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("notifications.deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    outcome: Mapped[Words]
    code: Mapped[int | None]
    error: Mapped[MaybeWords]
    __table_args__ = ({"schema": OUTBOX},)


class Notice(Base):
    """An in-app notice to one person about one event."""

    __tablename__ = "notices"
    id: Mapped[Identity]
    event_id: Mapped[uuid.UUID]
    template: Mapped[Words]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    title: Mapped[Words]  # with notifications.NAME where the candidate's name goes
    candidate_id: Mapped[uuid.UUID | None]
    alias: Mapped[Words] = mapped_column(server_default="")  # instead of the name
    path: Mapped[Words]
    at: Mapped[Moment]
    read_at: Mapped[MaybeMoment]
    __table_args__ = (
        UniqueConstraint("event_id", "template", "user_id"),
        Index("ix_notices_user", "user_id", "id"),
        Index("ix_notices_order", "user_id", text("num_nulls(read_at)"), "id"),
        Index("ix_notices_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        {"schema": OUTBOX},
    )


class NotificationPreference(Base):
    """What a person wants to be told of a kind, and how; no row means everything."""

    __tablename__ = "preferences"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), primary_key=True)
    kind: Mapped[Words] = mapped_column(primary_key=True)
    by_mail: Mapped[bool] = mapped_column(server_default=true())
    in_app: Mapped[bool] = mapped_column(server_default=true())
    in_digest: Mapped[bool] = mapped_column(server_default=text("false"))
    __table_args__ = ({"schema": OUTBOX},)


class PeriodicRun(Base):
    """When a periodic job is due next and how it last ended; the claim on this row makes one ticker run it."""

    __tablename__ = "periodic_runs"
    name: Mapped[Words] = mapped_column(primary_key=True)
    next_at: Mapped[Moment]
    started_at: Mapped[MaybeMoment]
    finished_at: Mapped[MaybeMoment]
    succeeded_at: Mapped[MaybeMoment]  # when it last ended without an error
    last_error: Mapped[MaybeWords]
    __table_args__ = ({"schema": OUTBOX},)
