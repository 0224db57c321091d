"""Which case keeps a thing as it is, for the pages of what is frozen (disputes.md §3)."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, ScalarSelect, SQLColumnExpression, or_, select

from portal import access
from portal.domain.permissions import Actor
from portal.models import Dispute, DisputeFreeze


def held_by(viewer: Actor, *rows: SQLColumnExpression[uuid.UUID]) -> ScalarSelect[uuid.UUID]:
    """Select the first case that freezes one of a query's rows and that the viewer may see."""
    holds = or_(DisputeFreeze.released_at.is_(None), DisputeFreeze.released_at > viewer.now)
    is_one: ColumnElement[bool] = DisputeFreeze.row_id.in_(rows)
    return (
        select(DisputeFreeze.dispute_id)
        .join(Dispute, Dispute.id == DisputeFreeze.dispute_id)
        .where(is_one, holds, access.visible(Dispute, viewer))
        .order_by(DisputeFreeze.id)
        .limit(1)
        .correlate_except(DisputeFreeze, Dispute)
        .scalar_subquery()
    )
