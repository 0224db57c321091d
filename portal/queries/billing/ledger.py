"""The ledger as the platform reads it (money.md §6, §7): trial balance, money at risk, payout runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, exists, func, select
from sqlalchemy.orm import aliased

from portal.domain.billing.ledger import DEBIT_NORMAL, AccountKind
from portal.domain.billing.payouts import PayoutState
from portal.domain.billing.runs import MACHINE, RunState
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Role
from portal.extensions import reading
from portal.models import (
    Candidate,
    Fee,
    Invoice,
    LedgerAccount,
    Membership,
    Obligation,
    Payee,
    Payout,
    PayoutRun,
    PayoutRunItem,
    PayoutRunLine,
    PayoutRunNetting,
    Placement,
    Recruiter,
    User,
)
from portal.queries.billing import looked_after, standings

A = LedgerAccount
SOON, ITEMS = 30, 500
_collector, _approver = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class AccountSums:
    """All accounts of a kind; the balance is positive on their normal side."""

    account: str
    debits: int
    credits: int
    balance: int
    currency: str


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """A currency's accounts; the difference of debits and credits is 0 when the books are right."""

    currency: str
    accounts: tuple[AccountSums, ...]

    @property
    def difference(self) -> int:
        """Return debits less credits."""
        return sum(sums.debits - sums.credits for sums in self.accounts)


def trial_balance() -> tuple[TrialBalance, ...]:
    """Return the sums of every kind of account, by currency."""
    query = select(A.currency, A.kind, func.sum(A.debits_minor), func.sum(A.credits_minor))
    found: dict[str, list[AccountSums]] = {}
    for currency, kind, debits, credits in reading().execute(query.group_by(A.currency, A.kind).order_by(A.kind)):
        balance = int(debits) - int(credits)
        normal = balance if AccountKind(kind) in DEBIT_NORMAL else -balance
        found.setdefault(currency, []).append(AccountSums(kind, int(debits), int(credits), normal, currency))
    return tuple(TrialBalance(currency, tuple(sums)) for currency, sums in sorted(found.items()))


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Money at risk in one currency, in minor units."""

    currency: str
    guarantees_ending: int  # fees whose guarantee ends within 30 days
    disputed: int
    overdue: int
    unallocated: int  # credit of companies, beside the refunds that they are owed
    obligations: int  # fees for which a replacement is owed


def _disputed(left: ColumnElement[int]) -> ColumnElement[int]:
    """Return what disputes keep of a fee: all that is left of it, or the payouts that are frozen by themselves."""
    alone = func.sum(Payout.left_minor)
    shares = select(alone).where(Payout.fee_id == Fee.id, Payout.is_frozen).correlate(Fee).scalar_subquery()
    return case((Fee.is_frozen, left), else_=func.coalesce(shares, 0))


def at_risk(viewer: Actor) -> tuple[AtRisk, ...]:
    """Return what could still go wrong, by currency."""
    today = standings.document_day(viewer.now)
    soon = Fee.start_date + cast(Fee.agreed_days, Integer)
    owed = select(Obligation.id).where(Obligation.fee_id == Fee.id, Obligation.state == "open").exists()
    left = Fee.fee_minor - Fee.refunded_minor
    fees = select(
        Fee.currency,
        func.coalesce(func.sum(left).filter(~Fee.is_ended, soon.between(today, today + timedelta(days=SOON))), 0),
        func.coalesce(func.sum(_disputed(left)), 0),
        func.coalesce(func.sum(left).filter(owed), 0),
    ).group_by(Fee.currency)
    overdue = (
        select(Invoice.currency, func.sum(A.debits_minor - A.credits_minor))
        .join(A, (A.kind == AccountKind.RECEIVABLE) & (A.owner_id == Invoice.id))
        .where(Invoice.due_on < today)
        .group_by(Invoice.currency)
    )
    credit = (
        select(A.currency, func.sum(func.greatest(looked_after.unclaimed(), 0)))
        .where(A.kind == AccountKind.REFUNDABLE)
        .group_by(A.currency)
    )
    late = {currency: int(amount) for currency, amount in reading().execute(overdue)}
    credits = {currency: int(amount) for currency, amount in reading().execute(credit)}
    return tuple(
        AtRisk(row[0], int(row[1]), int(row[2]), late.get(row[0], 0), credits.get(row[0], 0), int(row[3]))
        for row in reading().execute(fees.order_by(Fee.currency))
    )


@dataclass(frozen=True, slots=True)
class Run:
    id: uuid.UUID
    currency: str
    state: str
    gross: int
    net: int
    needs_second: bool
    collected_at: datetime
    collected_by: str
    approved_at: datetime | None
    approved_by: str | None
    closed_at: datetime | None

    @property
    def is_paid(self) -> bool:
        return self.state == RunState.PAID

    @property
    def is_over(self) -> bool:
        """Return whether nothing can be done with it any more."""
        return MACHINE.states[self.state].terminal


@dataclass(frozen=True, slots=True)
class RunLine:
    recruiter_id: uuid.UUID
    recruiter_name: str
    gross: int
    netted: int
    net: int
    reference: str
    payee_name: str
    account: str  # masked
    user_id: uuid.UUID
    currency: str


@dataclass(frozen=True, slots=True)
class RunItem:
    """A payout in a run: of it, `netted` was kept for what the recruiter owed."""

    payout_id: uuid.UUID
    run_id: uuid.UUID
    placement_id: uuid.UUID
    recruiter_name: str
    candidate_name: str
    role: str
    currency: str
    amount: int
    netted: int
    state: str
    user_id: uuid.UUID
    is_changed: bool = False  # it is no longer what was collected: the run is blocked until it is cancelled

    @property
    def net(self) -> int:
        """Return what is paid in cash."""
        return self.amount - self.netted

    @property
    def can_return(self) -> bool:
        """Return whether the bank can have returned it."""
        return self.state == PayoutState.PAID and self.net > 0

    @property
    def is_returned(self) -> bool:
        return self.state == PayoutState.REVERSED


@dataclass(frozen=True, slots=True)
class RunDetail(Run):
    """A payout run with its lines, and the payouts that they are made of."""

    lines: tuple[RunLine, ...]
    items: tuple[RunItem, ...]
    collector_id: uuid.UUID
    has_second: bool  # there is a platform admin other than its collector, to approve it


@dataclass(frozen=True, slots=True)
class DueNow:
    """What is due in a currency and in no run and to how many recruiters."""

    currency: str
    amount: int
    recruiters: int


def due_now(viewer: Actor) -> tuple[DueNow, ...]:
    """Return what a run of each currency would collect."""
    p = Payout
    query = (
        select(p.currency, cast(func.sum(p.left_minor), BigInteger), func.count(p.recruiter_id.distinct()))
        .join(Fee, Fee.id == p.fee_id)
        .join(Recruiter, Recruiter.id == p.recruiter_id)
        .join(Payee, Payee.recruiter_id == p.recruiter_id)
        .where(*standings.collectable(viewer.now))
        .group_by(p.currency)
    )
    return tuple(DueNow(*row) for row in reading().execute(query.order_by(p.currency)))


def open_runs() -> tuple[Run, ...]:
    """Return the payout runs that somebody still has to approve, pay or cancel, the oldest first."""
    is_open = PayoutRun.state.in_([name for name, state in MACHINE.states.items() if not state.terminal])
    return tuple(Run(*row) for row in reading().execute(run_columns().where(is_open).order_by(PayoutRun.id)))


def run_columns() -> Any:
    """Select what a payout run in a list is made of."""
    r = PayoutRun
    return (
        select(r.id, r.currency, r.state, r.gross_minor, r.net_minor, r.needs_second, r.collected_at, _collector.name)
        .add_columns(r.approved_at, _approver.name, r.closed_at)
        .join(_collector, _collector.id == r.collected_by)
        .outerjoin(_approver, _approver.id == r.approved_by)
    )


def run(run_id: uuid.UUID) -> RunDetail:
    found = run_columns().add_columns(PayoutRun.collected_by, _has_second().label("has_second"))
    row = existing(reading().execute(found.where(PayoutRun.id == run_id)).one_or_none())
    *columns, collector_id, has_second = row
    line = PayoutRunLine
    query: Any = (
        select(line.recruiter_id, User.name, line.gross_minor, line.netted_minor, line.net_minor, line.reference)
        .add_columns(line.payee["name"].astext, func.coalesce(line.payee["shown"].astext, ""), User.id)
        .join(Recruiter, Recruiter.id == line.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(line.run_id == run_id)
        .order_by(User.name, line.recruiter_id)
    )
    items = reading().execute(_items().where(PayoutRunItem.run_id == run_id).limit(ITEMS))
    paid = tuple(RunLine(*(*found, row.currency)) for found in reading().execute(query))
    return RunDetail(*(*columns, paid, tuple(RunItem(*item) for item in items), collector_id, has_second))


def _has_second() -> ColumnElement[bool]:
    """Say of a run whether a platform admin other than its collector is there to approve it."""
    admins = exists().where(Membership.user_id == User.id, Membership.role == Role.PLATFORM_ADMIN)
    return admins.where(User.disabled_at.is_(None), User.id != PayoutRun.collected_by).correlate(PayoutRun)


def paid_item(payout_id: uuid.UUID) -> RunItem:
    """Return a payout as the run has it that it is in now."""
    query = _items().where(PayoutRunItem.payout_id == payout_id, ~PayoutRunItem.is_released)
    row = existing(reading().execute(query).one_or_none())
    return RunItem(*row)


def _items() -> Any:
    item, netting = PayoutRunItem, PayoutRunNetting
    netted = select(func.coalesce(func.sum(netting.amount_minor), 0)).where(
        netting.run_id == item.run_id, netting.payout_id == item.payout_id
    )
    return (
        select(item.payout_id, item.run_id, Payout.placement_id, User.name, Candidate.full_name, Payout.role)
        .add_columns(Payout.currency, item.amount_minor, cast(netted.scalar_subquery(), BigInteger), Payout.state)
        .add_columns(User.id, standings.changed().label("is_changed"))
        .join(PayoutRun, PayoutRun.id == item.run_id)
        .join(Payout, Payout.id == item.payout_id)
        .join(Fee, Fee.id == Payout.fee_id)
        .join(Placement, Placement.id == Payout.placement_id)
        .join(Candidate, Candidate.id == Placement.candidate_id)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .order_by(User.name, item.payout_id)
    )
