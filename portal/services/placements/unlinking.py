"""A replacement that never began replaces nothing: the placement that it was linked to can be replaced by another."""

from __future__ import annotations

from portal.domain.events import ReplacementUnlinked
from portal.models import Placement
from portal.services.machinery.unit_of_work import UnitOfWork
from portal.services.placements.split_sheets import about


def unlink(uow: UnitOfWork, placement: Placement) -> None:
    """Free the placement that a locked one was to replace, if any; no money has moved before it began."""
    if placement.replaces_id is None:
        return
    failed = uow.session.get_one(Placement, placement.replaces_id)
    placement.replaces_id = placement.linked_at = None
    uow.session.flush()
    uow.record(ReplacementUnlinked(**about(failed), replacement_placement_id=placement.id))
