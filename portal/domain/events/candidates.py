"""What happens to candidates and to the sourcing credit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portal.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CandidateAdded(Event):
    """A candidate was entered; `via` is form, import, or api."""

    type: ClassVar[str] = "candidate.added"
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    via: str


@dataclass(frozen=True, kw_only=True)
class CandidateChanged(Event):
    """A candidate's data were edited; `changed` names the fields."""

    type: ClassVar[str] = "candidate.changed"
    candidate_id: uuid.UUID
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CandidateViewed(Event):
    """A platform admin looked at another organisation's personal data."""

    type: ClassVar[str] = "candidate.viewed"
    candidate_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class CandidateChecked(Event):
    """A recruiter made a blind check; `by` names the kinds of key, `result` what was answered."""

    type: ClassVar[str] = "candidate.checked"
    candidate_id: uuid.UUID | None
    recruiter_id: uuid.UUID | None
    by: tuple[str, ...]
    result: str


@dataclass(frozen=True, kw_only=True)
class CandidateSourced(Event):
    """A recruiter became the owner of the sourcing credit."""

    type: ClassVar[str] = "candidate.sourced"
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    source_method: str
    protection_expires_at: datetime
    supersedes_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CandidateOutreachRecorded(Event):
    """A recruiter recorded an outreach, or what came of it."""

    type: ClassVar[str] = "candidate.outreach_recorded"
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    outreach_id: uuid.UUID
    outreach_type: str
    engagement: str
    job_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OwnershipConflictDetected(Event):
    """A recruiter tried to claim a candidate who is protected for another; nothing changed."""

    type: ClassVar[str] = "ownership.conflict_detected"
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID  # the challenger
    owner_recruiter_id: uuid.UUID
    protection_expires_at: datetime
    attempt: str  # source or outreach


@dataclass(frozen=True, kw_only=True)
class OwnershipExpiring(Event):
    """A protection ends soon."""

    type: ClassVar[str] = "ownership.expiring"
    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    days: int
    protection_expires_at: datetime
