"""What happened: one frozen dataclass an event type, the payload of the event log and of the mails (domain.md §7).

Payloads carry ids and the figures that were true then; no names, no contact data. Money is in minor units, shares in
basis points, times are aware UTC. Fields named in REFERENCES are columns of the log as well, for its filters.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar

REFERENCES = ("candidate_id", "job_id", "proposal_id", "placement_id", "recruiter_id", "user_id")

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
EVENT_TYPES: dict[str, type[Event]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Be the common form of all events; `organisation_id` is the company or agency concerned."""

    type: ClassVar[str]
    organisation_id: uuid.UUID | None = None

    def __init_subclass__(cls) -> None:
        if "." in cls.type:  # the shared forms below are no types of their own
            EVENT_TYPES[cls.type] = cls

    def payload(self) -> dict[str, Json]:
        """Give the fields as JSON values."""
        return {f.name: as_json(getattr(self, f.name)) for f in fields(self) if f.name != "organisation_id"}

    def references(self) -> dict[str, uuid.UUID | None]:
        """Give the entities that the event is about."""
        return {name: getattr(self, name) for name in REFERENCES if hasattr(self, name)}


def as_json(value: object) -> Json:
    """Turn the value of a field into JSON: ids and times as text, everything else as it is."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, uuid.UUID | date):
        return str(value)
    if isinstance(value, tuple | list):
        return [as_json(v) for v in value]
    if isinstance(value, dict):
        return {str(k): as_json(v) for k, v in value.items()}
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


# --- people -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class UserSignedIn(Event):
    """A person signed in; `new_device` says that this browser was not seen before."""

    type: ClassVar[str] = "user.signed_in"
    user_id: uuid.UUID
    session_id: uuid.UUID
    new_device: bool


@dataclass(frozen=True, kw_only=True)
class UserPasswordChanged(Event):
    """A person changed the password; all other sessions ended."""

    type: ClassVar[str] = "user.password_changed"
    user_id: uuid.UUID
    by_reset: bool


@dataclass(frozen=True, kw_only=True)
class UserPasswordResetRequested(Event):
    """Somebody asked for a link to set a new password."""

    type: ClassVar[str] = "user.password_reset_requested"
    user_id: uuid.UUID
    reset_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class UserSessionRevoked(Event):
    """A session ended before its time."""

    type: ClassVar[str] = "user.session_revoked"
    user_id: uuid.UUID
    sessions: int


@dataclass(frozen=True, kw_only=True)
class MembershipAdded(Event):
    """A person got a role in an organisation."""

    type: ClassVar[str] = "membership.added"
    user_id: uuid.UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class MembershipRemoved(Event):
    """A person lost a role in an organisation."""

    type: ClassVar[str] = "membership.removed"
    user_id: uuid.UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class RecruiterStatusChanged(Event):
    """A platform admin changed a recruiter's status."""

    type: ClassVar[str] = "recruiter.status_changed"
    recruiter_id: uuid.UUID
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class AccessTokenChanged(Event):
    """A personal access token was created or revoked; `change` says which."""

    type: ClassVar[str] = "access_token.changed"
    user_id: uuid.UUID
    token_id: uuid.UUID
    change: str


# --- candidates and ownership ------------------------------------------------------------------------------


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


# --- jobs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class JobPosted(Event):
    """A company entered a job."""

    type: ClassVar[str] = "job.posted"
    job_id: uuid.UUID
    status: str
    fee_bp: int


@dataclass(frozen=True, kw_only=True)
class JobChanged(Event):
    """A job was edited; `changed` names the fields, `status` is the one it has now."""

    type: ClassVar[str] = "job.changed"
    job_id: uuid.UUID
    changed: tuple[str, ...]
    status: str


# --- proposals ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _OfProposal(Event):
    type: ClassVar[str] = "proposal"
    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    recruiter_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class ProposalCreated(_OfProposal):
    """A recruiter proposed a candidate for a job."""

    type: ClassVar[str] = "proposal.created"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ProposalReviewing(_OfProposal):
    """Somebody of the company opened the proposal."""

    type: ClassVar[str] = "proposal.reviewing"


@dataclass(frozen=True, kw_only=True)
class ProposalAccepted(_OfProposal):
    """The company accepted."""

    type: ClassVar[str] = "proposal.accepted"
    seconds_to_decide: int


@dataclass(frozen=True, kw_only=True)
class ProposalDeclined(_OfProposal):
    """The company declined."""

    type: ClassVar[str] = "proposal.declined"
    decline_reason: str
    seconds_to_decide: int


@dataclass(frozen=True, kw_only=True)
class ProposalWithdrawn(_OfProposal):
    """The recruiter took the proposal back, or the system did because the job or the candidate is gone."""

    type: ClassVar[str] = "proposal.withdrawn"
    cause: str  # recruiter, platform, job_closed, hired_elsewhere


@dataclass(frozen=True, kw_only=True)
class ProposalTimeout(_OfProposal):
    """Nobody at the company decided in time."""

    type: ClassVar[str] = "proposal.timeout"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ProposalExpiring(_OfProposal):
    """Twenty-four hours are left to decide."""

    type: ClassVar[str] = "proposal.expiring"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(_OfProposal):
    """The company asked the recruiter for information."""

    type: ClassVar[str] = "question.asked"
    question_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(_OfProposal):
    """The recruiter answered a question."""

    type: ClassVar[str] = "question.answered"
    question_id: uuid.UUID
    seconds_to_answer: int


# --- placements --------------------------------------------------------------------------------------------


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


# --- reputation and the platform -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ReputationUpdated(Event):
    """A recruiter's score changed; scores are in hundredths of a point."""

    type: ClassVar[str] = "reputation.updated"
    recruiter_id: uuid.UUID
    old_score: int | None
    new_score: int
    cause: str


@dataclass(frozen=True, kw_only=True)
class ReputationAppealed(Event):
    """A recruiter contested an input of the score, or a platform admin ruled on it; `step` says which."""

    type: ClassVar[str] = "reputation.appealed"
    recruiter_id: uuid.UUID
    appeal_id: uuid.UUID
    step: str  # opened, excluded, kept


@dataclass(frozen=True, kw_only=True)
class DeliveryRetried(Event):
    """A platform admin sent a mail on its way again."""

    type: ClassVar[str] = "delivery.retried"
    delivery_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class SettingsChanged(Event):
    """A platform admin changed settings; `changed` maps a name to [old, new]."""

    type: ClassVar[str] = "settings.changed"
    scope: str
    changed: dict[str, tuple[str, str]]
    job_id: uuid.UUID | None = None
