"""Events of disputes (disputes.md §4); what a party said stays on the case, the log tells that it was said."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from portal.domain.events.base import Event, Kind, event

# The parties are told, of some events also who rules, each by one email for all.
_told = partial(event, notice=Kind.DISPUTES, mails=("dispute_told",))
_told_to_all = partial(event, notice=Kind.DISPUTES, mails=("dispute_told", "dispute_desk"))


@dataclass(frozen=True, kw_only=True)
class _OfDispute(Event):
    """What every event of a case refers to; `recruiter_ids` and `company_ids` are its parties."""

    dispute_id: uuid.UUID
    subject_type: str
    candidate_id: uuid.UUID
    proposal_id: uuid.UUID | None
    placement_id: uuid.UUID | None
    recruiter_ids: tuple[uuid.UUID, ...]
    company_ids: tuple[uuid.UUID, ...]


@_told_to_all("dispute.opened", "Dispute opened", "Statements are due by {due_at:deadline}.", icon="scale", tone="warn")
class DisputeOpened(_OfDispute):
    """A party opened a dispute; the other side's statement is due by `due_at`."""

    reason: str
    due_at: datetime


@_told(
    "dispute.answered",
    "Dispute statement added",
    "{is_first:The other side answered.|A party added a statement.}",
    icon="message",
    tone="info",
)
class DisputeAnswered(_OfDispute):
    """A party made a statement; `is_first` if it is the one requested."""

    statement_id: uuid.UUID
    is_first: bool


@_told("dispute.due_soon", "Statement due soon", "Statements are due by {due_at:deadline}.", icon="clock", tone="warn")
class DisputeDueSoon(_OfDispute):
    """One day is left for the statements still missing."""

    due_at: datetime


@_told_to_all(
    "dispute.review_started", "Dispute under review", "A ruling is due by {due_at:deadline}.", icon="scale", tone="info"
)
class DisputeReviewStarted(_OfDispute):
    """All statements are in, or their deadline has passed; a ruling is due by `due_at`."""

    due_at: datetime


_APPEAL = "{is_appeal:It can’t be appealed again|Appeals are due by {appeal_until:deadline}}."


@_told("dispute.resolved", "Dispute resolved", _APPEAL, icon="gavel", tone="ok")
class DisputeResolved(_OfDispute):
    """A platform admin ruled, and the ruling changed something."""

    effect: str
    number: int
    appeal_until: datetime
    is_appeal: bool = False  # the ruling on an appeal, which is the last


@_told("dispute.dismissed", "Dispute decided", f"Nothing changes. {_APPEAL}", icon="gavel")
class DisputeDismissed(_OfDispute):
    """A platform admin ruled that everything stays as it is."""

    effect: str
    number: int
    appeal_until: datetime
    is_appeal: bool = False  # the ruling on an appeal, which is the last


@_told("dispute.withdrawal_asked", "Dispute withdrawal requested", "The other side must agree.", icon="arrow-back-up")
class DisputeWithdrawalAsked(_OfDispute):
    """The party that opened the dispute asked to withdraw it while it is under review."""


@_told(
    "dispute.withdrawal_agreed",
    "Dispute withdrawal agreed",
    "Still to agree: {missing:count respondent}.",
    icon="arrow-back-up",
)
class DisputeWithdrawalAgreed(_OfDispute):
    """A party agreed to the withdrawal of a dispute; `missing` others still have to."""

    missing: int


@event("dispute.noted", "Dispute note added", icon="edit")
class DisputeNoted(_OfDispute):
    """A platform admin added a note that the parties can't see."""


@_told(
    "dispute.attached",
    "File attached to a dispute",
    "{media_type:label}, {size:bytes}, {scanned:scanned for viruses|not scanned for viruses}.",
    icon="upload",
)
class DisputeAttached(_OfDispute):
    """A party attached a file; the log holds its digest, but neither its name nor its content."""

    attachment_id: uuid.UUID
    media_type: str
    size: int  # in bytes
    sha256: str
    scanned: bool


@event("dispute.attachment_downloaded", "Dispute file downloaded", icon="download")
class DisputeAttachmentDownloaded(_OfDispute):
    """A party or a platform admin downloaded one of a dispute's files."""

    attachment_id: uuid.UUID


@event("dispute.attachments_erased", "Dispute files erased", "{count:count file}.", icon="trash")
class DisputeAttachmentsErased(_OfDispute):
    """The files of a dispute closed years ago were erased; their digests stay."""

    count: int


@_told(
    "dispute.files_asked",
    "Files requested",
    "The platform asked the parties for documents.",
    icon="message",
    tone="info",
)
class DisputeFilesAsked(_OfDispute):
    """A platform admin asked for more documents while the dispute is under review."""


@_told("dispute.appeal_waived", "Appeal waived", "A party accepted the ruling.", icon="check")
class DisputeAppealWaived(_OfDispute):
    """A party accepted the ruling; once all have, it takes full effect immediately."""

    is_last: bool = False  # the dispute is settled with it, and the parties are told of that alone


@_told("dispute.withdrawn", "Dispute withdrawn", icon="arrow-back-up")
class DisputeWithdrawn(_OfDispute):
    """The dispute was withdrawn by whoever opened it."""


@_told_to_all(
    "dispute.appealed", "Ruling appealed", "A second ruling is due by {due_at:deadline}.", icon="scale", tone="warn"
)
class DisputeAppealed(_OfDispute):
    """A party appealed the ruling, and the dispute is under review again."""

    due_at: datetime


@event(
    "dispute.clock_missed",
    "Dispute deadline missed",
    "{clock:label} was due by {due_at:deadline}.",
    icon="hourglass",
    tone="bad",
    notice=Kind.DISPUTES,
    mails=("dispute_desk",),
)
class DisputeClockMissed(_OfDispute):
    """The deadline for a statement or a ruling was missed."""

    clock: str  # statement, ruling
    due_at: datetime


@_told("dispute.released", "Dispute settled", "Everything it froze has been released.", icon="lock-open")
class DisputeReleased(_OfDispute):
    """The time to appeal is over, and everything the dispute had frozen is released."""

    is_appeal: bool = False  # with the ruling on an appeal, of which alone the parties are told
