"""What open disputes keep as it is: whoever would change it asks here first (disputes.md §3)."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, and_, exists, or_, select

from portal.domain.disputes import TEAM
from portal.domain.errors import Conflict
from portal.models import DisputeFreeze, DisputeParty, FeePlacement, Payout, Placement
from portal.services.machinery.unit_of_work import UnitOfWork


def holds(uow: UnitOfWork) -> ColumnElement[bool]:
    """Return the condition under which a freeze still holds."""
    return or_(DisputeFreeze.released_at.is_(None), DisputeFreeze.released_at > uow.now)


def of_fee(uow: UnitOfWork, fee_id: uuid.UUID) -> tuple[bool, frozenset[str]]:
    """Return whether disputes keep all of a fee as it is, and the keys of the payouts that they keep by themselves."""
    uow.session.flush()
    freeze, party = DisputeFreeze, DisputeParty
    through = select(FeePlacement.placement_id).where(FeePlacement.fee_id == fee_id)
    proposed = select(Placement.proposal_id).where(Placement.id.in_(through))
    about = or_(freeze.row_id.in_(through), freeze.row_id.in_(proposed))
    whole = exists().where(about, freeze.role.is_(None), holds(uow))
    share = and_(
        freeze.row_id == Payout.placement_id,
        freeze.role == Payout.role,
        party.dispute_id == freeze.dispute_id,
        party.recruiter_id == Payout.recruiter_id,
    )
    team = and_(freeze.row_id == Payout.placement_id, freeze.role == TEAM, Payout.recruiter_id.is_not(None))
    itself = exists().where(freeze.row_id == Payout.id, holds(uow))
    parts = select(Payout.id).where(
        Payout.fee_id == fee_id, or_(itself, *(exists().where(which, holds(uow)) for which in (share, team)))
    )
    return bool(uow.ask(whole)[0]), frozenset(str(key) for key in uow.session.scalars(parts))


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
