"""What prolongs a replacement that is owed (money.md §9): a later request, and days that the company took away."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import Row, Select, select

from portal import access
from portal.domain.events import ObligationProlonged
from portal.domain.jobs import JobStatus
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import local_day
from portal.domain.proposals import ProposalState
from portal.models import Fee, Job, Obligation, Placement, Proposal
from portal.services.machinery import rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork

Open = tuple[Obligation, uuid.UUID, uuid.UUID, str, str]


def prolong(uow: UnitOfWork, placement_id: uuid.UUID, deadline: date) -> None:
    """Let the company's request give more time for a replacement; it never gives less."""
    query = select(Obligation, Placement.company_id).join(Placement, Placement.id == Obligation.placement_id)
    query = query.where(Obligation.placement_id == placement_id, Obligation.state == "open")
    row = uow.session.execute(query.with_for_update(of=Obligation)).one_or_none()
    if row is not None and row[0].due_on < deadline:
        _prolong(uow, row[0], row[1], deadline, "request")


def give_back_days(*, actor: Actor) -> int:
    """Prolong what is owed by the days on which its job took no proposals, or one waited in vain; count them.

    Each day counts once, however often this runs: a company cannot sit a replacement out.
    """
    access.require(actor, Permission.BILLING_MANAGE)

    def some(uow: UnitOfWork, ids: Ids | None) -> Ids:
        named = _open() if ids is None else _open().where(Obligation.id.in_(ids))
        found = uow.session.execute(named.with_for_update(of=Obligation, skip_locked=True)).all()
        return [row[0].id for row in found if _give_back(uow, row)]

    return sum(map(len, rounds.in_chunks(some, _owed, size=None, actor=actor)))


def give_back(uow: UnitOfWork, fee_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Prolong what these fees owe in the same way, and return those that have more time by it."""
    found = uow.session.execute(_open().where(Fee.id.in_(fee_ids)).with_for_update(of=Obligation)).all()
    return {row[0].fee_id for row in found if _give_back(uow, row)}


def _owed(uow: UnitOfWork) -> Ids:
    return uow.session.scalars(select(Obligation.id).where(Obligation.state == "open").order_by(Obligation.id)).all()


def _open() -> Select[*Open]:
    return (
        select(Obligation, Placement.company_id, Placement.job_id, Job.status, Fee.time_zone)
        .join(Placement, Placement.id == Obligation.placement_id)
        .join(Job, Job.id == Placement.job_id)
        .join(Fee, Fee.id == Obligation.fee_id)
        .where(Obligation.state == "open")
        .order_by(Obligation.id)
    )


def _give_back(uow: UnitOfWork, row: Row[*Open]) -> bool:
    owed, company_id, job_id, status, zone = row
    idle = set(owed.idle_on)
    if status != JobStatus.ACTIVE:
        idle.add(local_day(uow.now, zone))
    lost = idle | waited(_in_vain(uow, job_id, owed, zone))
    more = len(lost) - owed.prolonged_days
    if more <= 0:
        return False
    owed.idle_on, owed.prolonged_days = sorted(idle), len(lost)
    _prolong(uow, owed, company_id, owed.due_on + timedelta(days=more), "lost_days")
    return True


def waited(windows: Iterable[tuple[date, date]]) -> set[date]:
    """Return the days that proposals waited for a decision that never came, each day once."""
    return {first + timedelta(days=n) for first, last in windows for n in range(1, (last - first).days + 1)}


def _in_vain(uow: UnitOfWork, job_id: uuid.UUID, owed: Obligation, zone: str) -> Iterable[tuple[date, date]]:
    """Return from when to when proposals made since then waited until they timed out."""
    query = select(Proposal.proposed_at, Proposal.expires_at).where(
        Proposal.job_id == job_id, Proposal.state == ProposalState.TIMEOUT, Proposal.proposed_at > owed.opened_at
    )
    return [(local_day(first, zone), local_day(last, zone)) for first, last in uow.session.execute(query)]


def _prolong(uow: UnitOfWork, owed: Obligation, company_id: uuid.UUID, due_on: date, cause: str) -> None:
    days = (due_on - owed.due_on).days
    owed.due_on, owed.warned_at = due_on, None
    uow.session.flush()
    uow.record(
        ObligationProlonged(
            organisation_id=company_id,
            placement_id=owed.placement_id,
            obligation_id=owed.id,
            due_on=due_on,
            days=days,
            because=cause,
        )
    )
