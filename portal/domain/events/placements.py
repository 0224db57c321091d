"""What happens to placements, their guarantee and their splits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class _OfPlacement(Event):
    type: ClassVar[str] = "placement"
    placement_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PlacementHired(_OfPlacement):
    """The company recorded a hire."""

    type: ClassVar[str] = "placement.hired"
    proposal_id: uuid.UUID
    recruiter_id: uuid.UUID  # the lead: who proposed
    currency: str
    salary_minor: int
    fee_minor: int


@dataclass(frozen=True, kw_only=True)
class PlacementActivated(_OfPlacement):
    """The candidate started; the guarantee runs and the splits are locked."""

    type: ClassVar[str] = "placement.activated"
    start_date: date
    guarantee_days: int
    guarantee_end_date: date


@dataclass(frozen=True, kw_only=True)
class PlacementCompleted(_OfPlacement):
    """The guarantee is over; payouts become due."""

    type: ClassVar[str] = "placement.completed"
    automatic: bool
    currency: str
    fee_minor: int


@dataclass(frozen=True, kw_only=True)
class PlacementFailed(_OfPlacement):
    """The placement ended before its guarantee did, or never began."""

    type: ClassVar[str] = "placement.failed"
    failure_reason: str
    within_guarantee: bool
    replacement_eligible: bool


@dataclass(frozen=True, kw_only=True)
class ReplacementRequested(_OfPlacement):
    """The company wants another candidate in place of a failed placement."""

    type: ClassVar[str] = "replacement.requested"
    replacement_deadline: date


@dataclass(frozen=True, kw_only=True)
class ReplacementLinked(_OfPlacement):
    """Another placement took the place of a failed one; `placement_id` is the failed one."""

    type: ClassVar[str] = "replacement.linked"
    replacement_placement_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class GuaranteeExtended(_OfPlacement):
    """The guarantee runs longer."""

    type: ClassVar[str] = "guarantee.extended"
    additional_days: int
    guarantee_days: int
    old_end_date: date
    guarantee_end_date: date


@dataclass(frozen=True, kw_only=True)
class GuaranteeExpiring(_OfPlacement):
    """The guarantee ends soon."""

    type: ClassVar[str] = "guarantee.expiring"
    notice_days: int
    days_left: int
    guarantee_end_date: date


@dataclass(frozen=True, kw_only=True)
class CollaboratorAdded(_OfPlacement):
    """A recruiter joined the team of a placement."""

    type: ClassVar[str] = "collaborator.added"
    recruiter_id: uuid.UUID
    role: str
    split_bp: int
    amount_minor: int
    currency: str
    at_hire: bool = False


@dataclass(frozen=True, kw_only=True)
class SplitsChanged(_OfPlacement):
    """The split sheet has a new version."""

    type: ClassVar[str] = "splits.changed"
    version: int
    total_bp: int


@dataclass(frozen=True, kw_only=True)
class SplitsLocked(_OfPlacement):
    """Activation made the split sheet final."""

    type: ClassVar[str] = "splits.locked"
    version: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AmendmentProposed(_OfPlacement):
    """A party wants to change a locked sheet; `recruiter_ids` are those who have to agree."""

    type: ClassVar[str] = "splits.amendment_proposed"
    amendment_id: uuid.UUID
    recruiter_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, kw_only=True)
class AmendmentAnswered(_OfPlacement):
    """A party agreed to an amendment or refused it."""

    type: ClassVar[str] = "splits.amendment_answered"
    amendment_id: uuid.UUID
    recruiter_id: uuid.UUID
    agreed: bool
    seconds_to_answer: int


@dataclass(frozen=True, kw_only=True)
class SplitsAmended(_OfPlacement):
    """An amendment is in force."""

    type: ClassVar[str] = "splits.amended"
    amendment_id: uuid.UUID
    version: int
    sha256: str
    forced: bool


@dataclass(frozen=True, kw_only=True)
class FeedbackGiven(_OfPlacement):
    """A collaborator rated another."""

    type: ClassVar[str] = "feedback.given"
    recruiter_id: uuid.UUID  # the rated one
    by_recruiter_id: uuid.UUID
    stars: int
