"""Freeze what a ruling could move, and release exactly that; two cases on one thing need both (disputes.md §3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update

from portal.domain.billing.payouts import PayoutState
from portal.domain.disputes import TEAM, FreezeKind
from portal.models import DisputeFreeze, FeePlacement, Payout, Placement, stands
from portal.services.billing import lifecycle
from portal.services.billing.books import books
from portal.services.machinery.unit_of_work import UnitOfWork

SETTLED = (PayoutState.PAID, PayoutState.REVERSED, PayoutState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A row to freeze; of a placement with a `role` only the shares that the parties have in it, or the TEAM's."""

    kind: FreezeKind
    row_id: uuid.UUID
    role: str | None = None


def freeze(uow: UnitOfWork, dispute_id: uuid.UUID, rows: Collection[Frozen]) -> None:
    """Freeze rows, and what of fees they stand for, with what of each is not paid yet."""
    for row in rows:
        amount, currency = _at_stake(uow, row)
        uow.add(
            DisputeFreeze(
                dispute_id=dispute_id,
                kind=row.kind,
                row_id=row.row_id,
                role=row.role,
                amount_minor=amount,
                currency=currency,
                frozen_at=uow.now,
            )
        )
    uow.session.flush()
    _book(uow, _fees(uow, rows))


def freeze_again(uow: UnitOfWork, dispute_id: uuid.UUID) -> None:
    """Freeze what a case had frozen until its ruling."""
    own = DisputeFreeze.dispute_id == dispute_id
    uow.session.execute(update(DisputeFreeze).where(own).values(released_at=None))
    _book(uow, _fees(uow, _rows(uow, dispute_id)))


def release_claims(uow: UnitOfWork, dispute_id: uuid.UUID, until: datetime) -> None:
    """Let a disputed claim go at a time that may lie ahead: third parties wait a little longer than the parties."""
    own = (DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.kind == FreezeKind.CLAIM)
    uow.session.execute(
        update(DisputeFreeze).where(*own, DisputeFreeze.released_at.is_(None)).values(released_at=until)
    )


def release(uow: UnitOfWork, dispute_id: uuid.UUID) -> None:
    """Release what a case froze, unless another case keeps it."""
    lift(uow, dispute_id)
    thaw(uow, dispute_id)


def lift(uow: UnitOfWork, dispute_id: uuid.UUID) -> None:
    """End the freezes of a case, while its money stays as it is until `thaw`: its ruling acts in between."""
    own = (DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.released_at.is_(None))
    uow.session.execute(update(DisputeFreeze).where(*own).values(released_at=uow.now))


def thaw(uow: UnitOfWork, dispute_id: uuid.UUID) -> None:
    """Book what of the money that a case froze is free again."""
    _book(uow, _fees(uow, _rows(uow, dispute_id)))


def _book(uow: UnitOfWork, fee_ids: Collection[uuid.UUID]) -> None:
    """Book on fees what disputes keep of them by now; each fee is locked as by whoever pays."""
    with books(uow) as kept:
        for account in kept.load_all(fee_ids).values():
            lifecycle.freeze(kept, account)


def _rows(uow: UnitOfWork, dispute_id: uuid.UUID) -> list[Frozen]:
    query = select(DisputeFreeze.kind, DisputeFreeze.row_id).where(DisputeFreeze.dispute_id == dispute_id)
    return [Frozen(FreezeKind(kind), row_id) for kind, row_id in uow.session.execute(query)]


def _fees(uow: UnitOfWork, rows: Collection[Frozen]) -> Sequence[uuid.UUID]:
    """Return the fees of which something is frozen: a placement, by itself or through its proposal, or a payout."""
    ids = [row.row_id for row in rows]
    by_placement = (
        select(FeePlacement.fee_id)
        .join(Placement, Placement.id == FeePlacement.placement_id)
        .where(Placement.id.in_(ids) | Placement.proposal_id.in_(ids), stands(Placement))
    )
    return uow.session.scalars(by_placement.union(select(Payout.fee_id).where(Payout.id.in_(ids)))).all()


def _at_stake(uow: UnitOfWork, row: Frozen) -> tuple[int | None, str | None]:
    """Return what of a placement's fee or of a payout is not paid out yet: all of it before the books are open."""
    left = func.sum(Payout.left_minor)
    of = [Payout.recruiter_id.is_not(None) if row.role == TEAM else Payout.role == row.role] if row.role else []
    query = select(left, func.min(Payout.currency)).where(Payout.state.not_in(SETTLED), *of)
    if row.kind is FreezeKind.PAYOUT:
        return _amount(uow, query.where(Payout.id == row.row_id))
    if row.kind is not FreezeKind.PLACEMENT:
        return None, None
    if uow.session.scalar(select(FeePlacement.fee_id).where(FeePlacement.placement_id == row.row_id)) is not None:
        return _amount(uow, query.where(Payout.placement_id == row.row_id))
    return _amount(uow, select(Placement.fee_minor, Placement.currency).where(Placement.id == row.row_id))


def _amount(uow: UnitOfWork, query: Select[int, str]) -> tuple[int | None, str | None]:
    amount, currency = uow.session.execute(query).one()
    return (None, None) if currency is None else (int(amount), str(currency))
