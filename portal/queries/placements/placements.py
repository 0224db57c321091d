"""One placement as the people concerned see it: all its facts, its guarantee, its history. Lists: listing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, false, func, select
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import disputes
from portal.domain import placements as rules
from portal.domain.billing.terms import Terms, of_hire
from portal.domain.collaboration import CollaboratorRole
from portal.domain.disclosure import label
from portal.domain.errors import NotFound, existing
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import FurtherAction, GuaranteePhase, PlacementAction
from portal.extensions import reading
from portal.models import (
    Candidate,
    CandidateSourcer,
    Collaborator,
    Fee,
    FeePlacement,
    GuaranteeExtension,
    Job,
    Obligation,
    Organisation,
    Placement,
    PlacementStateChange,
    Proposal,
    Recruiter,
    SplitAmendment,
    User,
)
from portal.queries.disputes import holding
from portal.queries.placements.extensions import Consent, consents, own_end, to_consent
from portal.queries.placements.listing import people
from portal.queries.prepared import prepared

P = Placement
CHOICES = 50
# What undoing and correcting lead to, which are actions of their own to people.
_BEHIND = (PlacementAction.UNDO, PlacementAction.REOPEN, PlacementAction.RESUME, PlacementAction.CONTINUE)
_replacement, _replaced = aliased(Placement), aliased(Placement)
_her, _him = aliased(Candidate), aliased(Candidate)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Where a guarantee stands: days gone and left are calendar days at the company."""

    placement_id: uuid.UUID
    phase: GuaranteePhase
    days: int
    day: int
    days_remaining: int
    activated_at: datetime | None
    ends_on: date | None
    ends_at: datetime | None
    was_on: date | None  # the end before the first extension
    failed_on: date | None

    @property
    def is_active(self) -> bool:
        return self.phase is GuaranteePhase.RUNNING


@dataclass(frozen=True, slots=True)
class Linked:
    """The other side of a replacement; a team that does not share in it reads initials."""

    id: uuid.UUID
    candidate_name: str


@dataclass(frozen=True, slots=True)
class PlacementDetail:
    """A placement with its candidate, job, guarantee and replacement, and what the viewer may do with it."""

    id: uuid.UUID
    state: str
    version: int
    split_version: int
    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    candidate_name: str
    sees_candidate: bool
    sees_proposal: bool
    job_id: uuid.UUID
    job_title: str
    company_id: uuid.UUID
    company_name: str
    lead_recruiter_id: uuid.UUID
    lead_name: str
    time_zone: str
    currency: str
    salary_minor: int
    fee_bp: int | None
    fee_minor: int
    platform_fee_minor: int
    guaranteed_bonus_minor: int | None
    hired_at: datetime
    start_date: date | None
    activated_at: datetime | None
    guarantee_days: int | None
    guarantee_end_date: date | None
    maximum_days: int | None
    extensions: int
    maximum_extensions: int | None
    replacement_window_days: int | None
    automatic_completion: bool | None
    report_grace_days: int
    guarantee_waived: bool
    last_day_worked: date | None
    completed_at: datetime | None
    completion_notes: str
    failed_at: datetime | None
    failure_reason: str | None
    failure_notes: str
    undone_at: datetime | None
    replacement_eligible: bool | None
    replacement_requested_at: datetime | None
    replacement_deadline: date | None
    replacement_notes: str
    linked_at: datetime | None
    allocated_bp: int
    splits_locked_at: datetime | None
    people: int
    sourced_at: datetime | None
    sourcer_name: str | None
    protected_until: datetime | None
    amendment_id: uuid.UUID | None
    dispute_id: uuid.UUID | None  # of the case that keeps it or shares in it as they are, if the viewer may see it
    frozen_by: uuid.UUID | None  # of the case that keeps all of it
    has_fee_of_another: bool  # a replacement, which is not charged: what is left of the first fee moves to it
    takes_part: bool  # of whoever would decide for the company or the platform: then somebody else has to
    own_end: date | None  # of the guarantee of the viewer's own shares
    guarantee: Guarantee
    replaces: Linked | None
    replaced_by: Linked | None
    today: date
    allowed_actions: tuple[str, ...]
    terms: Terms
    consents: tuple[Consent, ...] = ()  # to the latest extension, of all who were asked

    def asked(self, viewer: Actor) -> Consent | None:
        """Return the viewer's open question whether their shares follow the extension, if they can answer it."""
        if not self.guarantee.is_active or not viewer.has(Permission.SPLITS_AGREE):
            return None
        mine = (one for one in self.consents if one.recruiter_id == viewer.recruiter_id)
        return next((one for one in mine if one.agreed is None and self.today <= one.answer_by), None)

    @property
    def meaning(self) -> rules.Meaning:
        return rules.MEANING[self.state]

    @property
    def is_over(self) -> bool:
        """Return whether nothing happens to it any more."""
        return rules.MACHINE.states[self.state].terminal

    def may_dispute_end(self, viewer: Actor) -> bool:
        """Return whether the viewer may open a case about how it ended (disputes.md §1)."""
        ended_at = self.failed_at or self.completed_at
        if ended_at is None or self.frozen_by is not None or not viewer.has(Permission.DISPUTE_OPEN):
            return False
        return disputes.may_open(ended_at, viewer.now, viewer.time_zone)

    def steps(self, history: Iterable[StateStep]) -> tuple[rules.Step, ...]:
        """Return the states that it was in by its history, the one it is in, and those ahead."""
        days = rules.began((step.to_state, step.at) for step in history)
        expected = self.reported_through if self.automatic_completion else self.guarantee_end_date
        return rules.steps(self.state, {**days, rules.S.FAILED: self.failed_on}, expected)

    @property
    def fee_standing(self) -> rules.FeeStanding:
        is_unguaranteed = self.meaning.is_guaranteed and self.guarantee.phase is GuaranteePhase.NONE
        return rules.NO_GUARANTEE if is_unguaranteed else self.meaning.fee

    @property
    def fee_day(self) -> date | None:
        """Return the day that the words about its fee end with."""
        return getattr(self, self.fee_standing.day) if self.fee_standing.day else None

    @property
    def guaranteed_through(self) -> date | None:
        """Return the last day of the guarantee of the viewer's own shares; for others, that of the placement."""
        return self.own_end or self.guarantee_end_date

    @property
    def reported_through(self) -> date | None:
        """Return the last day on which a departure inside the guarantee can be reported."""
        if self.guarantee_end_date is None or self.guarantee_waived:
            return self.guarantee_end_date
        return rules.last_day_to_report(self.guarantee_end_date, self.report_grace_days)

    @property
    def extensions_left(self) -> int:
        return (self.maximum_extensions or 0) - self.extensions

    @property
    def failing(self) -> str:
        """Return the label of what ends it badly now, where it can fail."""
        found = rules.MACHINE.actions_from(self.state)
        return next((t.label for t in found if t.action in (PlacementAction.FAIL, PlacementAction.NO_SHOW)), "")

    @property
    def pool_minor(self) -> int:
        """Return what of the fee is shared: all but the platform's part."""
        return self.fee_minor - self.platform_fee_minor

    @property
    def has_worked(self) -> bool:
        """Return whether the candidate came, as far as was reported."""
        return self.activated_at is not None and self.failure_reason != rules.FailureReason.NO_SHOW

    @property
    def failed_on(self) -> date | None:
        """Return the day of the failure at the company."""
        return None if self.failed_at is None else rules.local_day(self.failed_at, self.time_zone)

    @property
    def replacement_window_end(self) -> date | None:
        """Return the last day for which a replacement may be promised."""
        if self.failed_on is None or self.replacement_window_days is None:
            return None
        return rules.replacement_window_end(self.failed_on, self.replacement_window_days)

    @property
    def completing_waives(self) -> bool:
        """Return whether completing now waives what the days of grace are for."""
        return self.reported_through is not None and self.today <= self.reported_through

    @property
    def may_complete(self) -> bool:
        """Return whether the guarantee has reached its end date."""
        return self.guarantee_end_date is not None and rules.may_complete(self.guarantee_end_date, self.today)


@dataclass(frozen=True, slots=True)
class StateStep:
    from_state: str | None
    to_state: str
    at: datetime
    by: str
    notes: str
    last_day_worked: date | None


# The fields that are columns of its table; its terms are read further.
_AS_THEY_ARE = tuple(f.name for f in fields(PlacementDetail) if f.name in P.__table__.columns and f.name != "terms")
_JOINED = (
    "candidate_name", "sees_candidate", "sees_proposal", "job_title", "company_name", "lead_name", "people",
    "sourced_at", "sourcer_name", "protected_until", "amendment_id", "dispute_id", "frozen_by",
    "takes_part", "has_fee_of_another", "own_end",
)  # fmt: skip


def detail(placement_id: uuid.UUID, *, viewer: Actor) -> PlacementDetail:
    row = existing(_selected(viewer, placement=placement_id).one_or_none())
    return _to_detail(row, viewer, _seen_links(row, viewer))


def _seen_links(row: Row[Any], viewer: Actor) -> set[uuid.UUID]:
    """Return those of the linked placements that the viewer sees, and whose candidates may be named."""
    linked = [id for id in (row.replaces_id, row.replaced_by_id) if id is not None]
    if not linked:
        return set()
    return set(reading().execute(select(P.id).where(P.id.in_(linked), access.visible(P, viewer))).scalars())


@prepared
def _selected(viewer: Actor) -> Select[Any]:
    lead, claim = aliased(Recruiter), aliased(CandidateSourcer)
    query = (
        select(*(getattr(P, name) for name in _AS_THEY_ARE), P.terms)
        .add_columns(Candidate.full_name.label("candidate_name"), Job.title.label("job_title"))
        .add_columns(access.visible(Candidate, viewer).label("sees_candidate"))
        .add_columns(access.visible(Proposal, viewer).label("sees_proposal"))
        .add_columns(_takes_part(viewer).label("takes_part"))
        .add_columns(holding.held_by(viewer, P.id, P.proposal_id).label("dispute_id"))
        .add_columns(holding.wholly_held_by(viewer, P.id, P.proposal_id).label("frozen_by"))
        .add_columns(Organisation.name.label("company_name"), User.name.label("lead_name"), people().label("people"))
        .add_columns(claim.sourced_at, claim.protection_expires_at.label("protected_until"))
        .add_columns(_sourcer_name(claim).label("sourcer_name"))
        .add_columns(_open_amendment().label("amendment_id"), _first_end().label("was_on"))
        .add_columns(consents().label("consents"), own_end(viewer).label("own_end"))
        .add_columns(_is_invoiced().label("is_invoiced"), has_fee_of_another().label("has_fee_of_another"))
        .join(Proposal, Proposal.id == P.proposal_id)
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(Job, Job.id == P.job_id)
        .join(Organisation, Organisation.id == P.company_id)
        .join(lead, lead.id == P.lead_recruiter_id)
        .join(User, User.id == lead.user_id)
        .outerjoin(claim, _earned_its_share(claim))
    )
    return _with_links(query).where(P.id == bindparam("placement"), access.visible(P, viewer))


def _takes_part(viewer: Actor) -> ColumnElement[bool]:
    decides = access.decides_for_others(viewer, Permission.PLACEMENT_CHANGE)
    return access.takes_part(viewer) if decides else false()


def _with_links(query: Select[Any]) -> Select[Any]:
    """Join what the placement replaces and what replaces it."""
    return (
        query.add_columns(_replaced.id.label("replaces_id"), _him.full_name.label("replaces_name"))
        .add_columns(_replacement.id.label("replaced_by_id"), _her.full_name.label("replaced_by_name"))
        .outerjoin(_replaced, _replaced.id == P.replaces_id)
        .outerjoin(_him, _him.id == _replaced.candidate_id)
        .outerjoin(_replacement, _replacement.replaces_id == P.id)
        .outerjoin(_her, _her.id == _replacement.candidate_id)
    )


def _earned_its_share(claim: Any) -> ColumnElement[bool]:
    """Say of a claim whether it is the person's now, and of the sourcer of this hire: it may have passed on since."""
    of = (Collaborator.placement_id == P.id, Collaborator.recruiter_id == claim.recruiter_id)
    sourced = exists().where(*of, Collaborator.role == CollaboratorRole.SOURCER).correlate(P, claim)
    standing = func.coalesce(Candidate.merged_into_id, Candidate.id)
    return and_(claim.candidate_id == standing, claim.is_current, sourced)


def _sourcer_name(claim: Any) -> ColumnElement[str | None]:
    name = select(User.name).join(Recruiter, Recruiter.user_id == User.id).where(Recruiter.id == claim.recruiter_id)
    return name.correlate(claim).scalar_subquery()


def _open_amendment() -> ColumnElement[Any]:
    waiting = select(SplitAmendment.id).where(SplitAmendment.placement_id == P.id, SplitAmendment.state == "proposed")
    return waiting.correlate(P).scalar_subquery()


def has_fee_of_another() -> ColumnElement[bool]:
    """Say whether it takes over what is left of the fee of the placement that it replaces, or did when it began."""
    took = exists().where(FeePlacement.placement_id == P.id, FeePlacement.fee_id != P.id)
    owed = exists().where(Obligation.placement_id == P.replaces_id, Obligation.state == "open")
    return took.correlate(P) | (P.state.in_(rules.SPLITS_OPEN) & owed.correlate(P))


def _is_invoiced() -> ColumnElement[bool]:
    return exists().where(Fee.id == P.id, Fee.invoice_id.is_not(None)).correlate(P)


def _first_end() -> ColumnElement[Any]:
    first = select(GuaranteeExtension.old_end_date).where(
        GuaranteeExtension.placement_id == P.id, GuaranteeExtension.number == 1
    )
    return first.correlate(P).scalar_subquery()


def _linked(linked_id: uuid.UUID | None, name: str, seen: set[uuid.UUID]) -> Linked | None:
    if linked_id is None:
        return None
    return Linked(linked_id, name if linked_id in seen else label(name, linked_id))


def _to_detail(row: Row[Any], viewer: Actor, seen: set[uuid.UUID]) -> PlacementDetail:
    today = rules.local_day(viewer.now, row.time_zone)
    return PlacementDetail(
        **{name: getattr(row, name) for name in (*_AS_THEY_ARE, *_JOINED)},
        guarantee=_guarantee(row, today),
        replaces=_linked(row.replaces_id, row.replaces_name, seen),
        replaced_by=_linked(row.replaced_by_id, row.replaced_by_name, seen),
        today=today,
        allowed_actions=_allowed(row, viewer, today),
        terms=of_hire(row.terms, currency=row.currency, fee_bp=row.fee_bp, fee_minor=row.fee_minor),
        consents=tuple(map(to_consent, row.consents or ())),
    )


def _guarantee(row: Row[Any], today: date) -> Guarantee:
    end, days, zone = row.guarantee_end_date, row.guarantee_days or 0, row.time_zone
    failed_on = None if row.failed_at is None else rules.local_day(row.failed_at, zone)
    gone = 0 if row.start_date is None else ((failed_on or today) - row.start_date).days
    phase = rules.phase(row.state, row.guarantee_days, end, today)
    return Guarantee(
        row.id,
        phase,
        Terms.from_json(row.terms).guarantee_days if phase is GuaranteePhase.NOT_STARTED else days,
        min(max(gone, 0), days),
        (end - today).days if phase is GuaranteePhase.RUNNING else 0,
        row.activated_at,
        end,
        None if end is None else rules.end_of_day(end, zone),
        row.was_on,
        failed_on,
    )


def _allowed(row: Row[Any], viewer: Actor, today: date) -> tuple[str, ...]:
    """List what the viewer may do now: the machine's actions, then guarantee, replacement and splits.

    Completing is listed while the guarantee runs too; the page says from when on it is possible.
    """
    placement = Placement(company_id=row.company_id, lead_recruiter_id=row.lead_recruiter_id)
    possible: list[tuple[str, Permission]] = [
        (str(transition.action), transition.permission)
        for transition in rules.MACHINE.actions_from(row.state)
        if transition.action not in _BEHIND and (transition.action != PlacementAction.FAIL or _may_fail(row, today))
    ]
    possible += [(str(action), permission) for action, permission, is_open in _further(row, today) if is_open]
    return tuple(
        name
        for name, permission in possible
        if access.allows(viewer, placement, permission)
        and not (row.takes_part and access.decides_for_others(viewer, permission))
    )


def _may_fail(row: Row[Any], today: date) -> bool:
    last = rules.last_day_to_report(row.guarantee_end_date, row.report_grace_days)
    return rules.may_still_fail(row.state, waived=row.guarantee_waived, last_to_report=last, today=today)


def _further(row: Row[Any], today: date) -> tuple[tuple[FurtherAction, Permission, bool], ...]:
    change, end = Permission.PLACEMENT_CHANGE, row.guarantee_end_date
    undoing = rules.undoing(
        row.state, row.failure_reason, activated=row.activated_at is not None, invoiced=row.is_invoiced
    )
    extendable = row.state in rules.GUARANTEED and today <= end and row.extensions < row.maximum_extensions
    replaceable = bool(row.replacement_eligible) and row.replaced_by_id is None
    requestable = replaceable and row.replacement_requested_at is None and today < _window_end(row)
    return (
        (FurtherAction.UNDO, change, undoing is not None),
        (FurtherAction.CORRECT, change, row.state in rules.CORRECTABLE),
        (FurtherAction.EXTEND, change, extendable and row.guarantee_days < row.maximum_days),
        (FurtherAction.REQUEST_REPLACEMENT, change, requestable),
        (FurtherAction.LINK_REPLACEMENT, change, replaceable),
        (FurtherAction.EDIT_SPLITS, Permission.SPLITS_EDIT, row.state in rules.SPLITS_OPEN),
        (FurtherAction.AMEND_SPLITS, Permission.SPLITS_AMEND, row.splits_locked_at is not None),
    )


def _window_end(row: Row[Any]) -> date:
    failed_on = rules.local_day(row.failed_at, row.time_zone)
    return rules.replacement_window_end(failed_on, row.replacement_window_days)


def guarantee(placement_id: uuid.UUID, *, viewer: Actor) -> Guarantee:
    return detail(placement_id, viewer=viewer).guarantee


def history(placement_id: uuid.UUID, *, viewer: Actor) -> tuple[StateStep, ...]:
    """List the states that a placement went through, oldest first."""
    steps = tuple(StateStep(*row) for row in _history(viewer, placement=placement_id))
    if not steps:
        raise NotFound()
    return steps


@prepared
def _history(viewer: Actor) -> Select[*tuple[Any, ...]]:
    step = PlacementStateChange
    return (
        select(step.from_state, step.to_state, step.at, User.name, step.notes, step.last_day_worked)
        .join(P, P.id == step.placement_id)
        .join(User, User.id == step.by)
        .where(step.placement_id == bindparam("placement"), access.visible(P, viewer))
        .order_by(step.id)
    )


def replacement_choices(found: PlacementDetail, *, viewer: Actor) -> tuple[Linked, ...]:
    """List the placements that may replace a failed one, newest first."""
    query = (
        select(P.id, Candidate.full_name)
        .join(Candidate, Candidate.id == P.candidate_id)
        .where(
            access.visible(P, viewer),
            P.company_id == found.company_id,
            P.job_id == found.job_id,
            P.hired_at > found.hired_at,
            P.state.in_(rules.CAN_REPLACE),
            P.replaces_id.is_(None),
        )
        .order_by(P.id.desc())
        .limit(CHOICES)
    )
    return tuple(Linked(*row) for row in reading().execute(query))
