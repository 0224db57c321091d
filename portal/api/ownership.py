"""Candidate Ownership: endpoints 1–4 and the candidates that they presuppose."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Created, Described
from portal.api.types import Body, Notes, Out, Time
from portal.domain import texts
from portal.domain.errors import NotFound
from portal.domain.ownership import Engagement, OutreachType, SourceMethod
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.candidates import claims
from portal.queries.candidates import ownership as queries
from portal.services.candidates import ownership
from portal.services.candidates.ownership import OutreachInput

bp = Api("ownership", __name__)
TAG = "Candidate Ownership"
PROTECTED = "CANDIDATE_PROTECTED"


class SourceBody(Body):
    """How the candidate was found; a platform admin names the recruiter who gets the credit."""

    source_method: SourceMethod
    notes: Notes = ""
    recruiter_id: uuid.UUID | None = Field(None, description="Only for platform admins, who source for a recruiter.")


class SourceOut(Out):
    """A claim of the sourcing credit."""

    id: uuid.UUID
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    source_method: SourceMethod
    sourced_at: Time
    protection_expires_at: Time
    notes: str


class SourcerOut(Out):
    """Who sourced a candidate; id and name are null to who is not concerned."""

    recruiter_id: uuid.UUID | None
    recruiter_name: str | None
    sourced_at: Time
    source_method: SourceMethod | None
    protection_expires_at: Time
    is_protected: bool


class SourcerAnswer(Out):
    """The sourcer of a candidate."""

    sourcer: SourcerOut


class OutreachBody(Body):
    """One contact with a candidate; an email has a subject."""

    outreach_type: OutreachType
    subject: Annotated[str, Field(max_length=texts.SUBJECT)] = ""
    message_preview: Annotated[str, Field(max_length=texts.PREVIEW)] = ""
    engagement: Engagement = Engagement.SENT
    job_id: uuid.UUID | None = None


class OutreachOut(Out):
    """A recorded contact."""

    id: uuid.UUID
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    outreach_type: OutreachType
    subject: str
    sent_at: Time
    engagement: Engagement


class ProtectionOut(Out):
    """Whether a candidate is protected; nulls when free."""

    is_protected: bool
    protection_expires_at: Time | None
    sourcer_recruiter_id: uuid.UUID | None
    days_remaining: int | None


@bp.endpoint(
    "/candidates/<uuid:candidate_id>/source",
    method="POST",
    described=Described(
        tag=TAG,
        out=SourceOut,
        permission=Permission.CANDIDATE_SOURCE,
        status=201,
        also=(200,),
        body=SourceBody,
        conflicts=(PROTECTED,),
    ),
)
def source_candidate(candidate_id: uuid.UUID, body: SourceBody) -> Created:
    """Claim the sourcing credit of a candidate; one's own live claim is returned with 200."""
    actor = current_actor()
    result = ownership.claim(
        candidate_id,
        actor=actor,
        source_method=body.source_method,
        notes=body.notes,
        recruiter_id=body.recruiter_id,
    )
    claim = claims.claim(result.claim_id, viewer=actor)
    return Created(claim, f"/api/candidates/{candidate_id}/sourcer", 201 if result.created else 200)


@bp.endpoint(
    "/candidates/<uuid:candidate_id>/sourcer",
    described=Described(tag=TAG, out=SourcerAnswer, permission=Permission.CANDIDATE_VIEW),
)
def get_sourcer(candidate_id: uuid.UUID) -> SourcerAnswer:
    """Tell who sourced a candidate; 404 when nobody did."""
    found = queries.sourcer(current_actor(), candidate_id)
    if found.sourced_at is None or found.protection_expires_at is None:
        raise NotFound("Nobody has sourced this candidate.")
    return SourcerAnswer(sourcer=_sourcer(found, found.sourced_at, found.protection_expires_at))


def _sourcer(found: queries.Sourcer, sourced_at: datetime, ends: datetime) -> SourcerOut:
    return SourcerOut(
        recruiter_id=found.recruiter_id,
        recruiter_name=found.recruiter_name,
        sourced_at=sourced_at,
        source_method=found.source_method,
        protection_expires_at=ends,
        is_protected=found.is_protected,
    )


@bp.endpoint(
    "/candidates/<uuid:candidate_id>/outreach",
    method="POST",
    described=Described(
        tag=TAG,
        out=OutreachOut,
        permission=Permission.OUTREACH_RECORD,
        status=201,
        body=OutreachBody,
        conflicts=(PROTECTED, "CANDIDATE_UNSUBSCRIBED"),
    ),
)
def record_outreach(candidate_id: uuid.UUID, body: OutreachBody) -> Created:
    """Record an outreach; the first one to a candidate whom nobody owns claims the credit."""
    actor = current_actor()
    outreach_id = ownership.record_outreach(candidate_id, actor=actor, input=OutreachInput(**body.model_dump()))
    recorded = claims.recorded_outreach(outreach_id, viewer=actor)
    return Created(recorded, f"/api/candidates/{candidate_id}/protection-status")


@bp.endpoint(
    "/candidates/<uuid:candidate_id>/protection-status",
    described=Described(tag=TAG, out=ProtectionOut, permission=Permission.CANDIDATE_VIEW),
)
def get_protection_status(candidate_id: uuid.UUID) -> queries.ProtectionStatus:
    """Tell whether a candidate is protected, and for how long."""
    return queries.protection(current_actor(), candidate_id)
