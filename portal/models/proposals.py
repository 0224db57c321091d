"""Proposals, their history and their questions (domain.md §3)."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain import proposals as rules
from portal.models.base import (
    NETWORK,
    Base,
    Identity,
    JsonObject,
    MaybeMoment,
    MaybeWords,
    Moment,
    StateStep,
    Words,
    among,
    in_order,
    one_of,
)

_OPEN = among("state", rules.OPEN)
_ENDS = among("to_state", rules.MACHINE.names(terminal=True))


class Proposal(Base):
    """A recruiter's proposal of a candidate for a job."""

    __tablename__ = "candidate_role_assignments"
    id: Mapped[Identity]
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"), index=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.jobs.id"))
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"))
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    state: Mapped[Words]
    pitch: Mapped[Words]
    currency: Mapped[Words]
    expected_salary_minor: Mapped[int | None]
    proposed_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    reviewed_at: Mapped[MaybeMoment]
    reviewed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.users.id"))
    closed_at: Mapped[MaybeMoment]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.users.id"))
    decline_reason: Mapped[MaybeWords]
    notes: Mapped[Words] = mapped_column(server_default="")
    reminded_at: Mapped[MaybeMoment]
    terms: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))  # frozen; what is not in it has its default
    restrictions_read_at: Mapped[MaybeMoment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("state", rules.MACHINE.names()),
        one_of("decline_reason", rules.DeclineReason),
        in_order("proposed_at", "expires_at", name="window"),
        CheckConstraint(f"({_OPEN}) = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="reason"),
        CheckConstraint("expected_salary_minor > 0", name="salary"),
        Index(
            "uq_candidate_role_assignments_exclusive",
            "candidate_id",
            "job_id",
            unique=True,
            postgresql_where=text(among("state", rules.EXCLUSIVE)),
        ),
        Index("ix_candidate_role_assignments_recruiter", "recruiter_id", "state", "id"),
        Index("ix_candidate_role_assignments_recruiter_candidate", "recruiter_id", "candidate_id"),
        Index("ix_candidate_role_assignments_recruiter_job", "recruiter_id", "job_id"),
        Index("ix_candidate_role_assignments_company", "company_id", "state", "id"),
        Index("ix_candidate_role_assignments_job", "job_id", "state", "id"),
        # The newest of one's own, whatever their state, for a search.
        Index("ix_candidate_role_assignments_recruiter_newest", "recruiter_id", "id"),
        Index("ix_candidate_role_assignments_company_newest", "company_id", "id"),
        Index("ix_candidate_role_assignments_due", "expires_at", postgresql_where=text(_OPEN)),
        # The soonest of what waits for a person, and what ended lately with all that is counted of it.
        *(
            Index(
                f"ix_candidate_role_assignments_{whose}_due",
                f"{whose}_id",
                "expires_at",
                "id",
                postgresql_where=text(_OPEN),
            )
            for whose in ("recruiter", "company")
        ),
        # What ended lately of one's own: the newest results, and how fast decisions were.
        *(
            Index(
                f"ix_candidate_role_assignments_{whose}_closed",
                f"{whose}_id",
                "closed_at",
                postgresql_include=["proposed_at", "state"],
                postgresql_where=text("closed_at IS NOT NULL"),
            )
            for whose in ("recruiter", "company")
        ),
        Index(  # whom a company has met
            "ix_candidate_role_assignments_met",
            "company_id",
            "candidate_id",
            postgresql_where=text("state = 'accepted'"),
        ),
        Index(
            "ix_candidate_role_assignments_closed",
            "closed_at",
            postgresql_include=["proposed_at", "state", "company_id", "recruiter_id"],
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        {"schema": NETWORK},
    )


class ProposalStateChange(StateStep, Base):
    """One step in the history of a proposal; at most one step decides it, after which a ruling may still void it."""

    __tablename__ = "proposal_states"
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.candidate_role_assignments.id"), index=True)
    __table_args__ = (
        one_of("to_state", rules.MACHINE.names()),
        one_of("from_state", rules.MACHINE.left()),
        Index(
            "uq_proposal_states_terminal",
            "proposal_id",
            unique=True,
            postgresql_where=text(f"{_ENDS} AND from_state IS DISTINCT FROM 'accepted'"),
        ),
        {"schema": NETWORK},
    )


class ProposalQuestion(Base):
    """A question of the company to the proposing recruiter, closed by the first answer."""

    __tablename__ = "proposal_questions"
    id: Mapped[Identity]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.candidate_role_assignments.id"), index=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    question: Mapped[Words]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    asked_at: Mapped[Moment]
    answer: Mapped[MaybeWords]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.users.id"))
    answered_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answered_by IS NULL) = (answered_at IS NULL)",
            name="answered",
        ),
        Index(
            "ix_proposal_questions_asked",
            "recruiter_id",
            "asked_at",
            postgresql_include=["id", "answered_at", "proposal_id"],
        ),
        Index("ix_proposal_questions_open", "recruiter_id", postgresql_where=text("answered_at IS NULL")),
        {"schema": NETWORK},
    )


class ShortlistMark(Base):
    """A company's mark on a proposal for its own use: of whom it thinks first."""

    __tablename__ = "shortlist_marks"
    proposal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("network.candidate_role_assignments.id"), primary_key=True
    )
    marked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    marked_at: Mapped[Moment]
    __table_args__ = ({"schema": NETWORK},)


class ProposalAssignment(Base):
    """Who of the company has a proposal in hand; it stays everybody's to decide."""

    __tablename__ = "proposal_assignments"
    proposal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("network.candidate_role_assignments.id"), primary_key=True
    )
    assigned_to: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), index=True)
    assigned_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    assigned_at: Mapped[Moment]
    __table_args__ = ({"schema": NETWORK},)
