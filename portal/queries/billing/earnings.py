"""What a recruiter has earned and what is coming (money.md §7): sums, twelve months either way, and the payouts."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Select, bindparam, case, cast, func, select

from portal.domain.billing.ledger import AccountKind, OperationKind
from portal.domain.billing.payouts import UNPAID, PayoutState
from portal.domain.errors import NotFound, existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import local_day
from portal.domain.times import month_after
from portal.extensions import reading
from portal.models import (
    Candidate,
    ClawbackRepayment,
    CreditNote,
    Fee,
    FeePlacement,
    Invoice,
    LedgerAccount,
    LedgerTransfer,
    Payout,
    PayoutRunLine,
    Placement,
    PlatformSettings,
    Recruiter,
    User,
)
from portal.queries.billing import money, standings
from portal.queries.billing.money import PayoutLine
from portal.queries.filters import midnight
from portal.queries.naming import named, naming
from portal.queries.prepared import ask

T, A = LedgerTransfer, LedgerAccount


@dataclass(frozen=True, slots=True)
class Sums:
    """A recruiter's money in one currency, in minor units; what was paid is net cash."""

    currency: str
    due: int
    held: int
    paid_this_month: int
    paid_this_year: int
    paid_ever: int
    owed_back: int
    years: tuple[tuple[int, int], ...] = ()  # net cash by year of the payment, for tax returns, the newest first


@dataclass(frozen=True, slots=True)
class Month:
    """What was paid in a month, or is expected in it."""

    month: date
    currency: str
    paid: int
    expected: int


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a recruiter has earned and what is coming, by currency and by month."""

    recruiter_id: uuid.UUID
    today: date
    sums: tuple[Sums, ...]
    months: tuple[Month, ...]


def check_viewer(recruiter_id: uuid.UUID, viewer: Actor) -> None:
    """Refuse whoever is neither the recruiter nor the platform."""
    if viewer.recruiter_id == recruiter_id and viewer.scope(Permission.EARNINGS_VIEW) is not None:
        return
    if viewer.scope(Permission.EARNINGS_VIEW) is not Scope.ANY:
        raise NotFound()
    if reading().execute(select(Recruiter.id).where(Recruiter.id == recruiter_id)).one_or_none() is None:
        raise NotFound()


def earnings(recruiter_id: uuid.UUID, *, viewer: Actor) -> Earnings:
    """Return what a recruiter has earned and what is coming; `listing.PAYOUTS` are the payouts one by one."""
    check_viewer(recruiter_id, viewer)
    zone = standings.document_zone()
    today = local_day(viewer.now, zone)
    lines = by_id(_waiting(recruiter_id), viewer, today).values()
    unpaid = [line for line in lines if line.recruiter_id == recruiter_id and line.state in UNPAID]
    cash = _cash(recruiter_id, zone)
    return Earnings(recruiter_id, today, _sums(recruiter_id, today, cash), _months(today, cash, unpaid))


def coming(viewer: Actor, *, until: date) -> tuple[PayoutLine, ...]:
    """List the viewer's payouts that are expected by a day; one statement for a recruiter who waits for none."""
    waiting = _waiting(viewer.recruiter_id) if viewer.recruiter_id is not None else set()
    if not waiting:
        return ()
    lines = by_id(waiting, viewer, standings.document_day(viewer.now)).values()
    mine = [one for one in lines if one.recruiter_id == viewer.recruiter_id and one.state in UNPAID]
    expected = [one for one in mine if one.expected_on is not None and one.expected_on <= until]
    query = select(Placement.id, *naming(viewer)).join(Candidate, Candidate.id == Placement.candidate_id)
    wanted = Placement.id.in_({one.placement_id for one in expected})
    names = {row.id: named(row) for row in reading().execute(query.where(wanted))}
    return tuple(replace(one, candidate_name=names[one.placement_id]) for one in expected)


def _waiting(recruiter_id: uuid.UUID) -> set[uuid.UUID]:
    """Return all fees of which the recruiter waits for a part."""
    return set(ask(_unpaid_fees(), {"recruiter": recruiter_id}).scalars())


@lru_cache(maxsize=1)
def _unpaid_fees() -> Select[uuid.UUID]:
    mine = (Payout.recruiter_id == bindparam("recruiter"), Payout.state.in_(UNPAID))
    return select(Payout.fee_id).where(*mine).distinct()


def payout(payout_id: uuid.UUID, *, viewer: Actor) -> PayoutLine:
    query = select(Payout.id, Payout.fee_id, Payout.recruiter_id, *naming(viewer))
    query = query.join(Placement, Placement.id == Payout.placement_id)
    query = query.join(Candidate, Candidate.id == Placement.candidate_id)
    query = query.where(Payout.id == payout_id, Payout.recruiter_id.is_not(None))
    row = existing(reading().execute(query).one_or_none())
    check_viewer(row.recruiter_id, viewer)
    lines = by_id({row.fee_id}, viewer, standings.document_day(viewer.now))
    return replace(lines[row.id], candidate_name=named(row))


def by_id(fee_ids: set[uuid.UUID], viewer: Actor, today: date) -> dict[uuid.UUID, PayoutLine]:
    """Return the payouts of fees by their id, with what each waits for."""
    loaded = standings.of_fees(sorted(fee_ids))
    return {line.id: line for one in loaded.values() for line in money.payout_lines(one, viewer, today, mine=False)}


def _sums(recruiter_id: uuid.UUID, today: date, cash: Mapping[str, Mapping[date, int]]) -> tuple[Sums, ...]:
    unpaid = select(
        Payout.currency,
        func.coalesce(func.sum(Payout.left_minor).filter(Payout.state.in_((PayoutState.DUE, PayoutState.APPROVED))), 0),
        func.coalesce(func.sum(Payout.left_minor).filter(Payout.state == PayoutState.HELD), 0),
    ).where(Payout.recruiter_id == recruiter_id)
    open_ = {row[0]: row for row in reading().execute(unpaid.group_by(Payout.currency))}
    owed = select(A.currency, func.sum(A.debits_minor - A.credits_minor)).where(
        A.kind == AccountKind.CLAWBACK, A.owner_id == recruiter_id
    )
    claims = {currency: int(amount) for currency, amount in reading().execute(owed.group_by(A.currency))}
    found = []
    for currency in sorted({*open_, *claims, *cash}):
        _, due, held = open_.get(currency, (currency, 0, 0))
        months = cash.get(currency, {})
        years = _years(months)
        this_month = months.get(today.replace(day=1), 0)
        this_year, ever = years.get(today.year, 0), sum(months.values())
        owes = claims.get(currency, 0)
        found.append(Sums(currency, int(due), int(held), this_month, this_year, ever, owes, tuple(years.items())))
    return tuple(found)


def _years(months: Mapping[date, int]) -> dict[int, int]:
    """Add months up to years, which is what a tax return asks for, the newest first."""
    years: dict[int, int] = defaultdict(int)
    for month in sorted(months, reverse=True):
        years[month.year] += months[month]
    return years


def paid_cash(recruiter_id: uuid.UUID) -> Any:
    """Select the cash that a recruiter got, negative what came back: currency, day, amount."""
    payable, owing, bank = A.__table__.alias("payable"), A.__table__.alias("owing"), A.__table__.alias("bank")
    out = (
        select(T.currency, T.at, T.amount_minor.label("amount"))
        .join(payable, payable.c.id == T.debit_id)
        .join(bank, bank.c.id == T.credit_id)
        .where(payable.c.kind == AccountKind.PAYABLE, payable.c.owner_id == recruiter_id)
        .where(bank.c.kind == AccountKind.CASH)
    )
    back = (
        select(T.currency, T.at, (-T.amount_minor).label("amount"))
        .join(owing, owing.c.id == T.credit_id)
        .where(owing.c.kind.in_((AccountKind.PAYABLE, AccountKind.CLAWBACK)), owing.c.owner_id == recruiter_id)
        .where(T.kind.in_((OperationKind.PAYOUT_RETURNED, OperationKind.CLAWBACK_REPAID)))
    )
    return out.union_all(back).subquery("cash")


def _cash(recruiter_id: uuid.UUID, zone: str) -> dict[str, dict[date, int]]:
    """Return net cash by currency and by the month of the payment, as the platform's zone has it."""
    cash = paid_cash(recruiter_id)
    month = cast(func.date_trunc("month", func.timezone(zone, cash.c.at)), Date)
    query = select(cash.c.currency, month, func.sum(cash.c.amount)).group_by(cash.c.currency, month)
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for currency, first, amount in reading().execute(query):
        found[currency][first] = int(amount)
    return found


def _months(today: date, cash: Mapping[str, Mapping[date, int]], unpaid: Sequence[PayoutLine]) -> tuple[Month, ...]:
    """Return twelve months of what was paid and twelve of what is expected, by currency."""
    since, until = month_after(today, -11), month_after(today, 12)
    found: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
    for currency, months in cash.items():
        for month, amount in months.items():
            if month >= since:
                found[month, currency][0] += amount
    for payout in unpaid:
        if payout.expected_on is not None and payout.expected_on < until:
            found[max(payout.expected_on, today).replace(day=1), payout.currency][1] += payout.amount
    return tuple(Month(*key, *sums) for key, sums in sorted(found.items()))


# --- statements ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of what a recruiter has to get: positive what was earned, negative what was paid or clawed back.

    A payment of which everything was deducted has the amount 0.
    """

    at: date
    kind: str
    placement_id: uuid.UUID | None
    candidate_name: str
    amount: int
    currency: str
    invoice: str = ""
    document: str = ""  # the reference of a payment, the number of a credit note
    deducted: int = 0  # from a payment, for what was owed; it is no part of the amount


@dataclass(frozen=True, slots=True)
class Statement:
    """A recruiter's month (money.md §9): balance = payable less clawback; closing = opening + earned − the others."""

    recruiter_id: uuid.UUID
    recruiter_name: str
    month: date
    currency: str
    opening: int
    earned: int
    paid: int
    clawed_back: int
    written_off: int
    closing: int
    lines: tuple[StatementLine, ...]

    @property
    def last_day(self) -> date:
        return month_after(self.month, 1) - timedelta(days=1)


_EARNED = (OperationKind.PAYOUT_DUE, OperationKind.PAYOUT_UNDONE)
_PAID = (OperationKind.PAYOUT_PAID, OperationKind.PAYOUT_RETURNED, OperationKind.CLAWBACK_REPAID)


def statement(recruiter_id: uuid.UUID, *, viewer: Actor, month: date | None, currency: str) -> Statement:
    """Return a recruiter's statement of a month, or of the current one."""
    check_viewer(recruiter_id, viewer)
    name, zone = reading().execute(_named_in_zone(recruiter_id)).one()
    first = (month or local_day(viewer.now, zone)).replace(day=1)
    before = midnight(month_after(first, 1), ZoneInfo(zone))
    moved = [
        _moved(row, currency, zone) for row in reading().execute(_movements(recruiter_id, viewer, currency, before))
    ]
    opening = sum(line.amount for line in moved if line.at < first)
    lines = [line for line in moved if line.at >= first and (line.amount or line.deducted)]
    sums = _by_column(lines)
    return Statement(
        recruiter_id,
        name,
        first,
        currency,
        opening,
        sums["earned"],
        -sums["paid"],
        -sums["clawed_back"],
        -sums["written_off"],
        opening + sum(sums.values()),
        tuple(lines),
    )


def _named_in_zone(recruiter_id: uuid.UUID) -> Select[str, str]:
    """Select a recruiter's name and the zone in which statements count their days."""
    zone = select(PlatformSettings.time_zone).scalar_subquery()
    return select(User.name, zone).join(Recruiter, Recruiter.user_id == User.id).where(Recruiter.id == recruiter_id)


def _moved(row: Any, currency: str, zone: str) -> StatementLine:
    amount = int(row.amount)  # a sum of the database is a decimal
    about = (row.placement_id, named(row), amount, currency, row.invoice, row.document, int(row.deducted))
    return StatementLine(local_day(row.at, zone), row.kind, *about)


def _by_column(lines: Sequence[StatementLine]) -> Counter[str]:
    sums = Counter[str]()
    for line in lines:
        sums[_column(line.kind)] += line.amount
    return sums


def _column(kind: str) -> str:
    if kind in _EARNED or kind == OperationKind.AMENDED:
        return "earned"
    if kind in _PAID:
        return "paid"
    return "written_off" if kind == OperationKind.WRITTEN_OFF else "clawed_back"


def _document(recruiter_id: uuid.UUID) -> Any:
    """Select what a movement is known by elsewhere: the bank's reference, or the number of the credit note."""
    line, note, back = PayoutRunLine, CreditNote, ClawbackRepayment
    known_by = (
        select(line.reference).where(line.run_id == T.document_id, line.recruiter_id == recruiter_id),
        select(note.number).where(note.refund_id == T.document_id),
        select(back.reference).where(back.id == T.document_id),
    )
    found = (one.correlate(T).scalar_subquery() for one in known_by)
    return func.coalesce(*found, "").label("document")


def _movements(recruiter_id: uuid.UUID, viewer: Actor, currency: str, before: datetime) -> Any:
    """Select what moved a recruiter's payable or clawback until a time: one row an operation and placement.

    Of what a run paid it is one row a placement, however many payouts that were.
    What moves from one to the other, as netting does, cancels out; it is what was deducted from a payment.
    """
    debit, credit = A.__table__.alias("debited"), A.__table__.alias("credited")
    mine = (AccountKind.PAYABLE, AccountKind.CLAWBACK)
    is_debit = debit.c.kind.in_(mine) & (debit.c.owner_id == recruiter_id)
    is_credit = credit.c.kind.in_(mine) & (credit.c.owner_id == recruiter_id)
    amount = func.sum(case((is_credit, T.amount_minor), else_=0) - case((is_debit, T.amount_minor), else_=0))
    once = case((T.kind == OperationKind.PAYOUT_PAID, T.document_id), else_=T.operation_id).label("once")
    is_netted = (T.kind == OperationKind.PAYOUT_PAID) & (credit.c.kind == AccountKind.CLAWBACK)
    deducted = func.sum(case((is_netted, T.amount_minor), else_=0))
    return (
        select(T.at, T.kind, T.placement_id, *naming(viewer), amount.label("amount"), deducted.label("deducted"))
        .add_columns(func.coalesce(func.min(Invoice.number), "").label("invoice"), _document(recruiter_id), once)
        .join(debit, debit.c.id == T.debit_id)
        .join(credit, credit.c.id == T.credit_id)
        .outerjoin(Placement, Placement.id == T.placement_id)
        .outerjoin(Candidate, Candidate.id == Placement.candidate_id)
        .outerjoin(FeePlacement, FeePlacement.placement_id == T.placement_id)
        .outerjoin(Fee, Fee.id == FeePlacement.fee_id)
        .outerjoin(Invoice, Invoice.id == Fee.invoice_id)
        .where(T.currency == currency, T.at < before, is_debit | is_credit)
        .group_by(once.name, T.at, T.kind, T.placement_id, T.document_id, Candidate.id)
        .order_by(T.at, once.name)
    )
