"""Placement Lifecycle: endpoints 5–12."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Described
from portal.api.types import Body, Notes, Out, Reason, Time
from portal.domain.permissions import Permission
from portal.domain.placements import FailureReason, PlacementState
from portal.policy import current_actor
from portal.queries.placements import placements as queries
from portal.services.placements import guarantees, placements, replacements

bp = Api("placements", __name__)
TAG = "Placement Lifecycle"
NAMES = {"deadline": "replacement_deadline"}
Days = Annotated[int, Field(ge=0, le=3650)]


class ActivateBody(Body):
    """The day on which the candidate started; without days the settings' default applies."""

    start_date: date
    guarantee_days: Days | None = None


class CompleteBody(Body):
    """Notes on the completion."""

    completion_notes: Notes = ""


class FailBody(Body):
    """Why the placement failed."""

    failure_reason: FailureReason
    failure_notes: Notes = ""


class RequestReplacementBody(Body):
    """Until when a replacement is wanted."""

    replacement_deadline: date
    notes: Notes = ""


class LinkReplacementBody(Body):
    """The placement that takes the failed one's place."""

    replacement_placement_id: uuid.UUID
    notes: Notes = ""


class ExtendBody(Body):
    """By how many days the guarantee is extended, and why."""

    additional_days: Annotated[int, Field(ge=1, le=3650)]
    reason: Reason


class ActivatedOut(Out):
    """An activated placement."""

    placement_id: uuid.UUID
    state: PlacementState
    activated_at: Time
    guarantee_end_date: date
    guarantee_days: int


class CompletedOut(Out):
    """A completed placement."""

    placement_id: uuid.UUID
    state: PlacementState
    completed_at: Time
    completion_notes: str


class FailedOut(Out):
    """A failed placement."""

    placement_id: uuid.UUID
    state: PlacementState
    failed_at: Time
    failure_reason: FailureReason
    failure_notes: str
    replacement_eligible: bool


class ReplacementRequestedOut(Out):
    """A requested replacement."""

    placement_id: uuid.UUID
    replacement_requested: bool
    replacement_deadline: date
    days_remaining: int


class ReplacementLinkedOut(Out):
    """A linked replacement."""

    original_placement_id: uuid.UUID
    replacement_placement_id: uuid.UUID
    linked_at: Time


class StepOut(Out):
    """One step in the history."""

    from_state: PlacementState | None
    to_state: PlacementState
    transitioned_at: Time
    transitioned_by: str
    notes: str


class HistoryOut(Out):
    """The states that a placement went through, oldest first."""

    placement_id: uuid.UUID
    current_state: PlacementState
    history: list[StepOut]


class GuaranteeOut(Out):
    """Where the guarantee stands; nulls before the activation."""

    placement_id: uuid.UUID
    guarantee_days: int | None
    activated_at: Time | None
    guarantee_end_date: date | None
    days_remaining: int
    is_active: bool


class ExtendedOut(Out):
    """An extended guarantee."""

    placement_id: uuid.UUID
    original_guarantee_days: int
    new_guarantee_days: int
    new_guarantee_end_date: date
    extended_at: Time


def _change(out: type[Out], body: type[Body], *conflicts: str) -> Described:
    return Described(
        tag=TAG, out=out, permission=Permission.PLACEMENT_CHANGE, body=body, conflicts=conflicts, names=NAMES
    )


def _read(out: type[Out]) -> Described:
    return Described(tag=TAG, out=out, permission=Permission.PLACEMENT_VIEW)


@bp.endpoint(
    "/placements/<uuid:placement_id>/activate",
    method="POST",
    described=_change(ActivatedOut, ActivateBody, "WRONG_STATE"),
)
def activate(placement_id: uuid.UUID, body: ActivateBody) -> dict[str, object]:
    """Start the guarantee and lock the splits."""
    actor = current_actor()
    placements.activate(placement_id, actor=actor, start_date=body.start_date, guarantee_days=body.guarantee_days)
    found = queries.detail(placement_id, viewer=actor)
    return {
        "placement_id": found.id,
        "state": found.state,
        "activated_at": found.activated_at,
        "guarantee_end_date": found.guarantee_end_date,
        "guarantee_days": found.guarantee_days,
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>/complete",
    method="POST",
    described=_change(CompletedOut, CompleteBody, "WRONG_STATE", "GUARANTEE_RUNNING"),
)
def complete(placement_id: uuid.UUID, body: CompleteBody) -> dict[str, object]:
    """Complete a placement whose guarantee is over."""
    actor = current_actor()
    placements.complete(placement_id, actor=actor, notes=body.completion_notes)
    found = queries.detail(placement_id, viewer=actor)
    return {
        "placement_id": found.id,
        "state": found.state,
        "completed_at": found.completed_at,
        "completion_notes": found.completion_notes,
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>/fail",
    method="POST",
    described=Described(
        tag=TAG,
        out=FailedOut,
        permission=Permission.PLACEMENT_CHANGE,
        body=FailBody,
        conflicts=("WRONG_STATE",),
        names={"reason": "failure_reason", "notes": "failure_notes"},
    ),
)
def fail(placement_id: uuid.UUID, body: FailBody) -> dict[str, object]:
    """Report that a placement failed."""
    actor = current_actor()
    placements.fail(placement_id, actor=actor, reason=body.failure_reason, notes=body.failure_notes)
    found = queries.detail(placement_id, viewer=actor)
    return {
        "placement_id": found.id,
        "state": found.state,
        "failed_at": found.failed_at,
        "failure_reason": found.failure_reason,
        "failure_notes": found.failure_notes,
        "replacement_eligible": bool(found.replacement_eligible),
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>/request-replacement",
    method="POST",
    described=_change(
        ReplacementRequestedOut,
        RequestReplacementBody,
        "WRONG_STATE",
        "NOT_ELIGIBLE",
        "REPLACEMENT_REQUESTED",
        "REPLACEMENT_WINDOW_OVER",
    ),
)
def request_replacement(placement_id: uuid.UUID, body: RequestReplacementBody) -> dict[str, object]:
    """Ask for another candidate in place of a failed placement."""
    actor = current_actor()
    replacements.request(placement_id, actor=actor, deadline=body.replacement_deadline, notes=body.notes)
    found = queries.detail(placement_id, viewer=actor)
    deadline = found.replacement_deadline or body.replacement_deadline
    return {
        "placement_id": found.id,
        "replacement_requested": found.replacement_requested_at is not None,
        "replacement_deadline": deadline,
        "days_remaining": (deadline - found.today).days,
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>/link-replacement",
    method="POST",
    described=_change(
        ReplacementLinkedOut,
        LinkReplacementBody,
        "WRONG_STATE",
        "NOT_ELIGIBLE",
        "CANNOT_REPLACE",
        "ALREADY_REPLACED",
    ),
)
def link_replacement(placement_id: uuid.UUID, body: LinkReplacementBody) -> dict[str, object]:
    """Link the placement that takes a failed one's place."""
    actor = current_actor()
    replacements.link(placement_id, actor=actor, replacement_id=body.replacement_placement_id, notes=body.notes)
    found = queries.detail(body.replacement_placement_id, viewer=actor)
    return {
        "original_placement_id": placement_id,
        "replacement_placement_id": found.id,
        "linked_at": found.linked_at,
    }


@bp.endpoint("/placements/<uuid:placement_id>/state-history", described=_read(HistoryOut))
def get_state_history(placement_id: uuid.UUID) -> dict[str, object]:
    """List the states that a placement went through, oldest first."""
    steps = queries.history(placement_id, viewer=current_actor())
    listed = [
        {
            "from_state": step.from_state,
            "to_state": step.to_state,
            "transitioned_at": step.at,
            "transitioned_by": step.by,
            "notes": step.notes,
        }
        for step in steps
    ]
    return {"placement_id": placement_id, "current_state": steps[-1].to_state, "history": listed}


@bp.endpoint("/placements/<uuid:placement_id>/guarantee", described=_read(GuaranteeOut))
def get_guarantee(placement_id: uuid.UUID) -> dict[str, object]:
    """Tell where the guarantee stands."""
    found = queries.guarantee(placement_id, viewer=current_actor())
    started = found.activated_at is not None
    return {
        "placement_id": placement_id,
        "guarantee_days": found.days if started else None,
        "activated_at": found.activated_at,
        "guarantee_end_date": found.ends_on,
        "days_remaining": found.days_remaining,
        "is_active": found.phase == "running",
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>/guarantee/extend",
    method="POST",
    described=_change(ExtendedOut, ExtendBody, "WRONG_STATE", "GUARANTEE_OVER", "NO_MORE_EXTENSIONS"),
)
def extend_guarantee(placement_id: uuid.UUID, body: ExtendBody) -> dict[str, object]:
    """Let the guarantee run longer."""
    actor = current_actor()
    done = guarantees.extend(placement_id, actor=actor, additional_days=body.additional_days, reason=body.reason)
    return {
        "placement_id": placement_id,
        "original_guarantee_days": done.old_days,
        "new_guarantee_days": done.days,
        "new_guarantee_end_date": done.end_date,
        "extended_at": done.at,
    }
