"""Collaborators, versions of the split sheet, amendments and feedback (domain.md §5, §6)."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy import Identity as SerialIdentity
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.collaboration import CollaboratorRole
from portal.models.base import ATS, Base, Identity, JsonObject, Made, MaybeMoment, MaybeWords, Moment, Words, one_of

AMENDMENT_STATES = ("proposed", "in_force", "refused", "withdrawn")


class Collaborator(Base):
    """A recruiter's role in a placement and the share of the fee; `position` breaks rounding ties."""

    __tablename__ = "placement_collaborators"
    id: Mapped[Identity]
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"), index=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    role: Mapped[Words]
    split_bp: Mapped[int]
    amount_minor: Mapped[int]
    position: Mapped[int] = mapped_column(SerialIdentity(always=False))
    notes: Mapped[Words] = mapped_column(server_default="")
    added_at: Mapped[Moment]
    added_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    __table_args__ = (
        one_of("role", CollaboratorRole),
        CheckConstraint("split_bp > 0 AND split_bp <= 10000", name="split"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        UniqueConstraint("placement_id", "recruiter_id", "role"),
        Index("ix_placement_collaborators_recruiter", "recruiter_id", "placement_id"),
        {"schema": ATS},
    )


class SplitSheet(Made, Base):
    """One version of a placement's split sheet with its receipt; never changed."""

    __tablename__ = "split_sheets"
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[JsonObject]
    sha256: Mapped[Words]
    locked: Mapped[bool]
    cause: Mapped[Words]
    __table_args__ = ({"schema": ATS},)


class SplitAmendment(Base):
    """A change of a locked sheet, in force when all whose share changes have agreed.

    One that corrects the hire itself keeps the figures before and after; a correction that needs no consent is in force
    at once.
    """

    __tablename__ = "split_amendments"
    id: Mapped[Identity]
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"), index=True)
    base_version: Mapped[int]
    lines: Mapped[JsonObject]
    corrected: Mapped[JsonObject | None]
    reason: Mapped[Words]
    state: Mapped[Words]
    proposed_at: Mapped[Moment]
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    closed_at: Mapped[MaybeMoment]
    closed_reason: Mapped[MaybeWords]
    __table_args__ = (
        one_of("state", AMENDMENT_STATES),
        CheckConstraint("(state = 'proposed') = (closed_at IS NULL)", name="closed"),
        Index("uq_split_amendments_open", "placement_id", unique=True, postgresql_where=text("state = 'proposed'")),
        {"schema": ATS},
    )


class AmendmentAnswer(Base):
    """What one party says to an amendment; asked when it is proposed."""

    __tablename__ = "amendment_answers"
    amendment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.split_amendments.id"), primary_key=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"), primary_key=True, index=True)
    asked_at: Mapped[Moment]
    answered_at: Mapped[MaybeMoment]
    agreed: Mapped[bool | None]
    __table_args__ = (
        CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name="answered"),
        {"schema": ATS},
    )


class Feedback(Base):
    """What a collaborator thinks of another, once a placement."""

    __tablename__ = "collaborator_feedback"
    id: Mapped[Identity]
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"))
    by_recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    stars: Mapped[int]
    remark: Mapped[Words] = mapped_column(server_default="")
    at: Mapped[Moment]
    __table_args__ = (
        Index("ix_collaborator_feedback_rated", "recruiter_id", postgresql_include=["id", "stars", "by_recruiter_id"]),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("by_recruiter_id <> recruiter_id", name="another"),
        # Named here: the name of its columns is longer than PostgreSQL keeps.
        UniqueConstraint("placement_id", "by_recruiter_id", "recruiter_id", name="uq_collaborator_feedback_once"),
        {"schema": ATS},
    )
