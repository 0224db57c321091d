"""The clocks of cases: reminders, reviews that begin, rulings that are late, and what an appeal did not stop."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, select

from portal.domain.disputes import DisputeState
from portal.domain.events import DisputeClockMissed, DisputeDueSoon
from portal.domain.permissions import Actor
from portal.models import Dispute, DisputeParty
from portal.services.disputes import cases, parties, rulings
from portal.services.machinery import rounds
from portal.services.machinery.unit_of_work import UnitOfWork

DAY = timedelta(days=1)
AT_ONCE = 100
Act = Callable[[UnitOfWork, Dispute, Sequence[DisputeParty]], None]


def run(*, actor: Actor) -> int:
    """Do what the clocks of cases ask for, and count the cases."""
    steps: tuple[tuple[Callable[[UnitOfWork], tuple[ColumnElement[bool], ...]], Act], ...] = (
        (_to_remind, _remind),
        (_to_review, _review),
        (_to_miss, _miss),
        (_to_settle, rulings.settle),
    )
    return rounds.one_after_the_other(partial(_round, which, act, actor) for which, act in steps)


def _round(which: Callable[[UnitOfWork], tuple[ColumnElement[bool], ...]], act: Act, actor: Actor) -> int:
    def some(uow: UnitOfWork, ids: Sequence[uuid.UUID] | None) -> Sequence[uuid.UUID]:
        query = select(Dispute).where(*which(uow)).order_by(Dispute.id).limit(AT_ONCE)
        named = query if ids is None else query.where(Dispute.id.in_(ids))
        found = uow.session.scalars(named.with_for_update(skip_locked=True)).all()
        for dispute in found:
            act(uow, dispute, parties.of(uow, dispute.id))
        return [dispute.id for dispute in found]

    def due(uow: UnitOfWork) -> Sequence[uuid.UUID]:
        return uow.session.scalars(select(Dispute.id).where(*which(uow)).order_by(Dispute.id)).all()

    return sum(len(done) for done in rounds.in_chunks(some, due, size=AT_ONCE, actor=actor))


def _to_remind(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    is_near = Dispute.answer_due_at <= uow.now + DAY
    return Dispute.state == DisputeState.OPEN, Dispute.reminded_at.is_(None), is_near, Dispute.answer_due_at > uow.now


def _remind(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> None:
    dispute.reminded_at = uow.now
    silent = [row for row in rows if row.answered_at is None]
    uow.record(DisputeDueSoon(**parties.about(dispute, silent), due_at=dispute.answer_due_at))


def _to_review(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return Dispute.state == DisputeState.OPEN, Dispute.answer_due_at <= uow.now


def _review(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> None:
    for row in rows:
        if row.answered_at is None:
            row.missed_at = uow.now
    due_at = dispute.answer_due_at
    uow.record(DisputeClockMissed(**parties.about(dispute, rows), clock="statement", due_at=due_at))
    cases.start_review(uow, dispute, rows)


def _to_miss(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    is_late = Dispute.ruling_due_at <= uow.now
    return Dispute.state == DisputeState.UNDER_REVIEW, Dispute.ruling_missed_at.is_(None), is_late


def _miss(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> None:
    dispute.ruling_missed_at = uow.now
    assert dispute.ruling_due_at is not None
    due_at = dispute.ruling_due_at
    uow.record(DisputeClockMissed(**parties.about(dispute, rows), clock="ruling", due_at=due_at))


def _to_settle(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return Dispute.settled_at.is_(None), Dispute.appeal_until <= uow.now
