"""What open disputes keep as it is: whoever would change it asks here first (disputes.md §3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select

from portal.domain.errors import Conflict
from portal.models import DisputeFreeze
from portal.services.machinery.unit_of_work import UnitOfWork


def holds(uow: UnitOfWork) -> ColumnElement[bool]:
    """Return the condition under which a freeze still holds."""
    return or_(DisputeFreeze.released_at.is_(None), DisputeFreeze.released_at > uow.now)


def is_frozen(uow: UnitOfWork, row_ids: Collection[uuid.UUID]) -> bool:
    """Return whether a dispute keeps one of some rows as it is."""
    query = select(DisputeFreeze.id).where(DisputeFreeze.row_id.in_(row_ids), holds(uow)).limit(1)
    return uow.session.scalar(query) is not None


def refuse(uow: UnitOfWork, row_id: uuid.UUID, refusal: str) -> None:
    """Refuse to change what a dispute keeps as it is.

    Raises:
        Conflict: a dispute is open about it; the details name the case.
    """
    query = select(DisputeFreeze.dispute_id).where(DisputeFreeze.row_id == row_id, holds(uow)).limit(1)
    dispute_id = uow.session.scalar(query)
    if dispute_id is not None:
        raise Conflict(refusal, code="FROZEN_BY_DISPUTE", details={"dispute_id": str(dispute_id)})


def follow(uow: UnitOfWork, row_id: uuid.UUID, successor_id: uuid.UUID) -> None:
    """Keep frozen what takes the place of a frozen row."""
    for row in uow.session.scalars(select(DisputeFreeze).where(DisputeFreeze.row_id == row_id, holds(uow))):
        row.row_id = successor_id
