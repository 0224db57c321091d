"""What open changes of splits bring the viewer, for many placements at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from portal.domain.collaboration import agreed_lines
from portal.domain.corrections import of_stored
from portal.domain.money import allocate_shares
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Collaborator, Placement, SplitAmendment


def own_gains(placement_ids: Sequence[uuid.UUID], *, viewer: Actor) -> dict[uuid.UUID, int]:
    """Return what the viewer would get more by the open change of each placement, or less, in minor units."""
    own = select(func.sum(Collaborator.amount_minor)).where(
        Collaborator.placement_id == Placement.id, Collaborator.recruiter_id == viewer.recruiter_id
    )
    query = (
        select(Placement.id, (Placement.fee_minor - Placement.platform_fee_minor).label("pool"))
        .add_columns(SplitAmendment.lines, SplitAmendment.corrected, own.scalar_subquery().label("own"))
        .join(SplitAmendment, SplitAmendment.placement_id == Placement.id)
        .where(Placement.id.in_(placement_ids), SplitAmendment.state == "proposed")
    )
    return {row.id: _agreed(row, viewer) - int(row.own or 0) for row in reading().execute(query)}


def _agreed(row: Row[Any], viewer: Actor) -> int:
    """Add up the viewer's shares as they would be: of the corrected fee, where the hire is corrected."""
    lines = agreed_lines(row.lines)
    pool = row.pool if row.corrected is None else of_stored(row.corrected)[1].pool_minor
    amounts = allocate_shares(pool, [line.split_bp for line in lines])
    return sum(amount for line, amount in zip(lines, amounts, strict=True) if line.recruiter_id == viewer.recruiter_id)
