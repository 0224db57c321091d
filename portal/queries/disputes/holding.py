"""Which case keeps a thing as it is, for the pages of what is frozen (disputes.md §3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, ScalarSelect, SQLColumnExpression, exists, or_, select

from portal import access
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Dispute, DisputeFreeze, Invoice, Payout, Placement


def held_by(viewer: Actor, *rows: SQLColumnExpression[uuid.UUID]) -> ScalarSelect[uuid.UUID]:
    """Select the first case that freezes one of a query's rows or shares in it, and that the viewer may see."""
    return _first(viewer, DisputeFreeze.row_id.in_(rows))


def wholly_held_by(viewer: Actor, *rows: SQLColumnExpression[uuid.UUID]) -> ScalarSelect[uuid.UUID]:
    """Select the first case that freezes all of one of a query's rows, and that the viewer may see."""
    return _first(viewer, DisputeFreeze.row_id.in_(rows) & DisputeFreeze.role.is_(None))


def is_held(viewer: Actor, row_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """Return the condition that a case keeps a row of a query as it is, whether the viewer may see the case or not."""
    return exists().where(DisputeFreeze.row_id == row_id, _holds(viewer)).correlate_except(DisputeFreeze)


def _holds(viewer: Actor) -> ColumnElement[bool]:
    return or_(DisputeFreeze.released_at.is_(None), DisputeFreeze.released_at > viewer.now)


def _first(viewer: Actor, about: ColumnElement[bool]) -> ScalarSelect[uuid.UUID]:
    return (
        select(DisputeFreeze.dispute_id)
        .join(Dispute, Dispute.id == DisputeFreeze.dispute_id)
        .where(about, _holds(viewer), access.visible(Dispute, viewer))
        .order_by(DisputeFreeze.id)
        .limit(1)
        .correlate_except(DisputeFreeze, Dispute)
        .scalar_subquery()
    )


def of_payouts(viewer: Actor, payout_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the cases that keep payouts as they are and that the viewer may see, by payout."""
    if not payout_ids:
        return {}
    case = held_by(viewer, Payout.id, Payout.placement_id, Placement.proposal_id).label("case")
    query = select(Payout.id, case).join(Placement, Placement.id == Payout.placement_id)
    found = reading().execute(query.where(Payout.id.in_(payout_ids)))
    return {row.id: row.case for row in found if row.case is not None}


def of_placement(viewer: Actor, placement_id: uuid.UUID) -> uuid.UUID | None:
    """Return the case that keeps a placement or money of it as it is, if the viewer may see it."""
    case = held_by(viewer, Placement.id, Placement.proposal_id)
    return reading().execute(select(case).where(Placement.id == placement_id)).scalar_one_or_none()


def of_invoice(viewer: Actor, invoice_id: uuid.UUID) -> uuid.UUID | None:
    """Return the case that keeps all of the fee of an invoice as it is, if the viewer may see it."""
    case = wholly_held_by(viewer, Invoice.placement_id, Placement.proposal_id)
    query = select(case).select_from(Invoice).join(Placement, Placement.id == Invoice.placement_id)
    return reading().execute(query.where(Invoice.id == invoice_id)).scalar_one()
