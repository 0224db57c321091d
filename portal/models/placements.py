"""Placements, their history and their guarantee (domain.md §4)."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Integer, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain import placements as rules
from portal.models.base import (
    ATS,
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
    known_zone,
    one_of,
)

DAYS = ARRAY(Integer)

_GUARANTEED = among("state", rules.GUARANTEED)
_ENDED = "coalesce(completed_at, failed_at)"


class Placement(Base):
    """A hire, its fee, its guarantee as copied at activation, and how it ended."""

    __tablename__ = "placements"
    id: Mapped[Identity]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.candidate_role_assignments.id"))
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"), index=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.jobs.id"), index=True)
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"))
    lead_recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"))
    state: Mapped[Words]
    time_zone: Mapped[Words]  # the company's, copied: the guarantee's calendar
    currency: Mapped[Words]
    salary_minor: Mapped[int]
    fee_bp: Mapped[int | None]  # null for a flat fee
    fee_minor: Mapped[int]
    guaranteed_bonus_minor: Mapped[int | None]
    platform_fee_minor: Mapped[int] = mapped_column(server_default="0")  # of the fee; the rest is shared
    terms: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))  # the proposal's, copied
    hired_at: Mapped[Moment]
    start_date: Mapped[date | None]
    activated_at: Mapped[MaybeMoment]
    guarantee_days: Mapped[int | None]
    guarantee_end_date: Mapped[date | None]
    maximum_days: Mapped[int | None]
    maximum_extensions: Mapped[int | None]
    replacement_window_days: Mapped[int | None]
    notice_days: Mapped[list[int] | None] = mapped_column(DAYS)
    automatic_completion: Mapped[bool | None]
    report_grace_days: Mapped[int] = mapped_column(server_default="0")
    guarantee_waived: Mapped[bool] = mapped_column(server_default=false())  # completed by hand before the grace ended
    last_day_worked: Mapped[date | None]
    extensions: Mapped[int] = mapped_column(server_default="0")
    completed_at: Mapped[MaybeMoment]
    completion_notes: Mapped[Words] = mapped_column(server_default="")
    failed_at: Mapped[MaybeMoment]
    undone_at: Mapped[MaybeMoment]
    failure_reason: Mapped[MaybeWords]
    failure_notes: Mapped[Words] = mapped_column(server_default="")
    replacement_eligible: Mapped[bool | None]
    replacement_requested_at: Mapped[MaybeMoment]
    replacement_deadline: Mapped[date | None]
    replacement_notes: Mapped[Words] = mapped_column(server_default="")
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.placements.id"), unique=True)
    linked_at: Mapped[MaybeMoment]
    # Of a no-show, which replaces nothing: what it is linked to again when that is undone.
    would_replace_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.placements.id"))
    allocated_bp: Mapped[int] = mapped_column(server_default="0")  # kept by a trigger on the collaborators
    split_version: Mapped[int] = mapped_column(server_default="0")
    splits_locked_at: Mapped[MaybeMoment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        known_zone(),
        one_of("state", rules.MACHINE.names()),
        one_of("failure_reason", rules.FailureReason),
        CheckConstraint("salary_minor > 0 AND fee_minor > 0", name="money"),
        CheckConstraint(
            "platform_fee_minor BETWEEN 0 AND fee_minor AND guaranteed_bonus_minor >= 0", name="platform_fee"
        ),
        CheckConstraint("fee_bp > 0 AND fee_bp <= 10000", name="fee"),
        CheckConstraint("allocated_bp BETWEEN 0 AND 10000", name="allocated"),
        CheckConstraint("replaces_id <> id", name="replaces_another"),
        CheckConstraint("(replaces_id IS NULL) = (linked_at IS NULL)", name="linked"),
        CheckConstraint(
            "would_replace_id IS NULL OR (failure_reason = 'no_show' AND replaces_id IS NULL)", name="would_replace"
        ),
        CheckConstraint("(activated_at IS NULL) = (guarantee_end_date IS NULL)", name="guarantee"),
        CheckConstraint(f"NOT ({among('state', rules.EARNING)}) OR activated_at IS NOT NULL", name="activated"),
        CheckConstraint("(state = 'completed') = (completed_at IS NOT NULL)", name="completed"),
        CheckConstraint("(state = 'failed') = (failed_at IS NOT NULL)", name="failed"),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone"),
        CheckConstraint("(failed_at IS NULL) = (failure_reason IS NULL)", name="reason"),
        CheckConstraint("report_grace_days >= 0", name="grace"),
        CheckConstraint(
            "last_day_worked IS NULL OR (failed_at IS NOT NULL AND last_day_worked >= start_date)", name="last_day"
        ),
        CheckConstraint("activated_at IS NULL OR splits_locked_at IS NOT NULL", name="locked"),
        CheckConstraint("extensions >= 0 AND (extensions <= maximum_extensions OR extensions = 0)", name="extensions"),
        Index("uq_placements_proposal_id", "proposal_id", unique=True, postgresql_where=text("state <> 'undone'")),
        # Whose accepted proposals have a hire; the work queue looks for the others.
        *(
            Index(f"ix_placements_{whose}_hired", column, "proposal_id", postgresql_where=text("state <> 'undone'"))
            for whose, column in (("lead", "lead_recruiter_id"), ("company", "company_id"))
        ),
        # What scores are computed from is in the indices: a run over everybody reads no table.
        Index("ix_placements_lead", "lead_recruiter_id", postgresql_include=["id", "state", "failure_reason"]),
        Index("ix_placements_company", "company_id", "state", "id"),
        Index("ix_placements_company_newest", "company_id", "id"),
        # In the whole order of the work queue: before version 17, PostgreSQL sorts all that end to take the soonest.
        Index("ix_placements_ending", "guarantee_end_date", "id", postgresql_where=text(_GUARANTEED)),
        Index(
            "ix_placements_company_ending", "company_id", "guarantee_end_date", "id", postgresql_where=text(_GUARANTEED)
        ),
        # What ended of a recruiter's own, newest first: behind a score.
        Index(
            "ix_placements_lead_ended",
            "lead_recruiter_id",
            text(_ENDED),
            "id",
            postgresql_where=text(f"{_ENDED} IS NOT NULL"),
        ),
        Index("ix_placements_failed", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
        Index(
            "ix_placements_replaced",
            "lead_recruiter_id",
            postgresql_where=text("replacement_requested_at IS NOT NULL"),
        ),
        Index(
            "ix_placements_by_hand",
            "company_id",
            "guarantee_end_date",
            postgresql_where=text(f"{_GUARANTEED} AND automatic_completion IS FALSE"),
        ),
        # The orders of the list of placements, which the platform sees all of.
        Index("ix_placements_guarantee_order", text("coalesce(guarantee_end_date, '2999-12-31'::date)"), "id"),
        Index("ix_placements_fee", "fee_minor", "id"),
        {"schema": ATS},
    )


def stands(placement: type[Placement]) -> ColumnElement[bool]:
    """Limit to the hires that were not undone: a proposal has at most one of them."""
    return placement.state != rules.PlacementState.UNDONE


class PlacementStateChange(StateStep, Base):
    __tablename__ = "placement_states"
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"))
    last_day_worked: Mapped[date | None]  # of a failure, beside the day it was reported
    __table_args__ = (
        one_of("to_state", rules.MACHINE.names()),
        one_of("from_state", rules.MACHINE.left()),
        Index("ix_placement_states_placement", "placement_id", "id"),
        {"schema": ATS},
    )


class GuaranteeConfig(Base):
    """The guarantee settings of the platform, a company or a job."""

    __tablename__ = "placement_guarantee_config"
    id: Mapped[Identity]
    scope: Mapped[Words]
    company_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.organisations.id"), unique=True)
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.jobs.id"), unique=True)
    default_days: Mapped[int]
    minimum_days: Mapped[int]
    maximum_days: Mapped[int]
    maximum_extensions: Mapped[int]
    replacement_window_days: Mapped[int]
    notice_days: Mapped[list[int]] = mapped_column(DAYS)
    automatic_completion: Mapped[bool]
    updated_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("scope", ("platform", "company", "job")),
        CheckConstraint(
            "(scope = 'company') = (company_id IS NOT NULL) AND (scope = 'job') = (job_id IS NOT NULL)", name="target"
        ),
        CheckConstraint(
            "0 <= minimum_days AND minimum_days <= default_days AND default_days <= maximum_days"
            " AND maximum_extensions >= 0 AND replacement_window_days >= 0",
            name="bounds",
        ),
        Index(
            "uq_placement_guarantee_config_platform",
            "scope",
            unique=True,
            postgresql_where=text("scope = 'platform'"),
        ),
        {"schema": ATS},
    )


class GuaranteeExtension(Made, Base):
    __tablename__ = "guarantee_extensions"
    id: Mapped[Identity]
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"))
    number: Mapped[int]
    additional_days: Mapped[int]
    reason: Mapped[Words]
    old_end_date: Mapped[date]
    new_end_date: Mapped[date]
    __table_args__ = (
        UniqueConstraint("placement_id", "number"),
        CheckConstraint("additional_days >= 1 AND new_end_date - old_end_date = additional_days", name="days"),
        {"schema": ATS},
    )


class ExtensionConsent(Base):
    """What a recruiter says to an extension: only the shares of those who agree by then wait for it (money.md §1)."""

    __tablename__ = "extension_consents"
    extension_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.guarantee_extensions.id"), primary_key=True)
    recruiter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("network.recruiters.id"), primary_key=True, index=True)
    answer_by: Mapped[date]
    asked_at: Mapped[Moment]
    answered_at: Mapped[MaybeMoment]
    agreed: Mapped[bool | None]
    __table_args__ = (
        CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name="answered"),
        {"schema": ATS},
    )


class GuaranteeNotice(Base):
    """A notice that the guarantee ends, given once per placement and notice day."""

    __tablename__ = "guarantee_notices"
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.placements.id"), primary_key=True)
    notice_days: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    __table_args__ = ({"schema": ATS},)
