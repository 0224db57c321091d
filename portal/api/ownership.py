"""Candidate Ownership: endpoints 1–4 and the candidates that they presuppose."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.candidates import Claim, Outreach, Protection, Sourcer, SourcerAnswer
from portal.api.endpoint import Api, Created
from portal.api.types import Body, Id, Notes
from portal.domain import texts
from portal.domain.errors import NotFound
from portal.domain.ownership import Engagement, OutreachType, SourceMethod
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.candidates import claims
from portal.queries.candidates import ownership as queries
from portal.services.candidates import outreach, ownership
from portal.services.candidates.outreach import OutreachInput

bp = Api("ownership", __name__, tag="Candidate Ownership")
PROTECTED = "CANDIDATE_PROTECTED"


class SourceBody(Body):
    """How the candidate was found; platform admins name the recruiter who gets the credit."""

    source_method: SourceMethod
    notes: Notes = ""
    recruiter_id: Id | None = Field(None, description="Platform admins only: the recruiter who gets the credit.")


class OutreachBody(Body):
    """A contact with a candidate; for an email, the subject is required."""

    outreach_type: OutreachType
    subject: Annotated[str, Field(max_length=texts.SUBJECT)] = ""
    message_preview: Annotated[str, Field(max_length=texts.PREVIEW)] = ""
    engagement: Engagement = Engagement.SENT
    job_id: Id | None = None


@bp.changes("/candidates/<uuid:candidate_id>/source", Claim, Permission.CANDIDATE_SOURCE, PROTECTED, also=(200,))
def source_candidate(candidate_id: uuid.UUID, body: SourceBody) -> Created:
    """Claim the sourcing credit for a candidate; if the caller already holds it, that claim is returned with 200."""
    actor = current_actor()
    result = ownership.claim(candidate_id, actor=actor, **body.to_input())
    claim = claims.claim(result.claim_id, viewer=actor)
    return Created(claim, f"/api/candidates/{candidate_id}/sourcer", 201 if result.created else 200)


@bp.reads("/candidates/<uuid:candidate_id>/sourcer", SourcerAnswer, Permission.CANDIDATE_VIEW)
def get_sourcer(candidate_id: uuid.UUID) -> SourcerAnswer:
    """Return who sourced a candidate; 404 if no one did."""
    found = queries.sourcer(current_actor(), candidate_id)
    if found.sourced_at is None:
        raise NotFound("No one has sourced this candidate.")
    return SourcerAnswer(sourcer=Sourcer.of(found))


@bp.changes(
    "/candidates/<uuid:candidate_id>/outreach",
    Outreach,
    Permission.OUTREACH_RECORD,
    PROTECTED,
    "CANDIDATE_UNSUBSCRIBED",
)
def record_outreach(candidate_id: uuid.UUID, body: OutreachBody) -> Created:
    """Log outreach; the first outreach to an unclaimed candidate claims the sourcing credit."""
    actor = current_actor()
    outreach_id = outreach.record_outreach(candidate_id, actor=actor, input=OutreachInput(**body.to_input()))
    recorded = claims.recorded_outreach(outreach_id, viewer=actor)
    return Created(recorded, f"/api/candidates/{candidate_id}/protection-status")


@bp.reads("/candidates/<uuid:candidate_id>/protection-status", Protection, Permission.CANDIDATE_VIEW)
def get_protection_status(candidate_id: uuid.UUID) -> queries.ProtectionStatus:
    """Return whether a candidate is protected, and for how long."""
    return queries.protection(current_actor(), candidate_id)
