"""The life of a placement (domain.md §4): hired, active, completed or failed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select

from portal.domain import placements as rules
from portal.domain import texts
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import (
    PlacementActivated,
    PlacementCompleted,
    PlacementFailed,
    PlacementHired,
    SplitsLocked,
)
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import FailureReason, PlacementAction
from portal.domain.proposals import ProposalState
from portal.models import Job, Organisation, Placement, Proposal
from portal.services import proposals, settings
from portal.services.candidates import ownership
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import collaboration
from portal.services.placements.split_sheets import about


@dataclass(frozen=True, slots=True)
class _Terms:
    """Hold what the job and its company say about a hire."""

    currency: str
    fee_bp: int
    time_zone: str


def hire(
    proposal_id: uuid.UUID,
    *,
    actor: Actor,
    salary_minor: int,
    fee_bp: int | None = None,
    flat_fee_minor: int | None = None,
    start_date: date | None = None,
    notes: str = "",
) -> uuid.UUID:
    """Record the hire of an accepted proposal and give the placement's id.

    The fee is a percentage of the salary (the job's, unless given) or a flat sum; `start_date` is what was agreed, the
    activation says what came of it. The other open proposals of the candidate are withdrawn.

    Raises:
        Conflict: the proposal is not accepted, or was hired from before.
        InvalidInput: salary, fee or start is out of bounds.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        proposal = uow.load(Proposal, proposal_id, Permission.PLACEMENT_CHANGE)
        if proposal.state != ProposalState.ACCEPTED:
            raise Conflict("Only an accepted proposal can be hired from.", code="NOT_ACCEPTED")
        terms = _terms(uow, proposal.job_id)
        share, fee = rules.fee(salary_minor, terms.fee_bp if fee_bp is None else fee_bp, flat_fee_minor)
        placement = _placement_of(uow, proposal, terms, salary_minor, share, fee)
        _plan_start(uow, placement, start_date)
        _begin(uow, proposal, placement, said)
    return placement.id


def _begin(uow: UnitOfWork, proposal: Proposal, placement: Placement, notes: str) -> None:
    """Write a new placement with its team, and withdraw what else is open for the candidate."""
    claim = ownership.live_claim(uow, proposal.candidate_id)
    hired_before = Conflict("This proposal led to a hire already.", code="ALREADY_HIRED")
    with uow.refusing({"uq_placements_proposal_id": hired_before}):
        transitions.begin(uow, placement, PlacementAction.HIRE, notes=notes)
    _record_hire(uow, placement)
    collaboration.at_hire(uow, placement, claim)
    proposals.withdraw_open(uow, cause="hired_elsewhere", candidate_id=proposal.candidate_id, except_id=proposal.id)


def activate(
    placement_id: uuid.UUID, *, actor: Actor, start_date: date, guarantee_days: int | None = None, notes: str = ""
) -> uuid.UUID:
    """Start the guarantee and lock the splits; the guarantee's settings are copied, later changes do not touch them.

    Raises:
        WrongState: the placement is not `hired`.
        InvalidInput: the start date or the days are out of bounds.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, PlacementAction.ACTIVATE)
        rules.check_start(start_date, rules.local_day(uow.now, placement.time_zone))
        values = _guarantee(uow, placement, start_date, guarantee_days)
        receipt = collaboration.lock(uow, placement)
        event = PlacementActivated(
            **about(placement),
            start_date=start_date,
            guarantee_days=values["guarantee_days"],
            guarantee_end_date=values["guarantee_end_date"],
        )
        transitions.apply(uow, placement, PlacementAction.ACTIVATE, event=event, values=values, notes=said)
        uow.record(SplitsLocked(**about(placement), version=receipt.version, sha256=receipt.sha256()))
    return placement_id


def complete(placement_id: uuid.UUID, *, actor: Actor, notes: str = "") -> uuid.UUID:
    """End a placement well, from its guarantee's end date on; the payouts become due.

    Raises:
        WrongState: the placement is not `active`.
        Conflict: the guarantee still runs.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, PlacementAction.COMPLETE)
        end = placement.guarantee_end_date
        assert end is not None
        if not rules.may_complete(end, rules.local_day(uow.now, placement.time_zone)):
            message = f"The guarantee runs until {end:%-d %b %Y}; complete the placement on that day or later."
            raise Conflict(message, code="GUARANTEE_RUNNING", details={"guarantee_end_date": end.isoformat()})
        event = PlacementCompleted(
            **about(placement), automatic=False, currency=placement.currency, fee_minor=placement.fee_minor
        )
        values = {"completed_at": uow.now, "completion_notes": said}
        transitions.apply(uow, placement, PlacementAction.COMPLETE, event=event, values=values, notes=said)
    return placement_id


def fail(placement_id: uuid.UUID, *, actor: Actor, reason: str, notes: str = "") -> uuid.UUID:
    """End a placement badly; inside the guarantee the company may ask for a replacement.

    Raises:
        WrongState: the placement is over.
        InvalidInput: the reason is none, or not one for a placement that never began.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    if reason not in rules.FAILURE_REASON_LABELS:
        raise InvalidInput.field("reason", "Choose why it failed.")
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
        began = placement.state not in rules.SPLITS_OPEN
        if not began and reason != FailureReason.NO_SHOW:
            raise InvalidInput.field("reason", "A placement that has not begun can only fail by “did not start”.")
        inside = began and _is_inside_guarantee(uow, placement)
        event = PlacementFailed(
            **about(placement), failure_reason=reason, within_guarantee=inside, replacement_eligible=inside
        )
        values = {
            "failed_at": uow.now,
            "failure_reason": reason,
            "failure_notes": said,
            "replacement_eligible": inside,
        }
        action = PlacementAction.FAIL if began else PlacementAction.NO_SHOW
        transitions.apply(uow, placement, action, event=event, values=values, notes=said)
    return placement_id


def _load(uow: UnitOfWork, placement_id: uuid.UUID, action: PlacementAction) -> Placement:
    """Load and lock a placement for a transition, refused before anything else is looked at."""
    placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
    rules.MACHINE.check(action, placement.state)
    return placement


def _terms(uow: UnitOfWork, job_id: uuid.UUID) -> _Terms:
    query = (
        select(Job.currency, Job.fee_bp, Organisation.time_zone)
        .join(Organisation, Organisation.id == Job.company_id)
        .where(Job.id == job_id)
    )
    return _Terms(*uow.session.execute(query).one())


def _placement_of(
    uow: UnitOfWork, proposal: Proposal, terms: _Terms, salary_minor: int, fee_bp: int | None, fee_minor: int
) -> Placement:
    return Placement(
        id=uow.new_id(),
        proposal_id=proposal.id,
        candidate_id=proposal.candidate_id,
        job_id=proposal.job_id,
        company_id=proposal.company_id,
        lead_recruiter_id=proposal.recruiter_id,
        time_zone=terms.time_zone,
        currency=terms.currency,
        salary_minor=salary_minor,
        fee_bp=fee_bp,
        fee_minor=fee_minor,
        hired_at=uow.now,
        split_version=0,
        version=1,
    )


def _plan_start(uow: UnitOfWork, placement: Placement, start: date | None) -> None:
    if start is not None:
        rules.check_start(start, rules.local_day(uow.now, placement.time_zone))
        placement.start_date = start


def _record_hire(uow: UnitOfWork, placement: Placement) -> None:
    event = PlacementHired(
        **about(placement),
        proposal_id=placement.proposal_id,
        recruiter_id=placement.lead_recruiter_id,
        currency=placement.currency,
        salary_minor=placement.salary_minor,
        fee_minor=placement.fee_minor,
    )
    uow.record(event)


class _Guarantee(TypedDict):
    start_date: date
    activated_at: datetime
    splits_locked_at: datetime
    guarantee_days: int
    guarantee_end_date: date
    maximum_days: int
    maximum_extensions: int
    replacement_window_days: int
    notice_days: list[int]
    automatic_completion: bool


def _guarantee(uow: UnitOfWork, placement: Placement, start: date, days: int | None) -> _Guarantee:
    """Resolve the guarantee's terms of now and give the columns that keep them."""
    terms = settings.guarantee_terms(uow, company_id=placement.company_id, job_id=placement.job_id)
    if days is None:
        wanted = uow.session.scalars(select(Job.guarantee_days).where(Job.id == placement.job_id)).one()
        days = rules.default_days(terms, wanted)
    rules.check_days(days, terms)
    return _Guarantee(
        start_date=start,
        activated_at=uow.now,
        splits_locked_at=uow.now,
        guarantee_days=days,
        guarantee_end_date=rules.guarantee_end(start, days),
        maximum_days=terms.maximum_days,
        maximum_extensions=terms.maximum_extensions,
        replacement_window_days=terms.replacement_window_days,
        notice_days=list(terms.notice_days),
        automatic_completion=terms.automatic_completion,
    )


def _is_inside_guarantee(uow: UnitOfWork, placement: Placement) -> bool:
    """Tell whether today lies on or before the last day; a placement that is over has no such day to look at."""
    end = placement.guarantee_end_date
    return end is not None and rules.is_replacement_eligible(end, rules.local_day(uow.now, placement.time_zone))
