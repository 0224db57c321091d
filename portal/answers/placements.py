"""Placements: the hire, the guarantee, failure and replacement."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Money, OneOf, Part, Percentage, Time
from portal.domain.billing.refunds import Ending, Void
from portal.domain.billing.terms import Remedy
from portal.domain.placements import FailureReason, PlacementState

PlacementId = Annotated[UUID, From("id")]


class Linked(Answer):
    """The other side of a replacement."""

    id: UUID
    candidate_name: str


class Placement(Answer):
    """A placement as the caller can see it; nulls if no replacement was made or requested."""

    id: UUID
    proposal_id: UUID
    candidate_id: UUID
    candidate_name: str
    job_id: UUID
    job_title: str
    company_id: UUID
    company_name: str
    state: OneOf[PlacementState]
    version: int
    split_version: int
    currency: str
    salary: Annotated[Money, From("salary_minor")]
    fee_percentage: Annotated[Percentage | None, From("fee_bp")]
    total_fee: Annotated[Money, From("fee_minor")]
    hired_at: Time
    start_date: date | None
    guarantee_days: int | None
    guarantee_end_date: date | None
    replacement_requested_at: Time | None
    replacement_deadline: date | None
    replaces: Linked | None
    replaced_by: Linked | None
    allowed_actions: list[str]


class PlacementLine(Answer):
    """A placement in a list; `own_amount` is the caller's share, null without one."""

    id: UUID
    candidate_name: str
    job_title: str
    company_name: str
    state: OneOf[PlacementState]
    currency: str
    total_fee: Annotated[Money, From("fee_minor")]
    own_amount: Annotated[Money | None, From("own_minor")]
    hired_at: Time
    start_date: date | None
    guarantee_end_date: date | None


class Placements(Part):
    """The placements that the caller can see, newest first; `next_cursor` leads to older ones."""

    placements: Annotated[list[PlacementLine], From("rows")]


class Activated(Answer):
    """An activated placement."""

    placement_id: PlacementId
    state: OneOf[PlacementState]
    activated_at: Time
    guarantee_end_date: date
    guarantee_days: int


class Completed(Answer):
    """A completed placement."""

    placement_id: PlacementId
    state: OneOf[PlacementState]
    completed_at: Time
    completion_notes: str


class FailureRemedy(Answer):
    """What follows from a failure under the terms: a refund now, or a replacement by a date.

    `kind` is the agreed remedy, null after the guarantee; if there is a `void_reason`, it doesn't apply.
    """

    ending: OneOf[Ending]
    kind: OneOf[Remedy] | None
    refund: Money
    void_reason: OneOf[Void] | None
    obligation_due: date | None


class Failed(Answer):
    """A failed placement; the remedy is null if it was never activated, so no fee was earned."""

    placement_id: PlacementId
    state: OneOf[PlacementState]
    failed_at: Time
    failure_reason: OneOf[FailureReason]
    failure_notes: str
    last_day_worked: date | None
    replacement_eligible: bool
    remedy: FailureRemedy | None


class ReplacementRequested(Answer):
    """A requested replacement."""

    placement_id: PlacementId
    replacement_requested: bool
    replacement_deadline: date
    days_remaining: int


class ReplacementLinked(Answer):
    """A linked replacement."""

    original_placement_id: UUID
    replacement_placement_id: Annotated[UUID, From("id")]
    linked_at: Time


class HireFigures(Answer):
    """The figures of a hire; the percentage is null for a flat fee."""

    salary: Annotated[Money, From("salary_minor")]
    guaranteed_bonus: Annotated[Money | None, From("guaranteed_bonus_minor")]
    fee_percentage: Annotated[Percentage | None, From("fee_bp")]
    total_fee: Annotated[Money, From("fee_minor")]
    start_date: date | None


class CorrectionParty(Answer):
    """Someone who has to approve; null until they answer."""

    recruiter_id: UUID
    recruiter_name: Annotated[str, From("name")]
    agreed: bool | None


class Correction(Answer):
    """A correction to a hire: proposed, in_force, refused or withdrawn."""

    id: UUID
    state: str
    reason: str
    currency: str
    before: HireFigures
    after: HireFigures
    parties: list[CorrectionParty]
    proposed_at: Time
    proposed_by: str
    closed_at: Time | None


class Corrections(Answer):
    """A hire's corrections, newest first."""

    corrections: list[Correction]


class Answered(Answer):
    """The status of a correction or split change after an answer."""

    amendment_id: UUID
    state: str


class Undone(Answer):
    """A placement whose last step was undone."""

    placement_id: PlacementId
    state: OneOf[PlacementState]


class Step(Answer):
    """A step in the history; `from_state` is null for the hire."""

    from_state: OneOf[PlacementState] | None
    to_state: OneOf[PlacementState]
    transitioned_at: Annotated[Time, From("at")]
    transitioned_by: Annotated[str, From("by")]
    notes: str
    last_day_worked: date | None


class StateHistory(Answer):
    """A placement's past states, oldest first."""

    placement_id: UUID
    current_state: OneOf[PlacementState]
    history: list[Step]


class Guarantee(Answer):
    """The status of the guarantee; nulls before activation."""

    placement_id: UUID
    guarantee_days: int | None
    activated_at: Time | None
    guarantee_end_date: Annotated[date | None, From("ends_on")]
    days_remaining: int
    is_active: bool


class Extended(Answer):
    """An extended guarantee."""

    placement_id: UUID
    original_guarantee_days: Annotated[int, From("old_days")]
    new_guarantee_days: Annotated[int, From("days")]
    new_guarantee_end_date: Annotated[date, From("end_date")]
    extended_at: Annotated[Time, From("at")]


class ExtensionAnswered(Answer):
    """A recruiter's answer to an extension: whether their shares follow it."""

    placement_id: UUID
    agreed: bool
    guarantee_end_date: date
