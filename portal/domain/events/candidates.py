"""What happens to candidates and to the sourcing credit."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial

from portal.domain.events.base import Event, Kind, event

_mailed = partial(event, notice=Kind.CANDIDATES)


@event("candidate.added", "Candidate added", "Added {via:word}.", icon="user-plus")
class CandidateAdded(Event):
    """A candidate was added; `via` is form, import or api."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    via: str


@event(
    "candidates.imported",
    "File imported",
    "{added:count candidate} added, {claimed} claimed.",
    icon="file-import",
    notice=Kind.CANDIDATES,
    mails=("candidates_imported",),
)
class CandidatesImported(Event):
    """A file of candidates was imported; each has its own event as well, but people are told of all claims at once."""

    import_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    added: int
    claimed: int
    protection_expires_at: datetime | None = None  # of the claims


@event("candidates.import_undone", "Import undone", "{removed:count candidate} removed.", icon="history")
class CandidatesImportUndone(Event):
    """An import was undone; candidates someone had worked with since were kept."""

    import_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    removed: int
    kept: int


@event("candidate.removed", "Candidate removed", "The import was undone.", icon="trash")
class CandidateRemoved(Event):
    """A candidate no one had worked with was removed with the import that added them, along with its claim."""

    candidate_id: uuid.UUID
    import_id: uuid.UUID


@event(
    "candidate.erased",
    "Candidate erased",
    "Name, contact details and notes were erased on request.",
    icon="trash",
)
class CandidateErased(Event):
    """A candidate's data was erased on request and the sourcing credit ended; the log, which holds only ids, stays."""

    candidate_id: uuid.UUID


@_mailed(
    "candidate.merged",
    "Duplicate merged",
    "The person was entered twice; the first claim applies. {reason}",
    icon="copy",
)
class CandidateMerged(Event):
    """A duplicate record was merged; `recruiter_id` is the recruiter whose later claim ended, if another's did.

    Of that claim, `shared_with_recruiter_id` had a part by a ruling.
    """

    candidate_id: uuid.UUID
    into_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    reason: str
    shared_with_recruiter_id: uuid.UUID | None = None


@_mailed("candidate.separated", "Records separated", "These are two different people. {reason}", icon="users")
class CandidateSeparated(Event):
    """Two merged records were separated again; `recruiter_id` gets back the claim that had ended.

    So does `shared_with_recruiter_id` the part of it.
    """

    candidate_id: uuid.UUID
    from_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    reason: str
    shared_with_recruiter_id: uuid.UUID | None = None


@event("candidate.changed", "Candidate edited", "Changed: {changed:list}.", icon="pencil")
class CandidateChanged(Event):
    """A candidate's details were edited; `changed` names the fields."""

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
    """A candidate's file was removed."""

    candidate_id: uuid.UUID
    attachment_id: uuid.UUID
    kind: str


@event("attachment.downloaded", "Attachment downloaded", "{kind:label}.", icon="download")
class AttachmentDownloaded(Event):
    """Someone downloaded one of a candidate's files."""

    candidate_id: uuid.UUID
    attachment_id: uuid.UUID
    kind: str


@event("candidate.viewed", "Viewed", "A platform admin opened the personal data.", icon="eye")
class CandidateViewed(Event):
    """A platform admin viewed another organization's personal data."""

    candidate_id: uuid.UUID


@event("candidate.checked", "Blind check", "Result: {result}.", icon="search")
class CandidateChecked(Event):
    """A recruiter made a blind check; `by` names the kinds of key, `result` the answer."""

    candidate_id: uuid.UUID | None
    recruiter_id: uuid.UUID | None
    by: tuple[str, ...]
    result: str


@_mailed(
    "candidate.sourced",
    "Sourcing credit claimed",
    "{recruiter} claimed the candidate via {source_method:word}; protected until {protection_expires_at:day}.",
    icon="shield-check",
    tone="ok",
)
class CandidateSourced(Event):
    """A recruiter claimed the sourcing credit, alone or with all of an import."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    source_method: str
    protection_expires_at: datetime
    supersedes_id: uuid.UUID | None = None
    import_id: uuid.UUID | None = None


@event(
    "claim.passed_on",
    "Sourcing credit passed on",
    "To {recruiter}; protected until {protection_expires_at:day}.",
    icon="shield-check",
)
class ClaimPassedOn(Event):
    """A successor took over the sourcing credit of a recruiter who left, with the same end date."""

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
    """A ruling gave the sourcing credit to another recruiter, with the same start and end dates."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    former_recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    protection_expires_at: datetime


@event(
    "claim.shared",
    "Sourcing credit shared",
    "A ruling gives the other side {shared_bp:percent} of its future earnings.",
    icon="gavel",
)
class ClaimShared(Event):
    """A ruling divided the sourcer's share of future hires under a claim; `shared_bp` 0 undoes that."""

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
    """Someone who shared a sourcing credit by a ruling left; without a successor, the part goes back to the owner."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    former_recruiter_id: uuid.UUID
    successor_id: uuid.UUID | None
    claim_id: uuid.UUID
    shared_bp: int


@_mailed("claim.ended", "Sourcing credit ended", "{recruiter} left.", icon="shield-x", mails=("claim_part_ended",))
class ClaimEnded(Event):
    """The owner of the sourcing credit left without a successor; `shared_with_recruiter_id` had a part by a ruling."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    shared_with_recruiter_id: uuid.UUID | None = None


@event(
    "candidate.outreach_recorded",
    "Outreach logged",
    "{outreach_type:label}, {engagement:result}.",
    icon="message",
    tone="info",
)
class CandidateOutreachRecorded(Event):
    """A recruiter logged outreach, or its result."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    outreach_id: uuid.UUID
    outreach_type: str
    engagement: str
    job_id: uuid.UUID | None = None


@_mailed(
    "ownership.conflict_detected",
    "Ownership conflict",
    "{recruiter} tried to {attempt:word}; protected until {protection_expires_at:day}.",
    icon="shield-x",
    tone="warn",
    mails=("ownership_conflict", "ownership_refused"),
)
class OwnershipConflictDetected(Event):
    """A recruiter tried to claim a candidate claimed by another recruiter; nothing changed."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID  # the challenger
    owner_recruiter_id: uuid.UUID
    protection_expires_at: datetime
    attempt: str  # source or outreach


@_mailed(
    "ownership.expiring",
    "Claim expires soon",
    "Expires in {days:count day}, on {protection_expires_at:day}.",
    icon="hourglass",
    tone="warn",
)
class OwnershipExpiring(Event):
    """A claim expires soon."""

    candidate_id: uuid.UUID
    recruiter_id: uuid.UUID
    claim_id: uuid.UUID
    days: int
    protection_expires_at: datetime
