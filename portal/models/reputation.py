"""The latest score of each recruiter and its history (domain.md §6)."""

from __future__ import annotations

import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import NETWORK, Base, Identity, JsonObject, MaybeMoment, MaybeWords, Moment, Words, one_of

MARKS = Numeric(5, 2)


class Reputation(Base):
    """The latest score and the figures that it came from; components are 0–100."""

    __tablename__ = "recruiter_reputation"
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"), primary_key=True)
    score: Mapped[Decimal] = mapped_column(MARKS)
    hire: Mapped[Decimal] = mapped_column(MARKS)
    completion: Mapped[Decimal] = mapped_column(MARKS)
    collaboration: Mapped[Decimal] = mapped_column(MARKS)
    responsiveness: Mapped[Decimal] = mapped_column(MARKS)
    decided: Mapped[int]
    placements: Mapped[int]
    completed: Mapped[int]
    failed: Mapped[int]
    feedback_count: Mapped[int]
    feedback_stars: Mapped[Decimal | None] = mapped_column(Numeric(4, 3))
    response_count: Mapped[int]
    response_hours: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))
    provisional: Mapped[bool]
    updated_at: Mapped[Moment]
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_recruiter_reputation_rank", "provisional", text("score DESC")),
        {"schema": NETWORK},
    )


class ReputationSnapshot(Base):
    """The score as it was on a day; `figures` holds all inputs of the row above."""

    __tablename__ = "recruiter_reputation_history"
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"), primary_key=True)
    at: Mapped[Moment] = mapped_column(primary_key=True)
    score: Mapped[Decimal] = mapped_column(MARKS)
    figures: Mapped[JsonObject]
    cause: Mapped[Words]
    __table_args__ = ({"schema": NETWORK},)


class ReputationQueue(Base):
    """A recruiter whose inputs changed; a burst of events leaves one row."""

    __tablename__ = "reputation_queue"
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"), primary_key=True)
    queued_at: Mapped[Moment]
    __table_args__ = ({"schema": NETWORK},)


class ReputationAppeal(Base):
    """A recruiter's objection to one input of the score, and the ruling."""

    __tablename__ = "reputation_appeals"
    id: Mapped[Identity]
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"), index=True)
    input_kind: Mapped[Words]
    input_id: Mapped[uuid.UUID]
    reason: Mapped[Words]
    opened_at: Mapped[Moment]
    state: Mapped[Words]
    ruled_at: Mapped[MaybeMoment]
    ruled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.users.id"))
    ruling: Mapped[MaybeWords]
    __table_args__ = (
        one_of("input_kind", ("proposal", "placement", "feedback", "question", "amendment")),
        one_of("state", ("open", "excluded", "kept")),
        UniqueConstraint("recruiter_id", "input_kind", "input_id"),
        CheckConstraint("(state = 'open') = (ruled_at IS NULL)", name="ruled"),
        {"schema": NETWORK},
    )
