"""Interviews of accepted proposals: the stages of a job, each interview, and what was noted of it (domain.md §3)."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.interviews import LONGEST, MOST_STAGES, SHORTEST, Outcome
from portal.models.base import NETWORK, Base, Identity, MaybeMoment, MaybeWords, Moment, Words, one_of


class InterviewStage(Base):
    """A stage at which a company interviews for a job; names and places may be exchanged within a transaction."""

    __tablename__ = "interview_stages"
    id: Mapped[Identity]
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.jobs.id"))
    place: Mapped[int]
    name: Mapped[Words]
    __table_args__ = (
        CheckConstraint(f"place BETWEEN 1 AND {MOST_STAGES}", name="place"),
        UniqueConstraint("job_id", "place", name="uq_interview_stages_place", deferrable=True, initially="DEFERRED"),
        UniqueConstraint("job_id", "name", name="uq_interview_stages_name", deferrable=True, initially="DEFERRED"),
        {"schema": NETWORK},
    )


class Interview(Base):
    """An interview with an accepted candidate; a trigger holds it to a stage of the proposal's job, and to that."""

    __tablename__ = "interviews"
    id: Mapped[Identity]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.candidate_role_assignments.id"), index=True)
    stage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.interview_stages.id"), index=True)
    starts_at: Mapped[Moment]
    minutes: Mapped[int]
    with_whom: Mapped[Words] = mapped_column(server_default="")
    place: Mapped[Words] = mapped_column(server_default="")
    scheduled_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    scheduled_at: Mapped[Moment]
    outcome: Mapped[MaybeWords]
    recorded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.users.id"))
    recorded_at: Mapped[MaybeMoment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint(f"minutes BETWEEN {SHORTEST} AND {LONGEST}", name="minutes"),
        CheckConstraint(
            "(outcome IS NULL) = (recorded_at IS NULL) AND (outcome IS NULL) = (recorded_by IS NULL)", name="recorded"
        ),
        Index("ix_interviews_awaited", "starts_at", postgresql_where=text("outcome IS NULL")),
        {"schema": NETWORK},
    )


class InterviewParticipant(Base):
    """Who of the company takes part; a trigger refuses who does not belong to it, and who leaves stays named."""

    __tablename__ = "interview_participants"
    interview_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.interviews.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), primary_key=True, index=True)
    __table_args__ = ({"schema": NETWORK},)


class InterviewNote(Base):
    """Feedback on an interview; what is internal only the company and the platform ever read."""

    __tablename__ = "interview_notes"
    id: Mapped[Identity]
    interview_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.interviews.id"), index=True)
    is_internal: Mapped[bool]
    note: Mapped[Words]
    written_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    written_at: Mapped[Moment]
    __table_args__ = (CheckConstraint("note <> ''", name="note"), {"schema": NETWORK})
