"""The life of a placement (domain.md §4): hired, active, completed or failed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select

from portal.domain import collaboration as split_rules
from portal.domain import events, texts
from portal.domain import placements as rules
from portal.domain.billing.refunds import Decision
from portal.domain.billing.terms import Charged, Terms
from portal.domain.errors import Conflict, InvalidInput, StaleVersion
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import FailureReason, PlacementAction
from portal.domain.proposals import ProposalState
from portal.domain.times import write_day
from portal.models import CandidateSourcer, Organisation, Placement, Proposal, Recruiter, User
from portal.queries.candidates.records import records_of
from portal.services import proposals, proposals_in_bulk, settings
from portal.services.billing import lifecycle, terms
from portal.services.candidates import ownership
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import collaboration, consent, running
from portal.services.placements.split_sheets import about, check_seen, check_version, refuse_own
from portal.services.placements.unlinking import unlink

WAIVES = (
    "Completing now waives the guarantee: a departure within it can no longer be reported."
    " Confirm this, or wait until the grace period is over."
)


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
    second_reason: str = "",
    seen: str | None = None,
) -> uuid.UUID:
    """Record the hire of an accepted proposal, withdraw the candidate's other proposals and return the placement's id.

    Another fee than that of the proposal's terms needs a platform admin's reason; `seen` marks the sourcers shown.

    Raises:
        Conflict: the proposal is not accepted or was hired from, or another fee or a second placement is not allowed.
        NotPermitted: the actor made the proposal or shares in it.
        InvalidInput: salary, bonus, fee or start is out of bounds.
    """
    why_fee = texts.clean("fee_reason", fee_reason, most=texts.REASON, multiline=True)
    charged = Charged(salary_minor, guaranteed_bonus_minor, fee_bp, flat_fee_minor, why_fee)
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        proposal = _accepted(uow, proposal_id)
        reasons = {"second_reason": _why_a_second(uow, proposal, second_reason), "fee_reason": why_fee}
        return _begin(uow, proposal, _placement_of(uow, proposal, charged, start_date), said, reasons, seen)


def _credit(uow: UnitOfWork, proposal: Proposal, seen: str | None) -> CandidateSourcer | None:
    """Return the claim that shares in a hire; without `seen`, nothing was shown.

    Raises:
        StaleVersion: the sourcing credit has passed to somebody, was divided, or ended since it was shown.
    """
    claim = ownership.live_claim(uow, proposal.candidate_id)
    credited = split_rules.sourcers(claim.recruiter_id, claim.shared_with, claim.shared_bp) if claim else []
    if seen is None or seen == split_rules.sourcers_mark(credited):
        return claim
    query = select(User.name).join(Recruiter, Recruiter.user_id == User.id).order_by(User.name)
    names = uow.session.scalars(query.where(Recruiter.id.in_([who for who, _ in credited])))
    whose = f"belongs to {' and '.join(names)}" if credited else "is no one’s"
    raise StaleVersion(
        f"Since you opened this, the sourcing credit has changed: it {whose} now. Nothing was saved; check the split."
    )


def _accepted(uow: UnitOfWork, proposal_id: uuid.UUID) -> Proposal:
    """Load and lock an accepted proposal that does not pay the actor."""
    proposal = uow.load(Proposal, proposal_id, Permission.PLACEMENT_CHANGE)
    if proposal.state != ProposalState.ACCEPTED:
        raise Conflict("You can only hire from an accepted proposal.", code="NOT_ACCEPTED")
    proposals.refuse_own(uow, proposal)
    return proposal


def _begin(
    uow: UnitOfWork,
    proposal: Proposal,
    placement: Placement,
    notes: str,
    reasons: Mapping[str, str],
    seen: str | None,
) -> uuid.UUID:
    """Write a new placement with its team, withdraw what else is open for the candidate, and return its id."""
    claim = _credit(uow, proposal, seen)
    hired_before = Conflict("This proposal has already led to a hire.", code="ALREADY_HIRED")
    with uow.refusing({"uq_placements_proposal_id": hired_before}):
        transitions.begin(uow, placement, PlacementAction.HIRE, notes=notes)
    _record_hire(uow, placement, reasons)
    collaboration.at_hire(uow, placement, claim)
    others = Proposal.candidate_id.in_(records_of(proposal.candidate_id)) & (Proposal.id != proposal.id)
    proposals_in_bulk.withdraw_open(uow, others, cause="hired_elsewhere")
    return placement.id


def _why_a_second(uow: UnitOfWork, proposal: Proposal, reason: str) -> str:
    """Return why the candidate may have a second running placement, nothing when there is none."""
    said = texts.clean("second_reason", reason, most=texts.REASON, multiline=True)
    if not running.another(uow, proposal.candidate_id, proposal.id):
        if said:
            raise InvalidInput.field("second_reason", "Leave this blank: the candidate has no current placement.")
        return ""
    if uow.actor.scope(Permission.PLACEMENT_CHANGE) is not Scope.ANY or not said:
        raise Conflict(
            "This candidate already has a current placement. Only a platform admin can allow another, with a reason.",
            code="CANDIDATE_PLACED",
        )
    return said


def activate(
    placement_id: uuid.UUID,
    *,
    actor: Actor,
    start_date: date,
    guarantee_days: int | None = None,
    notes: str = "",
    sheet_version: int | None = None,
    accept_ended: bool = True,
) -> uuid.UUID:
    """Start the guarantee and lock the splits; the guarantee's settings are copied, later changes do not touch them.

    Raises:
        WrongState: the placement is not `hired`.
        StaleVersion: the sheet is another than `sheet_version`, which was shown.
        Conflict: the guarantee would be over at once, which was not accepted.
        InvalidInput: the start date or the days are out of bounds.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, PlacementAction.ACTIVATE)
        check_seen(uow, placement, sheet_version)
        rules.check_start(start_date, rules.local_day(uow.now, placement.time_zone))
        values = _guarantee(uow, placement, start_date, guarantee_days)
        if not accept_ended:
            rules.refuse_ended(values["guarantee_end_date"], rules.local_day(uow.now, placement.time_zone))
        _lock_and_activate(uow, placement, values, said)
        lifecycle.activated(uow, placement, start_date, values["guarantee_days"])
    return placement_id


def _lock_and_activate(uow: UnitOfWork, placement: Placement, values: _Guarantee, notes: str) -> None:
    receipt = collaboration.lock(uow, placement, lifecycle.taken_over(uow, placement))
    event = events.PlacementActivated(
        **about(placement),
        start_date=values["start_date"],
        guarantee_days=values["guarantee_days"],
        guarantee_end_date=values["guarantee_end_date"],
    )
    transitions.apply(uow, placement, PlacementAction.ACTIVATE, event=event, values=values, notes=notes)
    uow.record(events.SplitsLocked(**about(placement), version=receipt.version, sha256=receipt.sha256()))


def complete(
    placement_id: uuid.UUID, *, actor: Actor, notes: str = "", waive: bool = True, version: int | None = None
) -> uuid.UUID:
    """End a placement well, from its guarantee's end date on; the payouts become due.

    By hand that need not wait for the days of grace, but before they are over it waives the guarantee.

    Raises:
        WrongState: the placement is not `active`.
        Conflict: the guarantee still runs, or it would be waived without `waive`.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, PlacementAction.COMPLETE)
        check_version(uow, placement, version)
        end, today = placement.guarantee_end_date, rules.local_day(uow.now, placement.time_zone)
        assert end is not None
        _refuse_running(end, today)
        waived = today <= rules.last_day_to_report(end, placement.report_grace_days)
        if waived and not waive:
            raise Conflict(WAIVES, code="WAIVES_GUARANTEE")
        event = events.PlacementCompleted(
            **about(placement), automatic=False, currency=placement.currency, fee_minor=placement.fee_minor
        )
        values = {"completed_at": uow.now, "completion_notes": said, "guarantee_waived": waived}
        transitions.apply(uow, placement, PlacementAction.COMPLETE, event=event, values=values, notes=said)
        lifecycle.completed(uow, [placement_id])
    return placement_id


def _refuse_running(end: date, today: date) -> None:
    if not rules.may_complete(end, today):
        message = f"The guarantee runs until {write_day(end)}; complete the placement on that day or later."
        raise Conflict(message, code="GUARANTEE_RUNNING", details={"guarantee_end_date": end.isoformat()})


def fail(
    placement_id: uuid.UUID,
    *,
    actor: Actor,
    reason: str,
    notes: str = "",
    last_day_worked: date | None = None,
    version: int | None = None,
) -> Decision | None:
    """End a placement badly and return what its terms say about the money; None when no fee was earned yet.

    The last day worked, today when not given, says whether that is inside (money.md §5). What the clock completed can
    still fail in the days of grace. Who never came has no last day, and no guarantee.

    Raises:
        WrongState: the placement is over.
        InvalidInput: the reason or the last day cannot be, or the reason is none for a placement that never began.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
        refuse_own(uow, placement_id)
        action = _failing(placement, reason)
        _refuse_too_late(uow, placement)
        check_version(uow, placement, version)
        _check_no_show(uow, placement, reason, last_day_worked, said)
        last_day = _last_day(uow, placement, reason, last_day_worked)
        _write_failure(uow, placement, action, reason=reason, last_day=last_day, notes=said)
        return lifecycle.failed(uow, placement, last_day=last_day, reason=reason)


def _failing(placement: Placement, reason: str) -> PlacementAction:
    """Return how a placement fails for this reason: what has not begun fails only because nobody came.

    Raises:
        InvalidInput: the reason is none, or none for a placement that has not begun.
        WrongState: the placement is over.
    """
    if reason not in rules.FAILURE_REASON_LABELS:
        raise InvalidInput.field("reason", "Choose a reason.")
    began = placement.state not in rules.SPLITS_OPEN
    if not began and reason != FailureReason.NO_SHOW:
        raise InvalidInput.field("reason", "A placement that has not begun can only fail as “Did not start”.")
    action = PlacementAction.FAIL if began else PlacementAction.NO_SHOW
    rules.MACHINE.check(action, placement.state)
    return action


def _write_failure(
    uow: UnitOfWork, placement: Placement, action: PlacementAction, *, reason: str, last_day: date | None, notes: str
) -> None:
    consent.lapse(uow, placement, "The placement has failed.")
    would_replace = unlink(uow, placement) if action is PlacementAction.NO_SHOW else None
    event, values = _failure(placement, reason, last_day)
    if event.within_guarantee:
        event = replace(event, recruiter_ids=_not_bound(uow, placement, last_day))
    values |= {"failed_at": uow.now, "failure_notes": notes, "would_replace_id": would_replace}
    kept = {"last_day_worked": last_day}
    transitions.apply(uow, placement, action, event=event, values=values, notes=notes, kept=kept)


def _not_bound(uow: UnitOfWork, placement: Placement, last_day: date | None) -> tuple[uuid.UUID, ...]:
    """Return the recruiters whose own guarantee was over by then, because they did not agree to an extension."""
    until = lifecycle.guaranteed_until(uow, placement.id) if placement.extensions else {}
    return tuple(sorted(who for who, end in until.items() if last_day is not None and last_day > end))


def _failure(
    placement: Placement, reason: str, last_day: date | None
) -> tuple[events.PlacementFailed, dict[str, object]]:
    """Return what a failure is told as, and what of it the placement keeps."""
    inside = last_day is not None and _is_inside(placement, last_day)
    event = events.PlacementFailed(
        **about(placement),
        failure_reason=reason,
        within_guarantee=inside,
        replacement_eligible=inside,
        last_day_worked=last_day,
    )
    values: dict[str, object] = {
        "completed_at": None,
        "last_day_worked": last_day,
        "failure_reason": reason,
        "replacement_eligible": inside,
    }
    return event, values


def _refuse_too_late(uow: UnitOfWork, placement: Placement) -> None:
    """Refuse to fail a completed placement that waived its guarantee, or whose days of grace are over."""
    end = placement.guarantee_end_date
    if end is None:
        return
    last = rules.last_day_to_report(end, placement.report_grace_days)
    today = rules.local_day(uow.now, placement.time_zone)
    if not rules.may_still_fail(placement.state, waived=placement.guarantee_waived, last_to_report=last, today=today):
        raise rules.MACHINE.refusal(placement.state, "reported as failed", "fail")


def _check_no_show(uow: UnitOfWork, placement: Placement, reason: str, last_day: date | None, notes: str) -> None:
    """Refuse a no-show with a last day, or too late; a platform admin may report it at any time and says why."""
    if reason != FailureReason.NO_SHOW:
        return
    if last_day is not None:
        raise InvalidInput.field(
            "last_day_worked", "A candidate who did not start has no last day worked; leave this blank."
        )
    is_any = uow.actor.scope(Permission.PLACEMENT_CHANGE) is Scope.ANY
    if placement.activated_at is not None and placement.start_date is not None and not (is_any and notes):
        today = rules.local_day(uow.now, placement.time_zone)
        rules.check_no_show(placement.start_date, placement.report_grace_days, today)


def _last_day(uow: UnitOfWork, placement: Placement, reason: str, said: date | None) -> date | None:
    """Return the last day worked, None for whoever never came or left before the start.

    Raises:
        InvalidInput: it lies before the start or in the future, or after the guarantee of a completed placement.
    """
    start, end = placement.start_date, placement.guarantee_end_date
    if placement.activated_at is None or reason == FailureReason.NO_SHOW:
        return None
    assert start is not None
    assert end is not None
    today = rules.local_day(uow.now, placement.time_zone)
    if said is None and today < start:
        return None
    last_day = said or today
    rules.check_last_day(last_day, start, today)
    rules.check_reported(placement.state, end, last_day)
    return last_day


def _load(uow: UnitOfWork, placement_id: uuid.UUID, action: PlacementAction) -> Placement:
    """Load and lock a placement for a transition, refused before anything else is looked at."""
    placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
    refuse_own(uow, placement_id)
    rules.MACHINE.check(action, placement.state)
    return placement


def _placement_of(uow: UnitOfWork, proposal: Proposal, charged: Charged, start: date | None) -> Placement:
    charge = terms.at_hire(uow, proposal, charged)
    zone = uow.session.scalars(select(Organisation.time_zone).where(Organisation.id == proposal.company_id)).one()
    if start is not None:
        rules.check_start(start, rules.local_day(uow.now, zone))
    return Placement(
        id=uow.new_id(),
        proposal_id=proposal.id,
        candidate_id=proposal.candidate_id,
        job_id=proposal.job_id,
        company_id=proposal.company_id,
        lead_recruiter_id=proposal.recruiter_id,
        time_zone=zone,
        start_date=start,
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


def _record_hire(uow: UnitOfWork, placement: Placement, reasons: Mapping[str, str]) -> None:
    event = events.PlacementHired(
        **about(placement),
        proposal_id=placement.proposal_id,
        recruiter_id=placement.lead_recruiter_id,
        currency=placement.currency,
        salary_minor=placement.salary_minor,
        fee_minor=placement.fee_minor,
        **reasons,
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
    report_grace_days: int


def _guarantee(uow: UnitOfWork, placement: Placement, start: date, days: int | None) -> _Guarantee:
    """Resolve the guarantee's terms of now and return the columns that keep them."""
    terms = settings.guarantee_terms(uow, company_id=placement.company_id, job_id=placement.job_id)
    agreed = Terms.from_json(placement.terms)
    days = agreed.guarantee_days if days is None else days
    if days != agreed.guarantee_days:
        rules.check_days(days, terms)
    if days > agreed.guarantee_days:
        limit = f"The candidate was proposed with a guarantee of {agreed.guarantee_days} days; it can’t be longer."
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
        report_grace_days=agreed.report_grace_days,
    )


def _is_inside(placement: Placement, last_day: date) -> bool:
    """Return whether the last day worked lies inside the guarantee."""
    end = placement.guarantee_end_date
    assert end is not None
    return rules.is_replacement_eligible(end, last_day)
