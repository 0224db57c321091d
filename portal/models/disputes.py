"""Disputes: the case, its parties, what they say, what is frozen, and the rulings (disputes.md)."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain import disputes as rules
from portal.domain.attachments import OF_CASES
from portal.models.base import (
    NETWORK,
    Base,
    Identity,
    JsonObject,
    Made,
    MaybeMoment,
    MaybeWords,
    Moment,
    StateStep,
    Words,
    among,
    in_order,
    one_of,
)

DISPUTE, USER = "network.disputes.id", "identity.users.id"
_PENDING = among("state", rules.PENDING)


class Dispute(Base):
    """A case; due times are stored when their clock starts. `pair` names all parties, in order."""

    __tablename__ = "disputes"
    id: Mapped[Identity]
    subject_type: Mapped[Words]
    subject_id: Mapped[uuid.UUID]
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"), index=True)
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("network.candidate_role_assignments.id"), index=True
    )
    placement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.placements.id"), index=True)
    company_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.organisations.id"))
    pair: Mapped[Words]
    state: Mapped[Words]
    reason: Mapped[Words]
    statement: Mapped[Words]
    asks: Mapped[Words]
    opened_by: Mapped[uuid.UUID] = mapped_column(ForeignKey(USER))
    opened_at: Mapped[Moment]
    answer_due_at: Mapped[Moment]
    reminded_at: Mapped[MaybeMoment]
    review_started_at: Mapped[MaybeMoment]
    ruling_due_at: Mapped[MaybeMoment]
    ruling_missed_at: Mapped[MaybeMoment]
    withdrawal_asked_at: Mapped[MaybeMoment]
    files_asked_at: Mapped[MaybeMoment]  # when the platform asked for more files under review
    closed_at: Mapped[MaybeMoment]
    appeal_until: Mapped[MaybeMoment]
    appealed_at: Mapped[MaybeMoment]
    settled_at: Mapped[MaybeMoment]  # nothing is frozen anymore
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("subject_type", rules.SubjectType),
        one_of("state", rules.MACHINE.names()),
        in_order("opened_at", "answer_due_at", name="answer_window"),
        CheckConstraint("(review_started_at IS NULL) = (ruling_due_at IS NULL)", name="review"),
        CheckConstraint("state IN ('open', 'withdrawn') OR review_started_at IS NOT NULL", name="reviewed"),
        CheckConstraint(f"({_PENDING}) = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state IN ('resolved', 'dismissed')) = (appeal_until IS NOT NULL)", name="appealable"),
        CheckConstraint(f"settled_at IS NULL OR NOT ({_PENDING})", name="settled"),
        CheckConstraint("length(statement) BETWEEN 20 AND 4000", name="statement"),
        Index(
            "uq_disputes_pending", "subject_type", "subject_id", "pair", unique=True, postgresql_where=text(_PENDING)
        ),
        Index(
            "uq_disputes_decided",
            "subject_type",
            "subject_id",
            "pair",
            "reason",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index("ix_disputes_answer", "answer_due_at", postgresql_where=text("state = 'open'")),
        Index("ix_disputes_ruling", "ruling_due_at", postgresql_where=text("state = 'under_review'")),
        Index("ix_disputes_appeal", "appeal_until", postgresql_where=text("settled_at IS NULL")),
        Index("ix_disputes_state", "state", "id"),
        {"schema": NETWORK},
    )


class DisputeParty(Base):
    """A recruiter or a company on one side of a case; those asked for a statement have a deadline."""

    __tablename__ = "dispute_parties"
    id: Mapped[Identity]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE))
    side: Mapped[Words]
    recruiter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("network.recruiters.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.organisations.id"), index=True)
    asked_at: Mapped[Moment]
    due_at: Mapped[MaybeMoment]
    answered_at: Mapped[MaybeMoment]
    missed_at: Mapped[MaybeMoment]
    withdrawal_agreed_at: Mapped[MaybeMoment]
    appeal_waived_at: Mapped[MaybeMoment]
    __table_args__ = (
        one_of("side", rules.Side),
        CheckConstraint("num_nonnulls(recruiter_id, organisation_id) = 1", name="one"),
        CheckConstraint("(side = 'respondent') = (due_at IS NOT NULL)", name="due"),
        UniqueConstraint("dispute_id", "recruiter_id"),
        UniqueConstraint("dispute_id", "organisation_id"),
        {"schema": NETWORK},
    )


class DisputeStatement(Made, Base):
    """What a party says; never changed."""

    __tablename__ = "dispute_statements"
    id: Mapped[Identity]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE), index=True)
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.dispute_parties.id"))
    kind: Mapped[Words]
    said: Mapped[Words]
    __table_args__ = (
        one_of("kind", rules.StatementKind),
        CheckConstraint("length(said) BETWEEN 20 AND 4000", name="said"),
        {"schema": NETWORK},
    )


class DisputeAttachment(Base):
    """A file that a party attaches; it never changes, and its name and content are eventually erased (ADR 0057)."""

    __tablename__ = "dispute_attachments"
    id: Mapped[Identity]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE))
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.dispute_parties.id"))
    place: Mapped[int]  # among the files of the party
    name: Mapped[Words]
    media_type: Mapped[Words]
    size: Mapped[int]
    sha256: Mapped[Words]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    attached_by: Mapped[uuid.UUID] = mapped_column(ForeignKey(USER))
    attached_at: Mapped[Moment]
    scanned_at: Mapped[MaybeMoment]  # None where no virus scanner is set up
    erased_at: Mapped[MaybeMoment]
    __table_args__ = (
        one_of("media_type", OF_CASES.types),
        CheckConstraint(f"size BETWEEN 1 AND {OF_CASES.most_bytes} AND octet_length(content) = size", name="size"),
        CheckConstraint("encode(sha256(content), 'hex') = sha256", name="sha256"),
        CheckConstraint(f"place BETWEEN 1 AND {rules.MOST_FILES_ASKED}", name="place"),
        CheckConstraint("(content IS NULL) = (erased_at IS NOT NULL)", name="erased"),
        UniqueConstraint("dispute_id", "sha256", name="uq_dispute_attachments_sha256"),
        UniqueConstraint("party_id", "place", name="uq_dispute_attachments_place"),
        {"schema": NETWORK},
    )


class DisputeNote(Made, Base):
    """What a platform admin notes for the others; never changed, and no party reads it."""

    __tablename__ = "dispute_notes"
    id: Mapped[Identity]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE), index=True)
    said: Mapped[Words]
    __table_args__ = (CheckConstraint("said <> ''", name="said"), {"schema": NETWORK})


class DisputeFreeze(Base):
    """One thing that a case freezes, with the amount at stake; `released_at` can be in the future."""

    __tablename__ = "dispute_freezes"
    id: Mapped[Identity]
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE))
    kind: Mapped[Words]
    row_id: Mapped[uuid.UUID]
    role: Mapped[MaybeWords]  # of a placement only the shares that the parties have in it, or the team's
    amount_minor: Mapped[int | None]
    currency: Mapped[MaybeWords]
    frozen_at: Mapped[Moment]
    released_at: Mapped[MaybeMoment]
    __table_args__ = (
        one_of("kind", rules.FreezeKind),
        CheckConstraint("role IS NULL OR kind = 'placement'", name="role"),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL) AND amount_minor >= 0", name="amount"),
        Index("ix_dispute_freezes_row", "row_id", "released_at"),
        Index("ix_dispute_freezes_dispute", "dispute_id"),
        {"schema": NETWORK},
    )


class DisputeRuling(Made, Base):
    """What a platform admin decided, and what it changed; the second one decides an appeal. Never changed."""

    __tablename__ = "dispute_rulings"
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effect: Mapped[Words]
    figures: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    reason: Mapped[Words]
    rule: Mapped[Words] = mapped_column(server_default="")
    precedent: Mapped[Words] = mapped_column(server_default="")  # what everyone can read of it, without names
    by_rule: Mapped[bool] = mapped_column(server_default=false())
    handled: Mapped[bool] = mapped_column(server_default=false())  # the admin handled the money; no one else could rule
    __table_args__ = (
        one_of("effect", rules.Effect),
        CheckConstraint("number IN (1, 2)", name="number"),
        CheckConstraint("reason <> ''", name="reason"),
        {"schema": NETWORK},
    )


class DisputeStateChange(StateStep, Base):
    __tablename__ = "dispute_states"
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(DISPUTE), index=True)
    __table_args__ = (
        one_of("to_state", rules.MACHINE.names()),
        one_of("from_state", rules.MACHINE.left()),
        {"schema": NETWORK},
    )
