"""Corrections of a hire (money.md §9): a wrong salary, fee or start is put right, with the consent that it needs.

Until activation the company corrects salary and start by itself; another fee waits for the submitter, and after
activation whatever changes somebody's money or dates waits for the whole team. A platform admin rules, with a reason.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict

from sqlalchemy import delete

from portal.domain import corrections as rules
from portal.domain import money, texts
from portal.domain import placements as calendar
from portal.domain.billing.terms import Charged, charge_of, with_fee
from portal.domain.collaboration import Agreed
from portal.domain.corrections import Figures
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import CorrectionProposed, PlacementCorrected
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import SPLITS_OPEN, PlacementAction, PlacementState
from portal.models import GuaranteeNotice, Placement, SplitAmendment
from portal.services.billing import lifecycle, terms
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import consent, running, split_sheets
from portal.services.placements.consent import Proposed
from portal.services.placements.split_sheets import Line, about, check_version

ENDED = "With this start date, the guarantee has ended as well."


@dataclass(frozen=True, slots=True)
class Right:
    """How a hire should read; None leaves a figure as it is."""

    salary_minor: int | None = None
    guaranteed_bonus_minor: int | None = None
    fee_bp: int | None = None
    flat_fee_minor: int | None = None
    start_date: date | None = None


def correct(
    placement_id: uuid.UUID,
    *,
    actor: Actor,
    right: Right,
    reason: str,
    version: int | None = None,
    accept_ended: bool = True,
) -> Proposed:
    """Correct what a hire was recorded with, at once or when those have agreed whom it concerns.

    Raises:
        Conflict: the placement has failed or was undone, its money was settled otherwise, another change waits for
            answers, or the guarantee would be over at once, which was not accepted.
        InvalidInput: a figure is out of bounds, nothing changes, or there is no reason.
        NotPermitted: the actor shares in the placement.
    """
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, version)
        before, after = figures(placement), _wanted(uow, placement, right)
        lifecycle.correctable(uow, placement, fee_stays=before.fee_minor == after.fee_minor)
        _check_changes(uow, placement, before, after, accept_ended=accept_ended)
        team = split_sheets.team(uow, placement_id)
        parties = _parties(uow, placement, before, after, team)
        amendment = _write(uow, placement, team, before, after, said, parties)
        if not parties:
            put_in_force(uow, placement, amendment, forced=False)
    return Proposed(amendment.id, amendment.state)


def _load(uow: UnitOfWork, placement_id: uuid.UUID, version: int | None) -> Placement:
    placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
    split_sheets.refuse_own(uow, placement_id)
    rules.check_state(placement.state)
    check_version(uow, placement, version)
    return placement


def figures(placement: Placement) -> Figures:
    """Return what a hire is recorded with now."""
    return Figures(
        placement.salary_minor,
        placement.guaranteed_bonus_minor,
        placement.fee_bp,
        placement.fee_minor,
        placement.platform_fee_minor,
        placement.start_date,
    )


def _wanted(uow: UnitOfWork, placement: Placement, right: Right) -> Figures:
    """Return the figures as they should read, with the fee recalculated under the placement's terms."""
    salary = placement.salary_minor if right.salary_minor is None else right.salary_minor
    bonus = placement.guaranteed_bonus_minor if right.guaranteed_bonus_minor is None else right.guaranteed_bonus_minor
    charged = Charged(salary, bonus, right.fee_bp, right.flat_fee_minor)
    charge = charge_of(terms.of_placement(placement), charged)
    start = placement.start_date if right.start_date is None else right.start_date
    if start is not None and start != placement.start_date:
        calendar.check_start(start, calendar.local_day(uow.now, placement.time_zone))
    return Figures(salary, bonus, charge.terms.fee_bp, charge.fee_minor, charge.platform_fee_minor, start)


def _check_changes(
    uow: UnitOfWork, placement: Placement, before: Figures, after: Figures, *, accept_ended: bool
) -> None:
    if before == after:
        raise InvalidInput("These are the current figures; change at least one.")
    if before.start_date == after.start_date or placement.guarantee_days is None:
        return
    if _stays_ended(uow, placement, after):
        raise InvalidInput.field("start_date", f"{ENDED} Choose a date for which it’s still running.")
    if not accept_ended:
        calendar.refuse_ended(_end(placement, after), calendar.local_day(uow.now, placement.time_zone))


def _end(placement: Placement, after: Figures) -> date:
    """Return when the guarantee would end with another start."""
    assert after.start_date is not None
    assert placement.guarantee_days is not None
    return calendar.guarantee_end(after.start_date, placement.guarantee_days)


def _stays_ended(uow: UnitOfWork, placement: Placement, after: Figures) -> bool:
    """Return whether a placement is completed and another start would not let it go on: then its start stays."""
    completed = placement.state == PlacementState.COMPLETED
    return completed and not _runs_again(uow, placement, _end(placement, after))


def _refuse_ended(
    uow: UnitOfWork, placement: Placement, amendment: SplitAmendment, before: Figures, after: Figures
) -> None:
    """Refuse another start under which the guarantee ended while approvals were awaited: nobody was asked about it."""
    if before.start_date == after.start_date or placement.guarantee_days is None:
        return
    if _stays_ended(uow, placement, after):
        raise Conflict(f"The placement has since been completed. {ENDED}", code="GUARANTEE_ENDED")
    end, zone = _end(placement, after), placement.time_zone
    ended_before = end < calendar.local_day(amendment.proposed_at, zone)
    last_to_report = calendar.last_day_to_report(end, placement.report_grace_days)
    if not ended_before and calendar.local_day(uow.now, zone) > last_to_report:
        message = (
            "With this start date, the guarantee ended before everyone had approved. The company can propose it again."
        )
        raise Conflict(message, code="GUARANTEE_ENDED")


def _runs_again(uow: UnitOfWork, placement: Placement, end: date) -> bool:
    """Return whether a completed placement goes on when its guarantee ends on another day."""
    return calendar.runs_again(
        placement.state,
        waived=placement.guarantee_waived,
        end=end,
        grace_days=placement.report_grace_days,
        today=calendar.local_day(uow.now, placement.time_zone),
    )


def _parties(
    uow: UnitOfWork, placement: Placement, before: Figures, after: Figures, team: list[Line]
) -> set[uuid.UUID]:
    """Return who has to agree: nobody when a platform admin rules."""
    if uow.actor.scope(Permission.PLACEMENT_CHANGE) is Scope.ANY:
        return set()
    if placement.state in SPLITS_OPEN:
        return {placement.lead_recruiter_id} if before.fee_kind != after.fee_kind else set()
    same = (before.fee_minor, before.start_date) == (after.fee_minor, after.start_date)
    return set() if same else {line.recruiter_id for line in team}


def _write(
    uow: UnitOfWork,
    placement: Placement,
    team: list[Line],
    before: Figures,
    after: Figures,
    reason: str,
    parties: set[uuid.UUID],
) -> SplitAmendment:
    """Keep a correction beside the present shares, and tell those whose agreement it waits for."""
    lines = [Agreed(line.recruiter_id, line.role, line.split_bp) for line in team]
    corrected: dict[str, object] = {"before": before.as_json(), "after": after.as_json()}
    amendment = consent.ask(uow, placement, lines, reason, parties, corrected, at_once=not parties)
    if parties:
        waiting = tuple(sorted(parties))
        would_be = team
        if before.pool_minor != after.pool_minor:
            amounts = money.allocate_shares(after.pool_minor, [line.split_bp for line in team])
            would_be = [replace(line, amount_minor=amount) for line, amount in zip(team, amounts, strict=True)]
        told = CorrectionProposed(
            **about(placement),
            **_told(placement, before, after),
            amendment_id=amendment.id,
            recruiter_ids=waiting,
            shares_before=split_sheets.shares(team),
            shares=split_sheets.shares(would_be),
        )
        uow.record(told)
    return amendment


def _told(placement: Placement, before: Figures, after: Figures) -> _Told:
    return _Told(
        currency=placement.currency,
        salary_before_minor=before.salary_minor,
        salary_minor=after.salary_minor,
        fee_before_minor=before.fee_minor,
        fee_minor=after.fee_minor,
        start_before=before.start_date,
        start_date=after.start_date,
    )


class _Told(TypedDict):
    currency: str
    salary_before_minor: int
    salary_minor: int
    fee_before_minor: int
    fee_minor: int
    start_before: date | None
    start_date: date | None


def put_in_force(
    uow: UnitOfWork, placement: Placement, amendment: SplitAmendment, *, forced: bool, reason: str = ""
) -> None:
    """Write the corrected hire, its sheet and its books, and tell both sides what it was and what it is."""
    before, after = rules.of_stored(amendment.corrected or {})
    _refuse_ended(uow, placement, amendment, before, after)
    consent.enter_into_force(uow, amendment, reason)
    _rewrite(uow, placement, before, after)
    end = placement.guarantee_end_date
    runs_again = before.start_date != after.start_date and end is not None and _runs_again(uow, placement, end)
    team = split_sheets.team(uow, placement.id)
    receipt = split_sheets.write(uow, placement, team, team, cause="corrected")
    lifecycle.corrected(uow, placement, fee_stays=before.fee_minor == after.fee_minor, runs_again=runs_again)
    event = PlacementCorrected(
        **about(placement),
        **_told(placement, before, after),
        amendment_id=amendment.id,
        version=receipt.version,
        forced=forced,
        reason=amendment.reason,
        runs_again_until=end if runs_again else None,
        **split_sheets.figures(team, receipt),
    )
    if runs_again:
        _continue(uow, placement, event)
    else:
        uow.record(event)


def _continue(uow: UnitOfWork, placement: Placement, event: PlacementCorrected) -> None:
    """Let a placement that was completed under a wrong start go on under its guarantee."""
    if running.another(uow, placement.candidate_id, placement.proposal_id):
        message = "The candidate now has another current placement, so this one can’t continue."
        raise Conflict(message, code="CANDIDATE_PLACED")
    uow.session.flush()
    values: dict[str, object] = {"completed_at": None, "completion_notes": "", "guarantee_waived": False}
    transitions.apply(uow, placement, PlacementAction.CONTINUE, event=event, values=values, notes=event.reason)


def _rewrite(uow: UnitOfWork, placement: Placement, before: Figures, after: Figures) -> None:
    """Write the figures onto the placement; a guarantee that has another start ends on another day."""
    flat = after.fee_minor if after.fee_bp is None else None
    agreed = terms.of_placement(placement)
    if before.fee_kind != after.fee_kind:
        agreed = with_fee(agreed, fee_bp=after.fee_bp, flat_fee_minor=flat)
    placement.salary_minor, placement.guaranteed_bonus_minor = after.salary_minor, after.guaranteed_bonus_minor
    placement.fee_bp, placement.fee_minor = after.fee_bp, after.fee_minor
    placement.platform_fee_minor, placement.terms = after.platform_fee_minor, agreed.as_json()
    if before.start_date != after.start_date:
        placement.start_date = after.start_date
        _move_guarantee(uow, placement)
    uow.session.flush()


def _move_guarantee(uow: UnitOfWork, placement: Placement) -> None:
    if placement.activated_at is None:
        return
    assert placement.start_date is not None
    assert placement.guarantee_days is not None
    placement.guarantee_end_date = calendar.guarantee_end(placement.start_date, placement.guarantee_days)
    # The notices start anew for the new end.
    uow.session.execute(delete(GuaranteeNotice).where(GuaranteeNotice.placement_id == placement.id))
