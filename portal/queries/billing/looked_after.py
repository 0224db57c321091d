"""What the platform looks after: refunds owed, clawbacks, write-offs, placements without books (money.md §5, §7)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, cast, exists, func, select
from sqlalchemy.orm import aliased

from portal.domain.billing.ledger import AccountKind
from portal.domain.billing.terms import Terms
from portal.domain.errors import existing
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.money import share_of
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import EARNING
from portal.extensions import reading
from portal.models import (
    Allocation,
    BillingDetails,
    Clawback,
    CreditPayment,
    Fee,
    FeePlacement,
    Invoice,
    LedgerAccount,
    Organisation,
    Payout,
    Placement,
    Recruiter,
    Refund,
    RefundPayment,
    User,
    WriteOff,
)
from portal.queries.billing import owing, standings

SHOWN = 50


@dataclass(frozen=True, slots=True)
class OwedRefund:
    """A refund that is owed to a company and was not paid out."""

    id: uuid.UUID
    placement_id: uuid.UUID
    company_name: str
    currency: str
    owed: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CompanyCredit:
    """What a company paid too much and no invoice took; a refund that is owed is none of it."""

    company_id: uuid.UUID
    company_name: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class PaidCredit:
    id: uuid.UUID
    company_id: uuid.UUID
    currency: str
    amount: int
    paid_on: date
    reference: str


@dataclass(frozen=True, slots=True)
class OpenClawback:
    """What a recruiter owes of a placement; `open` is what of all its clawbacks has not come in."""

    id: uuid.UUID
    placement_id: uuid.UUID
    recruiter_id: uuid.UUID
    recruiter_name: str
    currency: str
    amount: int
    open: int
    opened_at: datetime
    is_own: bool = False  # the viewer owes it, so somebody else decides about it


def owed_refunds() -> tuple[OwedRefund, ...]:
    """Return the refunds that wait to be paid out, the oldest first."""
    query = (
        _refunds()
        .outerjoin(RefundPayment, RefundPayment.refund_id == Refund.id)
        .where(RefundPayment.id.is_(None), owing.left() > 0)
        .order_by(Refund.id)
        .limit(SHOWN)
    )
    return tuple(OwedRefund(*row) for row in reading().execute(query))


def refund(refund_id: uuid.UUID) -> OwedRefund:
    """Return a refund, whether it was paid out or not."""
    row = existing(reading().execute(_refunds().where(Refund.id == refund_id)).one_or_none())
    return OwedRefund(*row)


def _refunds() -> Any:
    return select(Refund.id, Refund.placement_id, Organisation.name, Refund.currency, owing.left(), Refund.at).join(
        Organisation, Organisation.id == Refund.company_id
    )


@dataclass(frozen=True, slots=True)
class Exposure:
    """What was paid out of a fee whose invoice is unpaid again: a receipt came back after the payout."""

    invoice_id: uuid.UUID
    number: str
    company_name: str
    currency: str
    amount: int


def exposures() -> tuple[Exposure, ...]:
    """Return what was paid out and is no longer covered, the oldest invoice first."""
    owed = LedgerAccount
    left = func.sum(Payout.left_minor)
    paid = select(left).where(Payout.fee_id == Fee.id, Payout.state == "paid", Payout.recruiter_id.is_not(None))
    received = select(func.sum(Allocation.amount_minor)).where(
        Allocation.invoice_id == Invoice.id, Allocation.undone_at.is_(None)
    )
    bare = cast(func.coalesce(paid.scalar_subquery(), 0) - func.coalesce(received.scalar_subquery(), 0), BigInteger)
    query = (
        select(Invoice.id, Invoice.number, Organisation.name, Invoice.currency, bare)
        .join(Fee, Fee.invoice_id == Invoice.id)
        .join(Organisation, Organisation.id == Invoice.company_id)
        .join(owed, (owed.kind == AccountKind.RECEIVABLE) & (owed.owner_id == Invoice.id))
        .where(owed.debits_minor > owed.credits_minor, bare > 0)
        .order_by(Invoice.id)
        .limit(SHOWN)
    )
    return tuple(Exposure(*row) for row in reading().execute(query))


def company_credits() -> tuple[CompanyCredit, ...]:
    """Return the credit that companies have beside the refunds that they are owed, by name."""
    query = _credits().order_by(Organisation.name, LedgerAccount.currency).limit(SHOWN)
    return tuple(CompanyCredit(*row) for row in reading().execute(query))


def company_credit(company_id: uuid.UUID) -> tuple[str, tuple[CompanyCredit, ...]]:
    """Return the name of a company and its credit, none when all of it was taken or paid out."""
    named = select(Organisation.name).where(Organisation.id == company_id)
    name = existing(reading().execute(named).scalar_one_or_none())
    query = _credits().where(Organisation.id == company_id).order_by(LedgerAccount.currency)
    return name, tuple(CompanyCredit(*row) for row in reading().execute(query))


def _credits() -> Any:
    account = LedgerAccount
    return (
        select(Organisation.id, Organisation.name, account.currency, unclaimed())
        .join(Organisation, Organisation.id == account.owner_id)
        .where(account.kind == AccountKind.REFUNDABLE, unclaimed() > 0)
    )


def unclaimed() -> Any:
    """Return what of the credit of an account's company no refund accounts for."""
    account = LedgerAccount
    owed = select(func.coalesce(cast(func.sum(Refund.owed_minor), BigInteger), 0)).where(
        Refund.company_id == account.owner_id,
        Refund.currency == account.currency,
        ~exists().where(RefundPayment.refund_id == Refund.id),
    )
    return account.credits_minor - account.debits_minor - owed.correlate(account).scalar_subquery()


def paid_credit(payment_id: uuid.UUID) -> PaidCredit:
    """Return what of a company's credit was paid out, to the platform alone, whose reader was checked before."""
    p = CreditPayment
    query = select(p.id, p.company_id, p.currency, p.amount_minor, p.paid_on, p.reference).where(p.id == payment_id)
    return PaidCredit(*reading().execute(query).one())


def open_clawbacks(
    viewer: Actor, *, newer_than: uuid.UUID | None = None, limit: int = SHOWN
) -> tuple[OpenClawback, ...]:
    """Return what recruiters owe, the oldest first; to a recruiter only their own."""
    query = _clawbacks().add_columns(Recruiter.user_id == viewer.user_id)
    query = query.where(Clawback.settled_at.is_(None)).order_by(Clawback.id).limit(limit)
    if newer_than is not None:
        query = query.where(Clawback.id > newer_than)
    if viewer.scope(Permission.EARNINGS_VIEW) is not Scope.ANY:
        query = query.where(Clawback.recruiter_id == viewer.recruiter_id)
    return tuple(OpenClawback(*row) for row in reading().execute(query))


def owed_of(placement_id: uuid.UUID, *, viewer: Actor) -> tuple[OpenClawback, ...]:
    """Return what recruiters still owe of a placement, one row each; to a recruiter only their own."""
    query = _clawbacks().add_columns(Recruiter.user_id == viewer.user_id).where(Clawback.placement_id == placement_id)
    query = query.where(Clawback.settled_at.is_(None)).order_by(User.name, Clawback.id)
    if viewer.scope(Permission.EARNINGS_VIEW) is not Scope.ANY:
        query = query.where(Clawback.recruiter_id == viewer.recruiter_id)
    found = {row.recruiter_id: OpenClawback(*row) for row in reading().execute(query)}
    return tuple(found.values())


def clawback(clawback_id: uuid.UUID) -> OpenClawback:
    """Return what a recruiter owes of a placement, whether anything of it is open or not."""
    row = existing(reading().execute(_clawbacks().where(Clawback.id == clawback_id)).one_or_none())
    return OpenClawback(*row)


def _clawbacks() -> Any:
    account = LedgerAccount
    return (
        select(Clawback.id, Clawback.placement_id, Clawback.recruiter_id, User.name, Clawback.currency)
        .add_columns(Clawback.amount_minor, account.debits_minor - account.credits_minor, Clawback.opened_at)
        .join(Recruiter, Recruiter.id == Clawback.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .join(
            account,
            (account.kind == AccountKind.CLAWBACK)
            & (account.owner_id == Clawback.recruiter_id)
            & (account.party_id == Clawback.placement_id),
        )
    )


@dataclass(frozen=True, slots=True)
class ToIssue:
    """A placement from before the books: what its invoice of today would say, which an admin decides about."""

    placement_id: uuid.UUID
    company_name: str
    currency: str
    state: str
    started_on: date
    fee: int
    tax: int
    due_on: date
    missing: str  # whose billing details, without which none is issued

    @property
    def total(self) -> int:
        """Return what the company would owe."""
        return self.fee + self.tax


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What was given up, of an invoice or of a clawback."""

    id: uuid.UUID
    invoice_id: uuid.UUID | None
    clawback_id: uuid.UUID | None
    kind: str
    currency: str
    amount: int
    reason: str


def write_off(write_off_id: uuid.UUID) -> WrittenOff:
    """Return a write-off, to the platform alone, whose reader was checked before."""
    w, currency = WriteOff, func.coalesce(Invoice.currency, Clawback.currency)
    query = (
        select(w.id, w.invoice_id, w.clawback_id, w.kind, currency, w.amount_minor, w.reason)
        .outerjoin(Invoice, Invoice.id == w.invoice_id)
        .outerjoin(Clawback, Clawback.id == w.clawback_id)
        .where(w.id == write_off_id)
    )
    return WrittenOff(*reading().execute(query).one())


def without_books(viewer: Actor) -> tuple[ToIssue, ...]:
    """Return the active and completed placements that have no books, the oldest first, with what would be issued."""
    p, billed, house = Placement, aliased(BillingDetails), aliased(BillingDetails)
    query = (
        select(p.id, Organisation.name, p.currency, p.state, p.start_date, p.fee_minor, p.terms)
        .add_columns(billed.organisation_id.label("company_details"), house.organisation_id.label("house_details"))
        .join(Organisation, Organisation.id == p.company_id)
        .outerjoin(billed, billed.organisation_id == p.company_id)
        .outerjoin(house, house.organisation_id == PLATFORM_ORGANISATION_ID)
        .where(p.state.in_(EARNING), ~_has_books())
        .order_by(p.id)
        .limit(SHOWN)
    )
    today = standings.document_day(viewer.now)
    return tuple(_to_issue(row, today) for row in reading().execute(query))


def _to_issue(row: Any, today: date) -> ToIssue:
    terms = Terms.from_json(row.terms)
    tax, due_on = share_of(row.fee_minor, terms.tax_bp), today + timedelta(days=terms.payment_days)
    missing = "" if row.company_details else row.name
    return ToIssue(
        row.id,
        row.name,
        row.currency,
        row.state,
        row.start_date,
        row.fee_minor,
        tax,
        due_on,
        missing if row.house_details else "The platform",
    )


def _has_books() -> Any:
    return select(FeePlacement.placement_id).where(FeePlacement.placement_id == Placement.id).exists()
