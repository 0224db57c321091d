"""What was recorded by mistake is undone before any money moved: a hire, or that nobody came (domain.md §4)."""

from __future__ import annotations

import uuid

from portal.domain import placements as rules
from portal.domain import texts
from portal.domain.errors import Conflict
from portal.domain.events import PlacementUndone
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import PlacementAction
from portal.models import Placement
from portal.services.billing import lifecycle
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import consent, running
from portal.services.placements.split_sheets import about, check_version, refuse_own
from portal.services.placements.unlinking import link_again, unlink


def undo(placement_id: uuid.UUID, *, actor: Actor, reason: str, version: int | None = None) -> uuid.UUID:
    """Undo a hire, after which its proposal can be hired again, or the report that nobody came.

    Raises:
        WrongState: its last step is none of these.
        Conflict: money has moved, or the candidate has another running placement by now.
        InvalidInput: there is no reason.
        NotPermitted: the actor shares in the placement.
    """
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
        refuse_own(uow, placement_id)
        began = placement.activated_at is not None
        action = rules.undoing(placement.state, placement.failure_reason, activated=began, invoiced=False)
        if action is None:
            raise rules.MACHINE.refusal(placement.state, "undone", "undo", part="last step")
        check_version(uow, placement, version)
        _write(uow, placement, action, said)
    return placement_id


def undo_hire(uow: UnitOfWork, placement: Placement, reason: str) -> None:
    """Undo a locked hire whose proposal a ruling voided."""
    _write(uow, placement, PlacementAction.UNDO, reason)


def _write(uow: UnitOfWork, placement: Placement, action: PlacementAction, reason: str) -> None:
    is_hire = action is PlacementAction.UNDO
    event = PlacementUndone(**about(placement), what="hire" if is_hire else "no_show", reason=reason)
    values: dict[str, object] = {"undone_at": uow.now}
    would_replace = placement.would_replace_id
    if is_hire:
        consent.lapse(uow, placement, "The hire was undone.")
        unlink(uow, placement)
    else:
        _refuse_another(uow, placement)
        values = {"failed_at": None, "failure_reason": None, "failure_notes": "", "replacement_eligible": None}
        values["would_replace_id"] = None
    transitions.apply(uow, placement, action, event=event, values=values, notes=reason)
    if action is PlacementAction.RESUME:
        lifecycle.resumed(uow, placement.id)
    link_again(uow, placement, would_replace)


def _refuse_another(uow: UnitOfWork, placement: Placement) -> None:
    if running.another(uow, placement.candidate_id, placement.proposal_id):
        message = "The candidate now has another current placement; undo that one first."
        raise Conflict(message, code="CANDIDATE_PLACED")
