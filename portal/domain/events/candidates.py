"""What happens to candidates and to the sourcing credit."""

from __future__ import annotations

import uuid
from datetime import datetime

from portal.domain.events.base import Event, Kind, event


@event("candidate.added", "Candidate added", "Added {via:word}.", icon="user-plus")
class CandidateAdded(Event):
    """A candidate was entered; `via` is form, import, or api."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    via: str


@event("candidates.imported", "File imported", "{added:count candidate} added, {claimed} claimed.", icon="file-import")
class CandidatesImported(Event):
    """A file of candidates was imported; each has an event as well."""

    import_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    added: int
    claimed: int


@event("candidates.import_undone", "Import undone", "{removed:count candidate} removed.", icon="history")
class CandidatesImportUndone(Event):
    """An import was undone; whom somebody worked with since was kept."""

    import_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    removed: int
    kept: int


@event("candidate.removed", "Candidate removed", "The import was undone.", icon="trash")
class CandidateRemoved(Event):
    """A candidate whom nobody worked with went with the import that had added them, and the claim of it too."""

    candidate_id: uuid.UUID
    import_id: uuid.UUID


@event(
    "candidate.erased",
    "Candidate erased",
    "Name, contact details and notes were erased on request.",
    icon="trash",
)
class CandidateErased(Event):
    """A candidate's data were erased on request, the sourcing credit ended; what the log tells by id stays."""

    candidate_id: uuid.UUID


@event(
    "candidate.merged",
    "Duplicate merged",
    "The person was entered twice; the first claim applies. {reason}",
    icon="copy",
    notice=Kind.CANDIDATES,
    mails=("candidate_merged",),
)
class CandidateMerged(Event):
    """A second record of a person was merged; `recruiter_id` is another recruiter, whose later claim ended."""

    candidate_id: uuid.UUID
    into_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    reason: str


@event(
    "candidate.separated",
    "Records separated",
    "These are two different people. {reason}",
    icon="users",
    notice=Kind.CANDIDATES,
    mails=("candidate_separated",),
)
class CandidateSeparated(Event):
    """A record that was merged is a candidate of its own again; `recruiter_id` has the claim back that had ended."""

    candidate_id: uuid.UUID
    from_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    reason: str


@event("candidate.changed", "Candidate edited", "Changed: {changed:list}.", icon="pencil")
class CandidateChanged(Event):
    """A candidate's data were edited; `changed` names the fields."""

    candidate_id: uuid.UUID
    changed: tuple[str, ...]


@event(
    "attachment.added",
    "File attached",
    "{kind:label}, {size:bytes}, {scanned:scanned for viruses|not scanned for viruses}.",
    icon="upload",
)
class AttachmentAdded(Event):
    """A file was attached to a candidate; neither its name nor its content is in the log."""

    candidate_id: uuid.UUID
    attachment_id: uuid.UUID
    kind: str
    size: int  # in bytes
    scanned: bool


@event("attachment.removed", "Attachment removed", "{kind:label}.", icon="trash")
class AttachmentRemoved(Event):
    """A file of a candidate was removed."""

    candidate_id: uuid.UUID
    attachment_id: uuid.UUID
    kind: str


@event("attachment.downloaded", "Attachment downloaded", "{kind:label}.", icon="download")
class AttachmentDownloaded(Event):
    """Somebody downloaded a file of a candidate."""

    candidate_id: uuid.UUID
    attachment_id: uuid.UUID
    kind: str


@event("candidate.viewed", "Viewed", "A platform admin opened the personal data.", icon="eye")
class CandidateViewed(Event):
    """A platform admin looked at another organization's personal data."""

    candidate_id: uuid.UUID


@event("candidate.checked", "Blind check", "Result: {result}.", icon="search")
class CandidateChecked(Event):
    """A recruiter made a blind check; `by` names the kinds of key, `result` what was answered."""

    candidate_id: uuid.UUID | None
    recruiter_id: uuid.UUID | None
    by: tuple[str, ...]
    result: str


@event(
    "candidate.sourced",
    "Sourcing credit claimed",
    "{recruiter} claimed it via {source_method:word}; protected until {protection_expires_at:day}.",
    icon="shield-check",
    tone="ok",
    notice=Kind.CANDIDATES,
    mails=("candidate_sourced",),
)
class CandidateSourced(Event):
    """A recruiter became the owner of the sourcing credit."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    source_method: str
    protection_expires_at: datetime
    supersedes_id: uuid.UUID | None = None


@event(
    "claim.passed_on",
    "Sourcing credit passed on",
    "To {recruiter}; protected until {protection_expires_at:day}.",
    icon="shield-check",
)
class ClaimPassedOn(Event):
    """A successor owns the sourcing credit of a recruiter who left, to the same day."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    former_recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    protection_expires_at: datetime


@event(
    "claim.transferred",
    "Sourcing credit transferred",
    "To {recruiter}, after a ruling; protected until {protection_expires_at:day}.",
    icon="gavel",
)
class ClaimTransferred(Event):
    """A ruling gave the sourcing credit to another recruiter, from its start and to the same day."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    former_recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    protection_expires_at: datetime


@event(
    "claim.shared",
    "Sourcing credit shared",
    "A ruling gives the other side {shared_bp:percent} of what it earns from now on.",
    icon="gavel",
)
class ClaimShared(Event):
    """A ruling divides the sourcer's share of hires to come under a claim; `shared_bp` 0 takes that back."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    shared_with_recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    shared_bp: int


@event(
    "claim.part_passed_on",
    "Shared part of the sourcing credit passed on",
    "The holder of {shared_bp:percent} of its earnings left;"
    " {successor_id:a successor has it now|it goes back to the owner}.",
    icon="users",
)
class ClaimPartPassedOn(Event):
    """Who shared in a sourcing credit by a ruling left; without a successor the part is the owner's again."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    former_recruiter_id: uuid.UUID
    successor_id: uuid.UUID | None
    claim_id: uuid.UUID
    shared_bp: int


@event("claim.ended", "Sourcing credit ended", "{recruiter} left.", icon="shield-x")
class ClaimEnded(Event):
    """The owner of the sourcing credit left without a successor."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID


@event(
    "candidate.outreach_recorded",
    "Outreach logged",
    "{outreach_type:label}, {engagement:word}.",
    icon="send",
    tone="info",
)
class CandidateOutreachRecorded(Event):
    """A recruiter recorded an outreach, or what came of it."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    outreach_id: uuid.UUID
    outreach_type: str
    engagement: str
    job_id: uuid.UUID | None = None


@event(
    "ownership.conflict_detected",
    "Ownership conflict",
    "{recruiter} tried to {attempt:word}; protected until {protection_expires_at:day}.",
    icon="shield-x",
    tone="warn",
    notice=Kind.CANDIDATES,
    mails=("ownership_conflict", "ownership_refused"),
)
class OwnershipConflictDetected(Event):
    """A recruiter tried to claim a candidate who is protected for another; nothing changed."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID  # the challenger
    owner_recruiter_id: uuid.UUID
    protection_expires_at: datetime
    attempt: str  # source or outreach


@event(
    "ownership.expiring",
    "Claim expires soon",
    "Expires in {days:count day}, on {protection_expires_at:day}.",
    icon="hourglass",
    tone="warn",
    notice=Kind.CANDIDATES,
    mails=("ownership_expiring",),
)
class OwnershipExpiring(Event):
    """A protection ends soon."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    days: int
    protection_expires_at: datetime
