"""A replacement that never began replaces nothing: the placement that it was linked to can be replaced by another."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.domain.errors import Conflict
from portal.domain.events import ReplacementLinked, ReplacementUnlinked
from portal.models import Placement
from portal.services.machinery.unit_of_work import UnitOfWork
from portal.services.placements.split_sheets import about

ALREADY_REPLACED = Conflict("This placement has already been replaced.", code="ALREADY_REPLACED")


def unlink(uow: UnitOfWork, placement: Placement) -> uuid.UUID | None:
    """Free the placement that a locked one was to replace, and return it, if any; no money has moved yet."""
    if placement.replaces_id is None:
        return None
    failed = uow.session.get_one(Placement, placement.replaces_id)
    placement.replaces_id = placement.linked_at = None
    uow.session.flush()
    uow.record(ReplacementUnlinked(**about(failed), replacement_placement_id=placement.id))
    return failed.id


def link_again(uow: UnitOfWork, placement: Placement, failed_id: uuid.UUID | None) -> None:
    """Let a locked placement that begins after all replace the one it was to replace, unless another does by now."""
    if failed_id is None or uow.session.scalar(select(Placement.id).where(Placement.replaces_id == failed_id)):
        return
    failed = uow.session.get_one(Placement, failed_id)
    placement.replaces_id, placement.linked_at = failed_id, uow.now
    with uow.refusing({"uq_placements_replaces_id": ALREADY_REPLACED}):
        uow.record(ReplacementLinked(**about(failed), replacement_placement_id=placement.id))
