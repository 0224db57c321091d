"""Proposals: endpoints 17–20, and review and withdrawal. Lists: proposal_lists."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Created, Described
from portal.api.types import Body, Money, MoneyOut, Notes, Out, Time
from portal.domain import money, texts
from portal.domain.permissions import Permission
from portal.domain.proposals import DeclineReason, ProposalState
from portal.policy import current_actor
from portal.queries import jobs
from portal.queries.proposals import detail
from portal.services import proposals
from portal.services.candidates import candidates

bp = Api("proposals", __name__)
TAG = "Proposals"
STATE_CONFLICTS = ("WRONG_STATE", "PROPOSAL_EXPIRED")


class ProposalBody(Body):
    """Whom a recruiter proposes for which job."""

    candidate_id: uuid.UUID
    job_id: uuid.UUID
    pitch: Annotated[str, Field(min_length=1, max_length=texts.PITCH)]
    expected_salary: Money | None = None


class NotesBody(Body):
    """Notes that the other side reads."""

    notes: Notes = ""


class DeclineBody(Body):
    """Why the company declines."""

    decline_reason: DeclineReason
    notes: Notes = ""


class ProposalOut(Out):
    """A proposal as it was made."""

    id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    recruiter_id: uuid.UUID
    state: ProposalState
    pitch: str
    expected_salary: MoneyOut | None
    proposed_at: Time
    expires_at: Time


class ProposalDetailOut(Out):
    """A proposal as the caller may see it; before acceptance a company reads the candidate's initials."""

    id: uuid.UUID
    candidate_id: uuid.UUID
    candidate_name: str
    job_id: uuid.UUID
    job_title: str
    recruiter_id: uuid.UUID
    recruiter_name: str
    state: ProposalState
    pitch: str
    expected_salary: MoneyOut | None
    proposed_at: Time
    reviewed_at: Time | None
    expires_at: Time
    allowed_actions: list[str]


class AcceptedOut(Out):
    """An accepted proposal."""

    id: uuid.UUID
    state: ProposalState
    accepted_at: Time
    reviewed_by: str | None
    notes: str


class DeclinedOut(Out):
    """A declined proposal."""

    id: uuid.UUID
    state: ProposalState
    declined_at: Time
    reviewed_by: str | None
    decline_reason: DeclineReason
    notes: str


@bp.endpoint(
    "/proposals",
    method="POST",
    described=Described(
        tag=TAG,
        out=ProposalOut,
        permission=Permission.PROPOSAL_CREATE,
        status=201,
        body=ProposalBody,
        conflicts=("DUPLICATE_PROPOSAL", "JOB_NOT_ACTIVE", "CLAIM_REQUIRED", "CANDIDATE_PROTECTED"),
        names={"expected_salary_minor": "expected_salary"},
    ),
)
def create_proposal(body: ProposalBody) -> Created:
    """Propose a candidate whose live claim is the caller's."""
    actor = current_actor()
    job = jobs.detail(body.job_id, viewer=actor)
    salary = None if body.expected_salary is None else money.to_minor(body.expected_salary, job.currency)
    proposal_id = proposals.create(
        body.candidate_id, body.job_id, actor=actor, pitch=body.pitch, expected_salary_minor=salary
    )
    found = detail.detail(proposal_id, viewer=actor)
    made = ProposalOut.model_validate({**_common(found), "candidate_id": found.candidate_id, "job_id": found.job_id})
    return Created(made, f"/api/proposals/{proposal_id}")


def _common(found: detail.ProposalDetail) -> dict[str, object]:
    return {
        "id": found.id,
        "recruiter_id": found.recruiter_id,
        "state": ProposalState(found.state),
        "pitch": found.pitch,
        "expected_salary": _salary(found.expected_salary_minor, found.currency),
        "proposed_at": found.proposed_at,
        "expires_at": found.expires_at,
    }


def _salary(minor: int | None, currency: str) -> object:
    return None if minor is None else money.to_major(minor, currency)


@bp.endpoint(
    "/proposals/<uuid:proposal_id>",
    described=Described(tag=TAG, out=ProposalDetailOut, permission=Permission.PROPOSAL_VIEW),
)
def get_proposal(proposal_id: uuid.UUID) -> dict[str, object]:
    """Show a proposal; a platform admin's look is recorded."""
    shown = _shown(proposal_id)
    candidates.note_view(uuid.UUID(str(shown["candidate_id"])), actor=current_actor())
    return shown


def _shown(proposal_id: uuid.UUID) -> dict[str, object]:
    found = detail.detail(proposal_id, viewer=current_actor())
    return {
        **_common(found),
        "candidate_id": found.candidate_id,
        "candidate_name": found.candidate_name,
        "job_id": found.job_id,
        "job_title": found.job_title,
        "recruiter_name": found.recruiter_name,
        "reviewed_at": found.reviewed_at,
        "allowed_actions": list(found.allowed_actions),
    }


@bp.endpoint(
    "/proposals/<uuid:proposal_id>/accept",
    method="POST",
    described=Described(
        tag=TAG, out=AcceptedOut, permission=Permission.PROPOSAL_DECIDE, body=NotesBody, conflicts=STATE_CONFLICTS
    ),
)
def accept_proposal(proposal_id: uuid.UUID, body: NotesBody) -> dict[str, object]:
    """Accept a proposal; the candidate becomes visible to the company."""
    actor = current_actor()
    proposals.accept(proposal_id, actor=actor, notes=body.notes)
    found = detail.detail(proposal_id, viewer=actor)
    return {
        "id": found.id,
        "state": ProposalState(found.state),
        "accepted_at": found.closed_at,
        "reviewed_by": found.closed_by,
        "notes": found.notes,
    }


@bp.endpoint(
    "/proposals/<uuid:proposal_id>/decline",
    method="POST",
    described=Described(
        tag=TAG, out=DeclinedOut, permission=Permission.PROPOSAL_DECIDE, body=DeclineBody, conflicts=STATE_CONFLICTS
    ),
)
def decline_proposal(proposal_id: uuid.UUID, body: DeclineBody) -> dict[str, object]:
    """Decline a proposal with a reason; the pair may be proposed again."""
    actor = current_actor()
    proposals.decline(proposal_id, actor=actor, reason=body.decline_reason, notes=body.notes)
    found = detail.detail(proposal_id, viewer=actor)
    return {
        "id": found.id,
        "state": ProposalState(found.state),
        "declined_at": found.closed_at,
        "reviewed_by": found.closed_by,
        "decline_reason": found.decline_reason,
        "notes": found.notes,
    }


@bp.endpoint(
    "/proposals/<uuid:proposal_id>/review",
    method="POST",
    described=Described(
        tag=TAG, out=ProposalDetailOut, permission=Permission.PROPOSAL_DECIDE, conflicts=STATE_CONFLICTS
    ),
)
def review_proposal(proposal_id: uuid.UUID) -> dict[str, object]:
    """Tell the recruiter that the company is looking; the clock keeps running."""
    proposals.review(proposal_id, actor=current_actor())
    return _shown(proposal_id)


@bp.endpoint(
    "/proposals/<uuid:proposal_id>/withdraw",
    method="POST",
    described=Described(
        tag=TAG,
        out=ProposalDetailOut,
        permission=Permission.PROPOSAL_WITHDRAW,
        body=NotesBody,
        conflicts=("WRONG_STATE",),
    ),
)
def withdraw_proposal(proposal_id: uuid.UUID, body: NotesBody) -> dict[str, object]:
    """Take an open proposal back."""
    proposals.withdraw(proposal_id, actor=current_actor(), notes=body.notes)
    return _shown(proposal_id)
