"""Placement Lifecycle: hires, endpoints 5–12, and the list."""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import date
from typing import Annotated

from pydantic import Field

from portal.answers import placements as answers
from portal.api.endpoint import Api, Created
from portal.api.types import (
    Body,
    Id,
    Money,
    MoneyOrZero,
    Notes,
    PageQuery,
    Percentage,
    Reason,
    SheetVersion,
    To,
    Version,
)
from portal.domain import money, texts
from portal.domain.billing.refunds import Decision, Void
from portal.domain.billing.terms import Remedy
from portal.domain.permissions import Permission
from portal.domain.placements import FailureReason, PlacementState
from portal.policy import current_actor
from portal.queries.placements import placements as queries
from portal.queries.placements import split_sheets
from portal.queries.placements.listing import PLACEMENTS
from portal.queries.proposals import detail
from portal.services.placements import amendments, corrections, guarantees, placements, replacements, undoing
from portal.services.placements.corrections import Right

bp = Api("placements", __name__, tag="Placement Lifecycle")
Days = Annotated[int, Field(ge=0, le=3650)]


class HireBody(Body):
    """A hire from an accepted proposal; without a fee percentage, the one in its terms applies.

    The bonus is required if the terms include it; a different percentage requires a platform admin and a reason.
    """

    proposal_id: Id
    salary: Annotated[Money, To("salary_minor")]
    fee_percentage: Annotated[Percentage | None, To("fee_bp")] = None
    fee_reason: Annotated[str, Field(max_length=texts.REASON)] = ""
    guaranteed_bonus: Annotated[MoneyOrZero | None, To("guaranteed_bonus_minor")] = None
    start_date: date | None = None
    second_reason: Annotated[str, Field(max_length=texts.REASON)] = ""


class PlacementsQuery(PageQuery):
    """Which placements."""

    state: PlacementState | None = None


class ActivateBody(Body):
    """The start date and, if it differs from the default, the length of the guarantee."""

    start_date: date
    guarantee_days: Days | None = None
    accept_ended: bool = False
    version: Annotated[SheetVersion, To("sheet_version")] = None


class CompleteBody(Body):
    """Notes on the completion."""

    completion_notes: Annotated[Notes, To("notes")] = ""
    waive_guarantee: Annotated[bool, To("waive")] = True
    version: Version = None


class FailBody(Body):
    """Why the placement failed."""

    failure_reason: Annotated[FailureReason, To("reason")]
    failure_notes: Annotated[Notes, To("notes")] = ""
    last_day_worked: date | None = None
    version: Version = None


class RequestReplacementBody(Body):
    """The date by which a replacement is needed."""

    replacement_deadline: Annotated[date, To("deadline")]
    notes: Notes = ""
    version: Version = None


class LinkReplacementBody(Body):
    """The placement that replaces the failed one."""

    replacement_placement_id: Annotated[Id, To("replacement_id")]
    notes: Notes = ""
    version: Version = None


class CorrectBody(Body):
    """The correct figures; fields left out stay unchanged. A flat fee replaces the percentage."""

    salary: Annotated[Money | None, To("salary_minor")] = None
    guaranteed_bonus: Annotated[MoneyOrZero | None, To("guaranteed_bonus_minor")] = None
    fee_percentage: Annotated[Percentage | None, To("fee_bp")] = None
    flat_fee: Annotated[Money | None, To("flat_fee_minor")] = None
    start_date: date | None = None
    reason: Reason
    accept_ended: bool = False
    version: Version = None


class UndoBody(Body):
    """Why the last step is undone."""

    reason: Reason
    version: Version = None


class ExtensionAnswerBody(Body):
    """Whether the caller's shares follow the extension."""

    agreed: bool
    version: Version = None


class AnswerBody(Body):
    """Whether the caller approves, or why not."""

    agreed: bool
    reason: Annotated[str, Field(max_length=texts.REASON)] = ""
    version: SheetVersion = None


class ExtendBody(Body):
    """How many days to add to the guarantee, and why."""

    additional_days: Annotated[int, Field(ge=1, le=3650)]
    reason: Reason
    version: Version = None


@bp.changes(
    "/placements",
    answers.Placement,
    Permission.PLACEMENT_CHANGE,
    "NOT_ACCEPTED",
    "ALREADY_HIRED",
    "CANDIDATE_PLACED",
    "FEE_NOT_OF_TERMS",
)
def hire(body: HireBody) -> Created:
    """Record a hire from an accepted proposal."""
    actor = current_actor()
    currency = detail.detail(body.proposal_id, viewer=actor).currency
    placement_id = placements.hire(actor=actor, **body.to_input(currency))
    return Created(queries.detail(placement_id, viewer=actor), f"/api/placements/{placement_id}")


@bp.reads("/placements", answers.Placements, Permission.PLACEMENT_VIEW)
def list_placements(query: PlacementsQuery) -> object:
    """List the placements that the caller can see."""
    return PLACEMENTS.slice(current_actor(), {"state": query.state}, before=query.cursor, size=query.limit)


@bp.reads("/placements/<uuid:placement_id>", answers.Placement, Permission.PLACEMENT_VIEW)
def get_placement(placement_id: uuid.UUID) -> queries.PlacementDetail:
    """Return a placement."""
    return queries.detail(placement_id, viewer=current_actor())


@bp.changes(
    "/placements/<uuid:placement_id>/activate",
    answers.Activated,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "GUARANTEE_ENDED",
    "STALE_VERSION",
)
def activate(placement_id: uuid.UUID, body: ActivateBody) -> queries.PlacementDetail:
    """Start the guarantee and lock the split."""
    actor = current_actor()
    placements.activate(placement_id, actor=actor, **body.to_input())
    return queries.detail(placement_id, viewer=actor)


@bp.changes(
    "/placements/<uuid:placement_id>/complete",
    answers.Completed,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "GUARANTEE_RUNNING",
    "WAIVES_GUARANTEE",
    "STALE_VERSION",
)
def complete(placement_id: uuid.UUID, body: CompleteBody) -> queries.PlacementDetail:
    """Complete a placement whose guarantee has ended."""
    actor = current_actor()
    placements.complete(placement_id, actor=actor, **body.to_input())
    return queries.detail(placement_id, viewer=actor)


@bp.changes(
    "/placements/<uuid:placement_id>/fail",
    answers.Failed,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "STALE_VERSION",
)
def fail(placement_id: uuid.UUID, body: FailBody) -> answers.Failed:
    """Report that a placement failed; the response says what follows under its terms."""
    actor = current_actor()
    decided = placements.fail(placement_id, actor=actor, **body.to_input())
    found = queries.detail(placement_id, viewer=actor)
    return answers.Failed.of(found, remedy=None if decided is None else _remedy(decided, found.currency))


def _remedy(decided: Decision, currency: str) -> answers.FailureRemedy:
    return answers.FailureRemedy(
        ending=decided.ending,
        kind=Remedy(decided.remedy) if decided.remedy else None,
        refund=money.to_major(decided.refund, currency),
        void_reason=Void(decided.void_reason) if decided.void_reason else None,
        obligation_due=decided.due_on,
    )


@bp.changes(
    "/placements/<uuid:placement_id>/request-replacement",
    answers.ReplacementRequested,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "NOT_ELIGIBLE",
    "REPLACEMENT_REQUESTED",
    "REPLACEMENT_WINDOW_OVER",
    "STALE_VERSION",
)
def request_replacement(placement_id: uuid.UUID, body: RequestReplacementBody) -> answers.ReplacementRequested:
    """Request a replacement for a failed placement."""
    actor = current_actor()
    replacements.request(placement_id, actor=actor, **body.to_input())
    found = queries.detail(placement_id, viewer=actor)
    deadline = found.replacement_deadline or body.replacement_deadline
    return answers.ReplacementRequested.of(
        found,
        replacement_requested=found.replacement_requested_at is not None,
        replacement_deadline=deadline,
        days_remaining=(deadline - found.today).days,
    )


@bp.changes(
    "/placements/<uuid:placement_id>/link-replacement",
    answers.ReplacementLinked,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "NOT_ELIGIBLE",
    "CANNOT_REPLACE",
    "ALREADY_REPLACED",
    "STALE_VERSION",
)
def link_replacement(placement_id: uuid.UUID, body: LinkReplacementBody) -> answers.ReplacementLinked:
    """Link the placement that replaces a failed one."""
    actor = current_actor()
    replacements.link(placement_id, actor=actor, **body.to_input())
    found = queries.detail(body.replacement_placement_id, viewer=actor)
    return answers.ReplacementLinked.of(found, original_placement_id=placement_id)


@bp.changes(
    "/placements/<uuid:placement_id>/corrections",
    answers.Correction,
    Permission.PLACEMENT_CHANGE,
    "NOT_CORRECTABLE",
    "FEE_SETTLED",
    "AMENDMENT_OPEN",
    "GUARANTEE_ENDED",
    "STALE_VERSION",
)
def correct(placement_id: uuid.UUID, body: CorrectBody) -> Created:
    """Correct a recorded hire, immediately or once everyone affected has approved."""
    actor = current_actor()
    said = body.to_input(queries.detail(placement_id, viewer=actor).currency)
    right = Right(**{figure.name: said.pop(figure.name) for figure in fields(Right)})
    made = corrections.correct(placement_id, actor=actor, right=right, **said)
    found = split_sheets.correction(placement_id, made.id, viewer=actor)
    return Created(found, f"/api/placements/{placement_id}/corrections")


@bp.reads("/placements/<uuid:placement_id>/corrections", answers.Corrections, Permission.PLACEMENT_VIEW)
def list_corrections(placement_id: uuid.UUID) -> dict[str, object]:
    """List a hire's corrections, applied or awaiting approval, newest first."""
    return {"corrections": split_sheets.corrections(placement_id, viewer=current_actor())}


@bp.changes(
    "/amendments/<uuid:amendment_id>/answer",
    answers.Answered,
    Permission.SPLITS_AGREE,
    "AMENDMENT_CLOSED",
    "ALREADY_ANSWERED",
    "FEE_SETTLED",
    "GUARANTEE_ENDED",
    "STALE_VERSION",
)
def answer_amendment(amendment_id: uuid.UUID, body: AnswerBody) -> dict[str, object]:
    """Approve or decline a correction or a split change; the answer is final."""
    state = amendments.answer(amendment_id, actor=current_actor(), **body.to_input())
    return {"amendment_id": amendment_id, "state": state}


@bp.changes(
    "/placements/<uuid:placement_id>/undo",
    answers.Undone,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "MONEY_MOVED",
    "CANDIDATE_PLACED",
    "STALE_VERSION",
)
def undo(placement_id: uuid.UUID, body: UndoBody) -> queries.PlacementDetail:
    """Undo a hire or a no-show that was recorded by mistake, before any money has moved."""
    actor = current_actor()
    undoing.undo(placement_id, actor=actor, **body.to_input())
    return queries.detail(placement_id, viewer=actor)


@bp.reads("/placements/<uuid:placement_id>/state-history", answers.StateHistory, Permission.PLACEMENT_VIEW)
def get_state_history(placement_id: uuid.UUID) -> dict[str, object]:
    """List a placement's past states, oldest first."""
    steps = queries.history(placement_id, viewer=current_actor())
    return {"placement_id": placement_id, "current_state": steps[-1].to_state, "history": steps}


@bp.reads("/placements/<uuid:placement_id>/guarantee", answers.Guarantee, Permission.PLACEMENT_VIEW)
def get_guarantee(placement_id: uuid.UUID) -> answers.Guarantee:
    """Return the status of the guarantee."""
    found = queries.guarantee(placement_id, viewer=current_actor())
    return answers.Guarantee.of(found, guarantee_days=None if found.activated_at is None else found.days)


@bp.changes(
    "/placements/<uuid:placement_id>/guarantee/extend",
    answers.Extended,
    Permission.PLACEMENT_CHANGE,
    "WRONG_STATE",
    "GUARANTEE_OVER",
    "NO_MORE_EXTENSIONS",
    "STALE_VERSION",
)
def extend_guarantee(placement_id: uuid.UUID, body: ExtendBody) -> answers.Extended:
    """Extend the guarantee."""
    actor = current_actor()
    done = guarantees.extend(placement_id, actor=actor, **body.to_input())
    return answers.Extended.of(done, placement_id=placement_id)


@bp.changes(
    "/placements/<uuid:placement_id>/guarantee/answer",
    answers.ExtensionAnswered,
    Permission.SPLITS_AGREE,
    "NOT_ASKED",
    "ALREADY_ANSWERED",
    "GUARANTEE_OVER",
    "STALE_VERSION",
)
def answer_extension(placement_id: uuid.UUID, body: ExtensionAnswerBody) -> dict[str, object]:
    """Answer, once, whether the caller's shares follow an extended guarantee."""
    end = guarantees.answer_extension(placement_id, actor=current_actor(), **body.to_input())
    return {"placement_id": placement_id, "agreed": body.agreed, "guarantee_end_date": end}
