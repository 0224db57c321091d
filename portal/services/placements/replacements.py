"""Replacements (domain.md §4): another placement takes the place of one that failed inside its guarantee."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import select

from portal.domain import placements as rules
from portal.domain import texts
from portal.domain.collaboration import SAME_SHARES
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import ReplacementLinked, ReplacementRequested
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import PlacementState, Side
from portal.domain.times import write_day
from portal.models import Placement, SplitSheet
from portal.services.billing import lifecycle, obligations
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import collaboration
from portal.services.placements.split_sheets import about, check_version, refuse_own
from portal.services.placements.unlinking import ALREADY_REPLACED


def request(
    placement_id: uuid.UUID, *, actor: Actor, deadline: date, notes: str = "", version: int | None = None
) -> uuid.UUID:
    """Ask for another candidate in place of a failed one, once, with a deadline inside the replacement window.

    Raises:
        WrongState: the placement did not fail.
        Conflict: it failed after its guarantee, a replacement was requested before, or the window is over.
        InvalidInput: the deadline is not in the future, or after the window.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load_eligible(uow, placement_id)
        if placement.replacement_requested_at is not None:
            raise Conflict("A replacement has already been requested.", code="REPLACEMENT_REQUESTED")
        check_version(uow, placement, version)
        _check_deadline(uow, placement, deadline)
        placement.replacement_requested_at = uow.now
        placement.replacement_deadline, placement.replacement_notes = deadline, said
        placement.version += 1
        obligations.prolong(uow, placement_id, deadline)
        uow.record(ReplacementRequested(**about(placement), replacement_deadline=deadline))
    return placement_id


def link(
    placement_id: uuid.UUID, *, actor: Actor, replacement_id: uuid.UUID, notes: str = "", version: int | None = None
) -> uuid.UUID:
    """Return which placement takes the place of a failed one; its team moves over when the other has but the default.

    Nothing else is copied: the new guarantee is the replacement's own and starts with its activation.

    Raises:
        WrongState: the placement did not fail.
        Conflict: it is no guarantee case, is replaced already, or the other one cannot replace it.
        StaleVersion: the failed placement changed since `version`.
    """
    said = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        failed = _load_eligible(uow, placement_id)
        check_version(uow, failed, version)
        other = uow.load(Placement, replacement_id, Permission.PLACEMENT_CHANGE)
        refuse_own(uow, replacement_id)
        refusal = rules.link_refusal(_side(failed), _side(other), _ancestors(uow, failed))
        if refusal is not None:
            raise Conflict(refusal, code="CANNOT_REPLACE")
        other.replaces_id, other.linked_at = failed.id, uow.now
        other.version += 1
        failed.replacement_notes = "\n".join(filter(None, (failed.replacement_notes, said)))
        with uow.refusing({"uq_placements_replaces_id": ALREADY_REPLACED}):
            uow.record(ReplacementLinked(**about(failed), replacement_placement_id=other.id))
        collaboration.take_over(uow, other, _agreed(uow, failed))
        lifecycle.linked(uow, failed.id, other)
    return replacement_id


def _load_eligible(uow: UnitOfWork, placement_id: uuid.UUID) -> Placement:
    """Load a placement that failed inside its guarantee."""
    placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
    refuse_own(uow, placement_id)
    if placement.state != PlacementState.FAILED:
        raise rules.MACHINE.refusal(placement.state, "replaced", "replace")
    if not placement.replacement_eligible:
        raise Conflict("This placement did not fail within its guarantee.", code="NOT_ELIGIBLE")
    return placement


def _check_deadline(uow: UnitOfWork, placement: Placement, deadline: date) -> None:
    assert placement.failed_at is not None
    assert placement.replacement_window_days is not None
    today = rules.local_day(uow.now, placement.time_zone)
    failed_on = rules.local_day(placement.failed_at, placement.time_zone)
    last = rules.replacement_window_end(failed_on, placement.replacement_window_days)
    if today >= last:
        raise Conflict(f"The replacement window ended on {write_day(last)}.", code="REPLACEMENT_WINDOW_OVER")
    if not today < deadline <= last:
        raise InvalidInput.field("deadline", f"Choose a date after today and by {write_day(last)}.")


def _side(placement: Placement) -> Side:
    return Side(
        placement.id,
        placement.company_id,
        placement.job_id,
        placement.hired_at,
        placement.state,
        placement.replaces_id,
    )


def _ancestors(uow: UnitOfWork, placement: Placement) -> frozenset[uuid.UUID]:
    """Return the placements that this one replaces, directly or through others."""
    if placement.replaces_id is None:
        return frozenset()
    chain = select(Placement.id, Placement.replaces_id).where(Placement.id == placement.replaces_id).cte(recursive=True)
    chain = chain.union(select(Placement.id, Placement.replaces_id).join(chain, Placement.id == chain.c.replaces_id))
    return frozenset(uow.session.scalars(select(chain.c.id)))


def _agreed(uow: UnitOfWork, placement: Placement) -> list[tuple[uuid.UUID, str, int]]:
    """Return the shares that the team agreed on, before activation filled them to 100 %."""
    sheets = select(SplitSheet.receipt["inputs"]).where(
        SplitSheet.placement_id == placement.id, SplitSheet.cause.not_in(SAME_SHARES)
    )
    last = sheets.order_by(SplitSheet.version.desc()).limit(1)
    return [(uuid.UUID(who), role, bp) for who, role, bp in uow.session.scalars(last).one()]
