"""Claims and outreach (domain.md §2)."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.ownership import Engagement, OutreachType, SourceMethod
from portal.models.base import ATS, Base, Identity, MaybeMoment, Moment, Words, in_order, one_of


class CandidateSourcer(Base):
    """One claim of the sourcing credit; at most one is current for a candidate."""

    __tablename__ = "candidate_sourcers"
    id: Mapped[Identity]
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"), index=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    source_method: Mapped[Words]
    notes: Mapped[Words] = mapped_column(server_default="")
    sourced_at: Mapped[Moment]
    protection_days: Mapped[int]
    protection_expires_at: Mapped[Moment]
    is_current: Mapped[bool] = mapped_column(server_default=true())
    superseded_at: Mapped[MaybeMoment]
    shared_with: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("network.recruiters.id"))  # by a ruling
    shared_bp: Mapped[int | None]  # of the sourcer's share of hires to come
    __table_args__ = (
        one_of("source_method", SourceMethod),
        in_order("sourced_at", "protection_expires_at", name="window"),
        CheckConstraint("is_current = (superseded_at IS NULL)", name="superseded"),
        CheckConstraint(
            "(shared_with IS NULL) = (shared_bp IS NULL) AND shared_with IS DISTINCT FROM recruiter_id"
            " AND shared_bp BETWEEN 1 AND 9999",
            name="shared",
        ),
        Index("uq_candidate_sourcers_current", "candidate_id", unique=True, postgresql_where=text("is_current")),
        Index("ix_candidate_sourcers_recruiter", "recruiter_id", "candidate_id"),
        Index(
            "ix_candidate_sourcers_ends",
            "recruiter_id",
            "protection_expires_at",
            "candidate_id",
            postgresql_where=text("is_current"),
        ),
        Index("ix_candidate_sourcers_expiry", "protection_expires_at", postgresql_where=text("is_current")),
        {"schema": ATS},
    )


class CandidateOutreach(Base):
    """One contact with a candidate and the furthest it came."""

    __tablename__ = "candidate_outreach"
    id: Mapped[Identity]
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"))
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.jobs.id"))
    outreach_type: Mapped[Words]
    subject: Mapped[Words] = mapped_column(server_default="")
    message_preview: Mapped[Words] = mapped_column(server_default="")
    engagement: Mapped[Words]
    sent_at: Mapped[Moment]
    __table_args__ = (
        one_of("outreach_type", OutreachType),
        one_of("engagement", Engagement),
        Index("ix_candidate_outreach_candidate", "candidate_id", "sent_at"),
        Index("ix_candidate_outreach_recruiter", "recruiter_id", "sent_at"),
        {"schema": ATS},
    )


class OutreachEngagement(Base):
    """When an outreach was sent, opened, answered …: each once, each with its time."""

    __tablename__ = "outreach_engagements"
    outreach_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidate_outreach.id"), primary_key=True)
    engagement: Mapped[Words] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    __table_args__ = (one_of("engagement", Engagement), {"schema": ATS})


class OwnershipConflict(Base):
    """A refused claim, kept once per candidate, challenger and day."""

    __tablename__ = "ownership_conflicts"
    id: Mapped[Identity]
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"))
    challenger_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidate_sourcers.id"))
    day: Mapped[date]
    at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("candidate_id", "challenger_id", "day"), {"schema": ATS})


class ProtectionNotice(Base):
    """A warning that a protection ends, given once per claim and number of days."""

    __tablename__ = "protection_notices"
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidate_sourcers.id"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    __table_args__ = ({"schema": ATS},)
