"""What happens to placements, their guarantee and their splits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from functools import partial

from portal.domain.events.base import Event, Kind, event

_mailed = partial(event, notice=Kind.PLACEMENTS)


@dataclass(frozen=True, kw_only=True)
class _OfPlacement(Event):
    placement_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    split_version: int | None = None  # of the split sheet then, from which its emails are written; older events lack it


Shares = tuple[tuple[str, str, int, int], ...]  # of a split sheet: recruiter, role, basis points, minor units


@event("placement.hired", "Hired", "Fee {fee_minor:money}.", icon="plus", tone="info")
class PlacementHired(_OfPlacement):
    """The company recorded a hire."""

    proposal_id: uuid.UUID
    recruiter_id: uuid.UUID  # the lead: who proposed
    currency: str
    salary_minor: int
    fee_minor: int
    second_reason: str = ""  # why a platform admin allowed a second running placement of one person
    fee_reason: str = ""  # why a platform admin recorded another fee than that of the terms


@_mailed(
    "placement.activated",
    "Placement activated",
    "Starts {start_date:day}; "
    "{guarantee_days:guaranteed for {guarantee_days:count day}, through {guarantee_end_date:there}|no guarantee}.",
    icon="activity",
    tone="ok",
)
class PlacementActivated(_OfPlacement):
    """The guarantee runs from the start date, and the splits are locked."""

    start_date: date
    guarantee_days: int
    guarantee_end_date: date


@_mailed(
    "placement.completed",
    "Placement completed",
    "{automatic:Completed automatically; the|The} fee of {fee_minor:money} is due for payout.",
    icon="circle-check",
    tone="ok",
)
class PlacementCompleted(_OfPlacement):
    """The guarantee is over; payouts become due."""

    automatic: bool
    currency: str
    fee_minor: int


@_mailed(
    "placement.failed",
    "Placement failed",
    "{failure_reason:label}, {within_guarantee:during|outside} the guarantee"
    "{replacement_eligible:; a replacement can be requested|}.",
    icon="circle-x",
    tone="bad",
)
class PlacementFailed(_OfPlacement):
    """The placement ended before its guarantee did, or never began.

    During an extension, `recruiter_ids` are those who had not agreed to it; they keep their shares.
    """

    failure_reason: str
    within_guarantee: bool
    replacement_eligible: bool
    last_day_worked: date | None = None  # None for whoever never came
    recruiter_ids: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Correction(_OfPlacement):
    amendment_id: uuid.UUID
    currency: str
    salary_before_minor: int
    salary_minor: int
    fee_before_minor: int
    fee_minor: int
    start_before: date | None = None
    start_date: date | None = None
    shares_before: Shares = ()
    shares: Shares = ()


@_mailed(
    "placement.correction_proposed",
    "Correction proposed",
    "Fee {fee_before_minor:money} → {fee_minor:money}. Approvals needed: {recruiter_ids:number}.",
    icon="pencil",
    tone="warn",
    mails=("correction_proposed",),
)
class CorrectionProposed(_Correction):
    """The company proposed a correction to a hire; `recruiter_ids` are those who have to approve."""

    recruiter_ids: tuple[uuid.UUID, ...]


@_mailed(
    "placement.corrected",
    "Hire corrected",
    "Salary {salary_before_minor:money} → {salary_minor:money}, fee {fee_before_minor:money} → {fee_minor:money}.",
    icon="pencil",
    tone="info",
)
class PlacementCorrected(_Correction):
    """A hire's figures were corrected; `version` is that of the split calculated from them."""

    version: int
    forced: bool
    reason: str
    runs_again_until: date | None = None  # the guarantee's end, when it had been over under the wrong start
    left_recruiter_ids: tuple[uuid.UUID, ...] = ()


@_mailed("placement.undone", "Undone", "{what:label} was recorded by mistake.", icon="arrow-left", tone="warn")
class PlacementUndone(_OfPlacement):
    """A hire (`what` is hire) or a no-show (no_show) was undone, because it was recorded by mistake."""

    what: str
    reason: str


@_mailed(
    "replacement.requested",
    "Replacement requested",
    "Needed by {replacement_deadline:there}.",
    icon="replace",
    tone="warn",
)
class ReplacementRequested(_OfPlacement):
    """The company requested a replacement for a failed placement."""

    replacement_deadline: date


@_mailed("replacement.linked", "Replacement linked", "Another placement replaced it.", icon="link", tone="info")
class ReplacementLinked(_OfPlacement):
    """Another placement replaced a failed one; `placement_id` is the failed one."""

    replacement_placement_id: uuid.UUID


@_mailed(
    "replacement.unlinked",
    "Replacement no longer linked",
    "It never started, so another placement can be linked.",
    icon="link",
    tone="warn",
)
class ReplacementUnlinked(_OfPlacement):
    """The placement that was to replace a failed one was undone, or was a no-show; `placement_id` is the failed one."""

    replacement_placement_id: uuid.UUID


@event(
    "guarantee.extended",
    "Guarantee extended",
    "By {additional_days:count day}, from {old_end_date:there} to {guarantee_end_date:there}.",
    icon="calendar-plus",
    tone="info",
    notice=Kind.GUARANTEES,
)
class GuaranteeExtended(_OfPlacement):
    """The guarantee was extended; the shares of `recruiter_ids` follow if they agree."""

    additional_days: int
    guarantee_days: int
    old_end_date: date
    guarantee_end_date: date
    recruiter_ids: tuple[uuid.UUID, ...] = ()


@event(
    "guarantee.extension_answered",
    "Extension answered",
    "{recruiter} {agreed:agreed|declined}.",
    icon="calendar-plus",
)
class ExtensionAnswered(_OfPlacement):
    """A recruiter agreed or declined that their shares wait for the end of an extended guarantee."""

    recruiter_id: uuid.UUID
    agreed: bool
    guarantee_end_date: date


@event(
    "guarantee.expiring",
    "Guarantee ends soon",
    "{days_left:count day} left; it ends on {guarantee_end_date:there}.",
    icon="hourglass",
    tone="warn",
    notice=Kind.GUARANTEES,
)
class GuaranteeExpiring(_OfPlacement):
    """The guarantee ends soon."""

    notice_days: int
    days_left: int
    guarantee_end_date: date


@event(
    "collaborator.added",
    "Collaborator added",
    "{recruiter} joined as {role:word} with {split_bp:percent}, {amount_minor:money}.",
    icon="user-plus",
    tone="ok",
    notice=Kind.SPLITS,
)
class CollaboratorAdded(_OfPlacement):
    """A recruiter joined the team of a placement."""

    recruiter_id: uuid.UUID
    role: str
    split_bp: int
    amount_minor: int
    currency: str
    at_hire: bool = False


@event(
    "splits.changed",
    "Split changed",
    "Version {version}; {total_bp:percent} allocated.",
    icon="scale",
    notice=Kind.SPLITS,
)
class SplitsChanged(_OfPlacement):
    """The split has a new version; `reason` is why a platform admin lowered a share without consent."""

    version: int
    total_bp: int
    cause: str = ""
    shares_before: Shares = ()
    shares: Shares = ()
    left_recruiter_ids: tuple[uuid.UUID, ...] = ()
    reason: str = ""


@event("splits.locked", "Split locked", "Version {version} is final.", icon="lock", tone="info")
class SplitsLocked(_OfPlacement):
    """Activation locked the split."""

    version: int
    sha256: str


@event(
    "splits.amendment_proposed",
    "Split change proposed",
    "Approvals needed: {recruiter_ids:number}.",
    icon="scale",
    tone="warn",
    notice=Kind.SPLITS,
    mails=("amendment_proposed",),
)
class AmendmentProposed(_OfPlacement):
    """A party proposed a change to a split, from `shares_before` to `shares`; `recruiter_ids` have to approve."""

    amendment_id: uuid.UUID
    recruiter_ids: tuple[uuid.UUID, ...]
    shares_before: Shares = ()
    shares: Shares = ()


@event(
    "splits.amendment_answered",
    "Split change answered",
    "{recruiter} {agreed:approved|declined} after {seconds_to_answer:span}.",
    icon="scale",
    notice=Kind.SPLITS,
    mails=("amendment_declined",),
)
class AmendmentAnswered(_OfPlacement):
    """A party approved what `proposer_id` had proposed, or declined it for a `reason`."""

    amendment_id: uuid.UUID
    recruiter_id: uuid.UUID
    agreed: bool
    seconds_to_answer: int
    reason: str = ""
    proposer_id: uuid.UUID | None = None


@event(
    "splits.amended",
    "Split change applied",
    "{forced:A platform admin applied it|Everyone whose share changes approved}; the split is now version {version}.",
    icon="scale",
    tone="info",
    notice=Kind.SPLITS,
)
class SplitsAmended(_OfPlacement):
    """An amendment was applied; `reason` is why a platform admin applied it without everyone's approval."""

    amendment_id: uuid.UUID
    version: int
    sha256: str
    forced: bool
    shares_before: Shares = ()
    shares: Shares = ()
    left_recruiter_ids: tuple[uuid.UUID, ...] = ()
    reason: str = ""


@event("feedback.given", "Feedback given", "{stars:count star} for {recruiter}.", icon="star")
class FeedbackGiven(_OfPlacement):
    """A collaborator rated another."""

    recruiter_id: uuid.UUID  # the rated one
    by_recruiter_id: uuid.UUID
    stars: int
