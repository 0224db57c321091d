"""The life of a placement (domain.md §4): hired, active, completed or failed."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select

from portal.domain import placements as rules
from portal.domain import texts
from portal.domain.billing.terms import Terms
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
from portal.models import Organisation, Placement, Proposal
from portal.services import proposals, settings
from portal.services.billing import lifecycle, terms
from portal.services.billing.terms import Charge, Charged
from portal.services.candidates import ownership
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import collaboration
from portal.services.placements.split_sheets import about, check_seen


def hire(
    proposal_id: uuid.UUID,
    *,
    actor: Actor,
    salary_minor: int,
    fee_bp: int | None = None,
    flat_fee_minor: int | None = None,
    guaranteed_bonus_minor: int | None = None,
    fee_reason: str = "",
    start_date: date | None = None,
    notes: str = "",
) -> uuid.UUID:
    """Record the hire of an accepted proposal, withdraw the candidate's other proposals and return the placement's id.

    The fee is what the proposal's terms say; another percentage or a flat fee needs a platform admin's reason.

    Raises:
        Conflict: the proposal is not accepted, was hired from before, or the fee is not that of its terms.
        InvalidInput: salary, bonus, fee or start is out of bounds.
    """
    charged = Charged(salary_minor, guaranteed_bonus_minor, fee_bp, flat_fee_minor, fee_reason)
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        proposal = uow.load(Proposal, proposal_id, Permission.PLACEMENT_CHANGE)
        if proposal.state != ProposalState.ACCEPTED:
            raise Conflict("Only an accepted proposal can be hired from.", code="NOT_ACCEPTED")
        placement = _placement_of(uow, proposal, charged, terms.at_hire(uow, proposal, charged))
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
    placement_id: uuid.UUID,
    *,
    actor: Actor,
    start_date: date,
    guarantee_days: int | None = None,
    notes: str = "",
    sheet_version: int | None = None,
) -> uuid.UUID:
    """Start the guarantee and lock the splits; the guarantee's settings are copied, later changes do not touch them.

    Raises:
        WrongState: the placement is not `hired`.
        StaleVersion: the sheet is another than `sheet_version`, which was shown.
        InvalidInput: the start date or the days are out of bounds.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, PlacementAction.ACTIVATE)
        check_seen(uow, placement, sheet_version)
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
        lifecycle.activated(uow, placement, start_date, values["guarantee_days"])
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
        lifecycle.completed(uow, placement_id)
    return placement_id


def fail(
    placement_id: uuid.UUID, *, actor: Actor, reason: str, last_day_worked: date | None = None, notes: str = ""
) -> uuid.UUID:
    """End a placement badly, the money as its terms say; inside the guarantee the company may ask for a replacement.

    The last day worked, today when not given, says whether that is inside (money.md §5).

    Raises:
        WrongState: the placement is over.
        InvalidInput: the reason is none, or not one for a placement that never began, or the day is not possible.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    if reason not in rules.FAILURE_REASON_LABELS:
        raise InvalidInput.field("reason", "Choose why it failed.")
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
        began = placement.state not in rules.SPLITS_OPEN
        if not began and reason != FailureReason.NO_SHOW:
            raise InvalidInput.field("reason", "A placement that has not begun can only fail by “did not start”.")
        last_day = _last_day(uow, placement, reason, last_day_worked)
        inside = last_day is not None and _is_inside_guarantee(placement, last_day)
        event = PlacementFailed(
            **about(placement), failure_reason=reason, within_guarantee=inside, replacement_eligible=inside
        )
        values = {"failed_at": uow.now, "failure_reason": reason, "failure_notes": said, "replacement_eligible": inside}
        action = PlacementAction.FAIL if began else PlacementAction.NO_SHOW
        transitions.apply(uow, placement, action, event=event, values=values, notes=said)
        lifecycle.failed(uow, placement, last_day=last_day, reason=reason)
    return placement_id


def _last_day(uow: UnitOfWork, placement: Placement, reason: str, said: date | None) -> date | None:
    """Return the last day worked, None for who never came or left before the start.

    Raises:
        InvalidInput: it lies before the start or in the future.
    """
    start, today = placement.start_date, rules.local_day(uow.now, placement.time_zone)
    if placement.activated_at is None or reason == FailureReason.NO_SHOW:
        return None
    assert start is not None
    if said is None:
        return today if today >= start else None
    if not start <= said <= today:
        raise InvalidInput.field("last_day_worked", f"Choose a day from {start} to {today}.")
    return said


def _load(uow: UnitOfWork, placement_id: uuid.UUID, action: PlacementAction) -> Placement:
    """Load and lock a placement for a transition, refused before anything else is looked at."""
    placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
    rules.MACHINE.check(action, placement.state)
    return placement


def _placement_of(uow: UnitOfWork, proposal: Proposal, charged: Charged, charge: Charge) -> Placement:
    zone = select(Organisation.time_zone).where(Organisation.id == proposal.company_id)
    return Placement(
        id=uow.new_id(),
        proposal_id=proposal.id,
        candidate_id=proposal.candidate_id,
        job_id=proposal.job_id,
        company_id=proposal.company_id,
        lead_recruiter_id=proposal.recruiter_id,
        time_zone=uow.session.scalars(zone).one(),
        currency=proposal.currency,
        salary_minor=charged.salary_minor,
        guaranteed_bonus_minor=charged.guaranteed_bonus_minor,
        fee_bp=charge.terms.fee_bp,
        fee_minor=charge.fee_minor,
        platform_fee_minor=charge.platform_fee_minor,
        terms=charge.terms.as_json(),
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
    agreed = Terms.from_json(placement.terms)
    days = agreed.guarantee_days if days is None else days
    if days != agreed.guarantee_days:
        rules.check_days(days, terms)
    if days > agreed.guarantee_days:
        limit = f"The candidate was proposed with a guarantee of {agreed.guarantee_days} days; it cannot be longer."
        raise InvalidInput.field("guarantee_days", limit)
    return _Guarantee(
        start_date=start,
        activated_at=uow.now,
        splits_locked_at=uow.now,
        guarantee_days=days,
        guarantee_end_date=rules.guarantee_end(start, days),
        maximum_days=terms.maximum_days,
        maximum_extensions=terms.maximum_extensions,
        replacement_window_days=agreed.replacement_window_days,
        notice_days=list(terms.notice_days),
        automatic_completion=terms.automatic_completion,
    )


def _is_inside_guarantee(placement: Placement, last_day: date) -> bool:
    """Tell whether the last day worked lies inside; a placement that is over has no such day to look at."""
    end = placement.guarantee_end_date
    return end is not None and rules.is_replacement_eligible(end, last_day)
