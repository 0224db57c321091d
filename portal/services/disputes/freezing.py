"""Freeze what a ruling could move, and release exactly that; two cases on one thing need both (disputes.md §3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from portal.domain.billing import facts
from portal.domain.billing.payouts import PayoutState
from portal.domain.disputes import FreezeKind
from portal.models import DisputeFreeze, Payout, Placement, stands
from portal.services import freezes
from portal.services.billing.books import books
from portal.services.machinery.unit_of_work import UnitOfWork

SETTLED = (PayoutState.PAID, PayoutState.REVERSED, PayoutState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A row to freeze."""

    kind: FreezeKind
    row_id: uuid.UUID


def freeze(uow: UnitOfWork, dispute_id: uuid.UUID, rows: Collection[Frozen]) -> None:
    """Freeze rows, and the fees of the placements among them, with what of each is not paid yet."""
    for row in rows:
        amount, currency = _at_stake(uow, row) if row.kind is FreezeKind.PLACEMENT else (None, None)
        uow.session.add(
            DisputeFreeze(
                id=uow.new_id(),
                dispute_id=dispute_id,
                kind=row.kind,
                row_id=row.row_id,
                amount_minor=amount,
                currency=currency,
                frozen_at=uow.now,
            )
        )
    uow.session.flush()
    _set(uow, _placements(uow, rows), frozen=True)


def freeze_again(uow: UnitOfWork, dispute_id: uuid.UUID) -> None:
    """Freeze what a case had frozen until its ruling."""
    own = DisputeFreeze.dispute_id == dispute_id
    uow.session.execute(update(DisputeFreeze).where(own).values(released_at=None))
    _set(uow, _placements(uow, _rows(uow, dispute_id)), frozen=True)


def release_claims(uow: UnitOfWork, dispute_id: uuid.UUID, until: datetime) -> None:
    """Let a disputed claim go at a time that may lie ahead: third parties wait a little longer than the parties."""
    own = (DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.kind == FreezeKind.CLAIM)
    uow.session.execute(
        update(DisputeFreeze).where(*own, DisputeFreeze.released_at.is_(None)).values(released_at=until)
    )


def release(uow: UnitOfWork, dispute_id: uuid.UUID) -> None:
    """Release what a case froze, unless another case keeps it."""
    rows = _rows(uow, dispute_id)
    affected = _placements(uow, rows)
    own = (DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.released_at.is_(None))
    uow.session.execute(update(DisputeFreeze).where(*own).values(released_at=uow.now))
    uow.session.flush()
    free = [key for key, proposal in affected.items() if not freezes.is_frozen(uow, (key, proposal))]
    _set(uow, free, frozen=False)


def _set(uow: UnitOfWork, placement_ids: Collection[uuid.UUID], *, frozen: bool) -> None:
    """Book a freeze or its end on the fees of placements; each fee is locked as by whoever pays."""
    with books(uow) as kept:
        for placement_id in sorted(placement_ids):
            account = kept.find(placement_id)
            if account is not None and account.standing.frozen is not frozen:
                kept.book(account, facts.Frozen(on=kept.today(account.fee.time_zone), frozen=frozen))


def _rows(uow: UnitOfWork, dispute_id: uuid.UUID) -> list[Frozen]:
    query = select(DisputeFreeze.kind, DisputeFreeze.row_id).where(DisputeFreeze.dispute_id == dispute_id)
    return [Frozen(FreezeKind(kind), row_id) for kind, row_id in uow.session.execute(query)]


def _placements(uow: UnitOfWork, rows: Collection[Frozen]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the placements that are frozen, by themselves or through their proposal, with that proposal."""
    by_kind = {kind: [row.row_id for row in rows if row.kind is kind] for kind in FreezeKind}
    query = select(Placement.id, Placement.proposal_id).where(
        Placement.id.in_(by_kind[FreezeKind.PLACEMENT]) | Placement.proposal_id.in_(by_kind[FreezeKind.PROPOSAL]),
        stands(Placement),
    )
    return {row.id: row.proposal_id for row in uow.session.execute(query)}


def _at_stake(uow: UnitOfWork, row: Frozen) -> tuple[int, str]:
    """Return what of a placement's fee is not paid out yet: all of it before its books are open."""
    left = func.sum(Payout.original_minor - Payout.taken_minor - Payout.returned_minor)
    unpaid = select(left.filter(Payout.state.not_in(SETTLED))).where(Payout.placement_id == row.row_id)
    query = select(func.coalesce(unpaid.scalar_subquery(), Placement.fee_minor), Placement.currency)
    amount, currency = uow.session.execute(query.where(Placement.id == row.row_id)).one()
    return int(amount), str(currency)
