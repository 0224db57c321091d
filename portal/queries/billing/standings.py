"""Where the money of fees stands, read for views: as the books load it, but without locks and for many at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Row,
    Select,
    Uuid,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.selectable import LateralFromClause

from portal.domain.billing import payees
from portal.domain.billing import payouts as payout_rules
from portal.domain.billing.ledger import PLATFORM, AccountKind
from portal.domain.billing.payouts import InRun, Names, PayoutState
from portal.domain.billing.runs import RunState
from portal.domain.billing.schedule import Part
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms
from portal.domain.disputes import SubjectType
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.placements import local_day
from portal.extensions import reading
from portal.models import (
    Allocation,
    BillingDetails,
    Dispute,
    Fee,
    FeePlacement,
    Invoice,
    LedgerAccount,
    Obligation,
    Organisation,
    Payee,
    Payout,
    PayoutRun,
    PayoutRunItem,
    Placement,
    PlatformSettings,
    Recruiter,
    User,
)

_house = aliased(BillingDetails)
_COLLECTED_AS = {RunState.COLLECTED: PayoutState.DUE, RunState.APPROVED: PayoutState.APPROVED}  # a run, its payouts
_zone = select(PlatformSettings.time_zone).scalar_subquery()
_collected_on, _paid_on = (
    cast(func.timezone(_zone, at), Date).label(name)
    for name, at in (("collected_on", PayoutRun.collected_at), ("paid_on", Payout.paid_at))
)


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout as it is stored, with its recruiter's name."""

    id: uuid.UUID
    fee_id: uuid.UUID
    placement_id: uuid.UUID
    holder_id: uuid.UUID
    recruiter_id: uuid.UUID | None
    recruiter_name: str
    role: str
    instalment: int
    day: int | None
    original_minor: int
    taken_minor: int
    returned_minor: int
    state: str
    owed_by_id: uuid.UUID | None
    is_frozen: bool
    extended_days: int
    moved: bool  # it belongs to a replacement of the placement that earned the fee
    collected_on: date | None  # into a run, which has copied where it goes
    is_blocked: bool  # that run, until it is canceled
    is_active: bool
    payee_changed_at: datetime | None  # when the recruiter entered where payouts go
    due_at: datetime | None
    paid_at: datetime | None
    paid_on: date | None  # in the books

    @property
    def run(self) -> InRun | None:
        return None if self.collected_on is None else InRun(self.collected_on, self.is_blocked)


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """The latest replacement owed for a fee."""

    id: uuid.UUID
    placement_id: uuid.UUID
    state: str
    due_on: date
    prolonged_days: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A fee with its payouts, where its money stands, and the words its sentences need."""

    fee: Any
    standing: Standing
    rows: tuple[PayoutRow, ...]
    names: Names
    obligation: ObligationRow | None


def document_zone() -> str:
    """Return the platform's zone, in which documents, statements and years count their days (money.md §9)."""
    zone: str = reading().execute(select(PlatformSettings.time_zone)).scalar_one()
    return zone


def document_day(now: datetime) -> date:
    """Return the day that documents print at an instant."""
    return local_day(now, document_zone())


def of_placement(placement_id: uuid.UUID) -> Loaded | None:
    """Return where the money stands that goes through a placement, or None when it has no books."""
    query = select(FeePlacement.fee_id).where(FeePlacement.placement_id == placement_id)
    fee_id = reading().execute(query).scalar_one_or_none()
    return None if fee_id is None else of_fees([fee_id])[fee_id]


def of_fees(fee_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Loaded]:
    """Return where the money of fees stands; five statements, however many there are."""
    payouts = _payouts(fee_ids)
    received, obligations = _received(fee_ids), _obligations(fee_ids)
    found: dict[uuid.UUID, Loaded] = {}
    for row in reading().execute(_fees(fee_ids)):
        rows = tuple(payouts.get(row.id, ()))
        obligation = obligations.get(row.id)
        standing = _standing(row, rows, received.get(row.id, ()), obligation)
        found[row.id] = Loaded(row, standing, rows, _names(row, obligation), obligation)
    return found


def with_cases(loaded: Loaded) -> Loaded:
    """Return where a fee's money stands with the cases about its invoice, which stop the days of late payment (§9)."""
    if loaded.fee.invoice_id is None or loaded.standing.terms.void_unpaid_days is None:
        return loaded
    cases = tuple((opened, over) for _, opened, over in reading().execute(days_of_cases([loaded.fee.invoice_id])))
    return replace(loaded, standing=replace(loaded.standing, disputed=cases))


def days_of_cases(invoice_ids: Sequence[uuid.UUID]) -> Select[uuid.UUID, date, date | None]:
    """Select on which days cases about invoices were opened and were over, the earliest first."""
    opened_on, over_on = (
        cast(func.timezone(Fee.time_zone, at), Date) for at in (Dispute.opened_at, Dispute.settled_at)
    )
    return (
        select(Dispute.subject_id, opened_on, over_on)
        .join(Invoice, Invoice.id == Dispute.subject_id)
        .join(Fee, Fee.id == Invoice.fee_id)
        .where(
            Dispute.subject_type == SubjectType.INVOICE, Dispute.subject_id == any_(literal(invoice_ids, ARRAY(Uuid)))
        )
        .order_by(Dispute.opened_at)
    )


def is_owed_for() -> ColumnElement[bool]:
    """Say of a payout whether a replacement is owed for it: after an extension only for those who agreed to it."""
    owed = exists().where(
        Obligation.fee_id == Payout.fee_id,
        Obligation.state == "open",
        or_(Obligation.placement_id == Payout.placement_id, ~_is_extended(Obligation.placement_id)),
    )
    return owed.correlate(Payout) & ((Payout.extended_days > 0) | ~_is_extended(Payout.placement_id))


def collectable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Say of a payout, joined to its fee, recruiter and payee, that a run collects it."""
    return (
        Payout.state == payout_rules.PayoutState.DUE,
        Payout.run_id.is_(None),
        ~Fee.is_frozen,
        ~Payout.is_frozen,
        ~is_owed_for(),
        Recruiter.status == "active",
        Payee.changed_at <= now - payees.WAIT,
    )


def is_changed(state: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Say of a payout in a run, joined to its fee, whether it is no longer what was collected, in the state it was."""
    other = (Payout.state != state) | (Payout.left_minor != PayoutRunItem.amount_minor)
    return other | Fee.is_frozen | Payout.is_frozen | is_owed_for()


def changed() -> ColumnElement[bool]:
    """Say of a payout in an open run, joined to its fee, whether it blocks the run: it is not what was collected."""
    return PayoutRun.state.in_(_COLLECTED_AS) & is_changed(case(_COLLECTED_AS, value=PayoutRun.state))


def _blocked() -> LateralFromClause:
    """Say of a run whether anything in it blocks it; asked once for each run, however many payouts it has."""
    return (
        select(true().label("is_blocked"))
        .select_from(PayoutRunItem)
        .join(Payout, Payout.id == PayoutRunItem.payout_id)
        .join(Fee, Fee.id == Payout.fee_id)
        .where(PayoutRunItem.run_id == PayoutRun.id, changed())
        .limit(1)
        .correlate(PayoutRun)
        .lateral()
    )


def _is_extended(placement_id: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    """Say whether somebody agreed to an extension of a placement that a payout's fee went through."""
    other = aliased(Payout)
    agreed = (other.fee_id == Payout.fee_id, other.placement_id == placement_id, other.extended_days > 0)
    return exists().where(*agreed).correlate(Payout, Obligation)


def _fees(fee_ids: Sequence[uuid.UUID]) -> Any:
    owed = LedgerAccount
    return (
        select(Fee.__table__)
        .add_columns(Invoice.number, Invoice.due_on, Invoice.tax_minor, Organisation.name.label("company_name"))
        .add_columns(func.coalesce(owed.debits_minor - owed.credits_minor, 0).label("outstanding"))
        .add_columns(Placement.guarantee_end_date, Placement.state.label("placement_state"))
        .add_columns(
            BillingDetails.organisation_id.label("company_details"), _house.organisation_id.label("house_details")
        )
        .add_columns(select(PlatformSettings.payout_days).scalar_subquery().label("payout_days"))
        .join(Organisation, Organisation.id == Fee.company_id)
        .join(Placement, Placement.id == Fee.placement_id)
        .outerjoin(Invoice, Invoice.id == Fee.invoice_id)
        .outerjoin(owed, (owed.kind == AccountKind.RECEIVABLE) & (owed.owner_id == Invoice.id))
        .outerjoin(BillingDetails, BillingDetails.organisation_id == Fee.company_id)
        .outerjoin(_house, _house.organisation_id == PLATFORM_ORGANISATION_ID)
        .where(Fee.id.in_(fee_ids))
    )


def _payouts(fee_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PayoutRow]]:
    p, blocked = Payout, _blocked()
    query = (
        select(p.id, p.fee_id, p.placement_id, p.holder_id, p.recruiter_id, func.coalesce(User.name, ""))
        .add_columns(func.coalesce(p.role, ""), p.instalment, p.day, p.original_minor, p.taken_minor, p.returned_minor)
        .add_columns(p.state, p.owed_by_id, p.is_frozen, p.extended_days)
        .add_columns(p.placement_id != p.fee_id, _collected_on, func.coalesce(blocked.c.is_blocked, False))
        .add_columns(func.coalesce(Recruiter.status == "active", False), Payee.changed_at)
        .add_columns(p.due_at, p.paid_at, _paid_on)
        .outerjoin(Recruiter, Recruiter.id == p.recruiter_id)
        .outerjoin(Payee, Payee.recruiter_id == p.recruiter_id)
        .outerjoin(PayoutRun, PayoutRun.id == p.run_id)
        .outerjoin(blocked, true())
        .outerjoin(User, User.id == Recruiter.user_id)
        .where(p.fee_id.in_(fee_ids))
        .order_by(p.fee_id, p.position)
    )
    found: dict[uuid.UUID, list[PayoutRow]] = {}
    for row in reading().execute(query):
        found.setdefault(row.fee_id, []).append(PayoutRow(*row))
    return found


def _received(fee_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[tuple[date, int], ...]]:
    query = (
        select(Fee.id, Allocation.received_on, Allocation.amount_minor)
        .join(Fee, Fee.invoice_id == Allocation.invoice_id)
        .where(Fee.id.in_(fee_ids), Allocation.undone_at.is_(None))
        .order_by(Allocation.id)
    )
    found: dict[uuid.UUID, tuple[tuple[date, int], ...]] = {}
    for fee_id, on, amount in reading().execute(query):
        found[fee_id] = (*found.get(fee_id, ()), (on, amount))
    return found


def _obligations(fee_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ObligationRow]:
    o = Obligation
    query = select(o.fee_id, o.id, o.placement_id, o.state, o.due_on, o.prolonged_days).where(o.fee_id.in_(fee_ids))
    query = query.order_by(o.id)
    return {row.fee_id: ObligationRow(*row[1:]) for row in reading().execute(query)}


def _standing(
    row: Row[Any], rows: Sequence[PayoutRow], received: tuple[tuple[date, int], ...], obligation: ObligationRow | None
) -> Standing:
    return of_row(
        row,
        Terms.from_json(row.terms),
        tuple(_part(payout) for payout in rows),
        obligation_open=obligation is not None and obligation.state == "open",
        invoice=str(row.invoice_id or ""),
        due_on=row.due_on,
        outstanding=row.outstanding,
        tax=row.tax_minor or 0,
        received=received,
    )


def of_row(fee: Any, terms: Terms, parts: tuple[Part, ...], **more: Any) -> Standing:
    """Return where the money of a row of fees stands: what its columns say, and what is said beside them."""
    return Standing(
        terms=terms,
        placement=str(fee.placement_id),
        company=str(fee.company_id),
        fee=fee.fee_minor,
        parts=parts,
        start=fee.start_date,
        days=fee.agreed_days,
        tax_gone=fee.tax_gone_minor,
        refunded=fee.refunded_minor,
        tax_back=fee.tax_back_minor,
        unbooked=fee.unbooked_minor,
        ended=fee.is_ended,
        frozen=fee.is_frozen,
        **more,
    )


def _part(row: PayoutRow) -> Part:
    return Part(
        key=str(row.id),
        placement=str(row.placement_id),
        holder=PLATFORM if row.holder_id == PLATFORM_ORGANISATION_ID else str(row.holder_id),
        recruiter=str(row.recruiter_id or ""),
        instalment=row.instalment,
        original=row.original_minor,
        day=row.day,
        taken=row.taken_minor,
        returned=row.returned_minor,
        state=payout_rules.part_state(row.state),
        owed_by=str(row.owed_by_id or ""),
        frozen=row.is_frozen,
        extended_days=row.extended_days,
    )


def _names(row: Row[Any], obligation: ObligationRow | None) -> Names:
    return Names(
        company=row.company_name,
        invoice=row.number or "",
        issue_on=row.start_date if row.invoice_id is None else None,
        guarantee_end=row.guarantee_end_date,
        obligation_due=None if obligation is None else obligation.due_on,
        missing=_missing(row),
        payout_days=tuple(row.payout_days),
    )


def _missing(row: Row[Any]) -> str:
    """Return whose billing details are missing for the invoice."""
    if row.invoice_id is not None:
        return ""
    if row.house_details is None:
        return "the platform must enter its billing details"
    return "" if row.company_details is not None else f"{row.company_name} must enter its billing details"
