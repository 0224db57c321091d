"""A claim and an outreach as they were just recorded, for whoever recorded them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true

from portal import access
from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import CandidateOutreach, CandidateSourcer


@dataclass(frozen=True, slots=True)
class Claim:
    id: uuid.UUID
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    source_method: str
    sourced_at: datetime
    protection_expires_at: datetime
    notes: str


@dataclass(frozen=True, slots=True)
class RecordedOutreach:
    id: uuid.UUID
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    outreach_type: str
    subject: str
    sent_at: datetime
    engagement: str


def claim(claim_id: uuid.UUID, *, viewer: Actor) -> Claim:
    """Return a claim to its owner, or to a platform admin."""
    c = CandidateSourcer
    columns = (c.id, c.candidate_id, c.recruiter_id, c.source_method, c.sourced_at, c.protection_expires_at, c.notes)
    return Claim(*_one(select(*columns).where(c.id == claim_id, _own(viewer, c.recruiter_id))))


def recorded_outreach(outreach_id: uuid.UUID, *, viewer: Actor) -> RecordedOutreach:
    """Return an outreach to whoever recorded it, or to a platform admin."""
    o = CandidateOutreach
    columns = (o.id, o.candidate_id, o.recruiter_id, o.outreach_type, o.subject, o.sent_at, o.engagement)
    return RecordedOutreach(*_one(select(*columns).where(o.id == outreach_id, _own(viewer, o.recruiter_id))))


def _own(viewer: Actor, recruiter_id: Any) -> ColumnElement[bool]:
    if access.sees_every_candidate(viewer):
        return true()
    own: ColumnElement[bool] = recruiter_id == viewer.recruiter_id
    return own


def _one(query: Any) -> Any:
    return existing(reading().execute(query).one_or_none())
