"""Whose candidate it is, until when, and who was contacted how (domain.md §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.access import visible
from portal.domain.disputes import SubjectType
from portal.domain.errors import NotFound, existing
from portal.domain.ownership import (
    ENGAGEMENT_TONES,
    OUTREACH_TYPE_ICONS,
    OUTREACH_TYPE_LABELS,
    OWN,
    PROTECTED,
    SOURCE_METHOD_LABELS,
    SOURCE_METHOD_WORDS,
    Badge,
    Engagement,
    OutreachType,
    SourceMethod,
    badge,
    days_remaining,
    engagement_labels,
)
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import (
    Candidate,
    CandidateOutreach,
    CandidateSourcer,
    Dispute,
    DisputeParty,
    Job,
    Organisation,
    OutreachEngagement,
    OwnershipConflict,
    Proposal,
    Recruiter,
    User,
)
from portal.queries.prepared import RECRUITER, prepared
from portal.runtime import cache

OUTREACH_SHOWN, ATTEMPTS_SHOWN = 50, 20
Claim = aliased(CandidateSourcer)
OWNER_COLUMNS = (
    Claim.id.label("claim_id"),
    Claim.recruiter_id.label("owner_id"),
    Claim.source_method,
    Claim.notes.label("claim_notes"),
    Claim.sourced_at,
    Claim.protection_expires_at,
    Claim.shared_bp,
    select(User.name)
    .join(Recruiter, Recruiter.user_id == User.id)
    .where(Recruiter.id == Claim.shared_with)
    .correlate(Claim)
    .scalar_subquery()
    .label("shared_name"),
)

IS_MERGED = Candidate.merged_at.is_not(None).label("merged")


@dataclass(frozen=True, slots=True)
class Sourcer:
    """The current claim as one viewer may see it: `recruiter_id` and name are None for people it doesn't concern.

    A ruling may have given part of its future earnings to someone else: `shared_bp` to `shared_name`.
    """

    badge: Badge
    claim_id: uuid.UUID | None = None
    recruiter_id: uuid.UUID | None = None
    recruiter_name: str | None = None
    source_method: SourceMethod | None = None
    sourced_at: datetime | None = None
    protection_expires_at: datetime | None = None
    days_remaining: int = 0
    notes: str = ""
    shared_name: str | None = None
    shared_bp: int | None = None

    @property
    def is_protected(self) -> bool:
        return self.badge in PROTECTED

    @property
    def is_mine(self) -> bool:
        return self.badge in OWN

    @property
    def method_label(self) -> str:
        return SOURCE_METHOD_LABELS[self.source_method] if self.source_method else ""

    @property
    def method_in_words(self) -> str:
        """Return the method as a sentence names it."""
        return SOURCE_METHOD_WORDS[self.source_method] if self.source_method else ""


@dataclass(frozen=True, slots=True)
class ProtectionStatus:
    """Whether a candidate is protected; nulls if available, and no owner for people it doesn't concern."""

    is_protected: bool
    protection_expires_at: datetime | None = None
    sourcer_recruiter_id: uuid.UUID | None = None
    days_remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One result of an outreach."""

    engagement: Engagement
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outreach:
    """One contact and its results; `open_steps` are those that the viewer can still record."""

    id: uuid.UUID
    outreach_type: OutreachType
    label: str
    subject: str
    message_preview: str
    engagement: Engagement
    engagement_label: str
    sent_at: datetime
    by: str
    job_title: str | None
    steps: tuple[Step, ...]
    open_steps: tuple[tuple[str, str], ...]

    @property
    def icon(self) -> str:
        return OUTREACH_TYPE_ICONS[self.outreach_type]

    @property
    def tone(self) -> str:
        return ENGAGEMENT_TONES[self.engagement]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A declined claim next to the one that ruled it out, for whoever handles both sides.

    `dispute_id` is the case that someone opened about it.
    """

    id: uuid.UUID
    candidate_id: uuid.UUID
    candidate_name: str
    challenger_id: uuid.UUID
    challenger_name: str
    challenger_agency: str
    at: datetime
    owner_id: uuid.UUID
    owner_name: str
    sourced_at: datetime
    source_method: str
    protection_expires_at: datetime
    dispute_id: uuid.UUID | None

    @property
    def method_label(self) -> str:
        return SOURCE_METHOD_LABELS[SourceMethod(self.source_method)]


def current_claim() -> ColumnElement[bool]:
    """Return the condition that joins a candidate's current claim."""
    return and_(Claim.candidate_id == Candidate.id, Claim.is_current)


def contested_at(viewer: Actor) -> ColumnElement[Any]:
    """Select when the viewer last wanted the credit of another's, or another was refused that of the viewer's."""
    if viewer.recruiter_id is None:
        return null()
    conflict, own = OwnershipConflict, viewer.recruiter_id
    is_own, by_another = Claim.recruiter_id == own, conflict.challenger_id != Claim.recruiter_id
    refusals = select(func.max(conflict.at)).where(
        conflict.candidate_id == Candidate.id, by_another, or_(is_own, conflict.challenger_id == own)
    )
    proposals = select(func.max(Proposal.proposed_at)).where(
        Proposal.candidate_id == Candidate.id, ~is_own, Proposal.recruiter_id == own
    )
    contacts = select(func.max(CandidateOutreach.sent_at)).where(
        CandidateOutreach.candidate_id == Candidate.id, ~is_own, CandidateOutreach.recruiter_id == own
    )
    lasts = [each.correlate(Candidate, Claim).scalar_subquery() for each in (refusals, proposals, contacts)]
    return func.greatest(*lasts)


def refused(viewer: Actor) -> ColumnElement[bool]:
    """Return the condition that the viewer was refused by the current claim."""
    conflict = exists().where(
        OwnershipConflict.claim_id == Claim.id,
        OwnershipConflict.candidate_id == Claim.candidate_id,
        OwnershipConflict.challenger_id == viewer.recruiter_id,
    )
    return conflict.correlate(Claim)


def owner_name() -> ScalarSelect[str]:
    """Select the name of the recruiter who owns the current claim."""
    person = select(User.name).join(Recruiter, Recruiter.user_id == User.id)
    return person.where(Recruiter.id == Claim.recruiter_id).correlate(Claim).scalar_subquery()


def to_sourcer(row: Any, viewer: Actor) -> Sourcer:
    """Make the view of a row with `OWNER_COLUMNS`, `owner_name`, `refused`, `merged`; names for those concerned."""
    if row.merged:
        return Sourcer(Badge.MERGED)
    ends: datetime | None = row.protection_expires_at
    if ends is None:
        return Sourcer(Badge.UNCLAIMED)
    mine = viewer.recruiter_id is not None and row.owner_id == viewer.recruiter_id
    stands = badge(ends=ends, mine=mine, now=viewer.now, refused=row.refused)
    concerned = mine or row.refused or access.sees_every_candidate(viewer)
    return Sourcer(
        stands,
        row.claim_id,
        row.owner_id if concerned else None,
        row.owner_name if concerned else None,
        SourceMethod(row.source_method) if concerned else None,
        row.sourced_at,
        ends,
        days_remaining(ends, viewer.now),
        row.claim_notes if mine or access.sees_every_candidate(viewer) else "",
        row.shared_name if concerned else None,
        row.shared_bp if concerned else None,
    )


def sourcer(viewer: Actor, candidate_id: uuid.UUID) -> Sourcer:
    query = (
        select(*OWNER_COLUMNS, owner_name().label("owner_name"), refused(viewer).label("refused"), IS_MERGED)
        .select_from(Candidate)
        .outerjoin(Claim, current_claim())
        .where(Candidate.id == candidate_id, visible(Candidate, viewer))
    )
    row = existing(reading().execute(query).one_or_none())
    return to_sourcer(row, viewer)


def protection(viewer: Actor, candidate_id: uuid.UUID) -> ProtectionStatus:
    """Return whether a candidate is protected; cached for a minute, or until someone claims."""
    asking = f"{viewer.user_id}:{viewer.organisation_id}:{','.join(sorted(viewer.roles))}"

    def look() -> tuple[str | None, str | None]:
        found = sourcer(viewer, candidate_id)
        ends, owner = found.protection_expires_at, found.recruiter_id
        return (ends.isoformat() if ends else None), (str(owner) if owner else None)

    subject = f"protection:{candidate_id}"
    until, owner = cache.remembered(f"{subject}:{asking}", look, seconds=cache.PROTECTION, of=subject)
    ends = datetime.fromisoformat(until) if until else None
    if ends is None or ends <= viewer.now:
        return ProtectionStatus(is_protected=False)
    return ProtectionStatus(True, ends, uuid.UUID(owner) if owner else None, days_remaining(ends, viewer.now))


def refusal(viewer: Actor, claim_id: uuid.UUID) -> Sourcer:
    """Return the claim that ruled out the viewer's, with its owner, whether or not the candidate is visible."""
    query = (
        select(*OWNER_COLUMNS, owner_name().label("owner_name"), refused(viewer).label("refused"))
        .add_columns(false().label("merged"))
        .select_from(Claim)
        .where(Claim.id == claim_id, true() if access.sees_every_candidate(viewer) else refused(viewer))
    )
    row = existing(reading().execute(query).one_or_none())
    return to_sourcer(row, viewer)


def attempts_on(viewer: Actor, candidate_id: uuid.UUID) -> tuple[Attempt, ...]:
    """List the refused claims on a candidate with the claim that stood, newest first; for the platform alone."""
    if not access.sees_every_candidate(viewer):
        return ()
    newest = _attempts().where(OwnershipConflict.candidate_id == candidate_id).order_by(OwnershipConflict.id.desc())
    return tuple(Attempt(*row) for row in reading().execute(newest.limit(ATTEMPTS_SHOWN)))


def refused_claims(candidate_id: uuid.UUID, *, viewer: Actor) -> tuple[Attempt, ...]:
    """List the refused claims on a candidate as `attempts_on` does."""
    sourcer(viewer, candidate_id)
    return attempts_on(viewer, candidate_id)


def attempt(conflict_id: uuid.UUID, *, viewer: Actor) -> Attempt:
    """Return a refused claim with the claim that stood; for the platform alone."""
    found = reading().execute(_attempts().where(OwnershipConflict.id == conflict_id)).one_or_none()
    if found is None or not access.sees_every_candidate(viewer):
        raise NotFound()
    return Attempt(*found)


def _attempts() -> Select[Any]:
    challenger, owner, challenging, owning = aliased(Recruiter), aliased(Recruiter), aliased(User), aliased(User)
    return (
        select(OwnershipConflict.id, Candidate.id, Candidate.full_name, challenger.id, challenging.name)
        .add_columns(func.coalesce(Organisation.name, "Independent"), OwnershipConflict.at)
        .add_columns(owner.id, owning.name, Claim.sourced_at, Claim.source_method, Claim.protection_expires_at)
        .add_columns(case_about(OwnershipConflict).label("dispute_id"))
        .select_from(OwnershipConflict)
        .join(Candidate, Candidate.id == OwnershipConflict.candidate_id)
        .join(challenger, challenger.id == OwnershipConflict.challenger_id)
        .join(challenging, challenging.id == challenger.user_id)
        .outerjoin(Organisation, Organisation.id == challenger.agency_id)
        .join(Claim, Claim.id == OwnershipConflict.claim_id)
        .join(owner, owner.id == Claim.recruiter_id)
        .join(owning, owning.id == owner.user_id)
    )


def case_about(conflict: type[OwnershipConflict]) -> ScalarSelect[uuid.UUID]:
    """Select the newest case about the sourcing credit, opened since, to which the declined recruiter is a party."""
    party = exists().where(DisputeParty.dispute_id == Dispute.id, DisputeParty.recruiter_id == conflict.challenger_id)
    about = (Dispute.subject_type == SubjectType.CANDIDATE, Dispute.candidate_id == conflict.candidate_id)
    since = select(Dispute.id).where(*about, Dispute.opened_at >= conflict.at, party, Dispute.state != "withdrawn")
    return since.order_by(Dispute.id.desc()).limit(1).correlate(conflict).scalar_subquery()


def outreach_of(viewer: Actor, candidate_id: uuid.UUID) -> tuple[Outreach, ...]:
    """List the outreach to a candidate that the viewer can see, newest first: their own, or for admins everyone's."""
    if not access.sees_every_candidate(viewer) and viewer.recruiter_id is None:
        return ()
    return tuple(_outreach(row, viewer) for row in _outreach_to(viewer, candidate=candidate_id))


@prepared
def _outreach_to(viewer: Actor) -> Select[Any]:
    step = func.json_build_array(OutreachEngagement.engagement, OutreachEngagement.at)
    pairs = func.json_agg(aggregate_order_by(step, OutreachEngagement.at))
    steps = select(pairs).where(OutreachEngagement.outreach_id == CandidateOutreach.id).scalar_subquery()
    query = (
        select(CandidateOutreach, User.name.label("by"), Job.title.label("job_title"), steps.label("steps"))
        .join(Recruiter, Recruiter.id == CandidateOutreach.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Job, Job.id == CandidateOutreach.job_id)
        .where(CandidateOutreach.candidate_id == bindparam("candidate"))
        .order_by(CandidateOutreach.sent_at.desc(), CandidateOutreach.id.desc())
        .limit(OUTREACH_SHOWN)
    )
    return query if access.sees_every_candidate(viewer) else query.where(CandidateOutreach.recruiter_id == RECRUITER)


def _outreach(row: Any, viewer: Actor) -> Outreach:
    labels = engagement_labels(row.outreach_type)
    steps = tuple(
        Step(Engagement(name), labels[Engagement(name)], datetime.fromisoformat(at)) for name, at in row.steps
    )
    done = {step.engagement for step in steps}
    mine = row.recruiter_id == viewer.recruiter_id and viewer.recruiter_active
    channel = OutreachType(row.outreach_type)
    return Outreach(
        row.id,
        channel,
        OUTREACH_TYPE_LABELS[channel],
        row.subject,
        row.message_preview,
        Engagement(row.engagement),
        labels[Engagement(row.engagement)],
        row.sent_at,
        row.by,
        row.job_title,
        steps,
        tuple((e.value, labels[e]) for e in Engagement if e not in done) if mine else (),
    )
