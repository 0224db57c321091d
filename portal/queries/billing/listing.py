"""The lists of money (money.md §7): invoices, payouts, payout runs, and the transfers of the ledger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, bindparam, cast, func, select
from sqlalchemy.orm import aliased

from portal.domain.billing import documents as document_rules
from portal.domain.billing import ledger as ledger_rules
from portal.domain.billing import payouts as payout_rules
from portal.domain.billing import runs as run_rules
from portal.domain.money import CURRENCIES
from portal.domain.permissions import Actor, Permission, Scope
from portal.models import (
    Candidate,
    ClawbackRepayment,
    Collaborator,
    CreditNote,
    CreditPayment,
    Fee,
    FeePlacement,
    Invoice,
    LedgerAccount,
    LedgerTransfer,
    Organisation,
    Payout,
    PayoutRun,
    PayoutRunItem,
    PayoutRunLine,
    PayoutRunNetting,
    Placement,
    PlatformSettings,
    Receipt,
    Recruiter,
    User,
)
from portal.queries import places
from portal.queries.billing import documents, earnings, ledger, standings
from portal.queries.billing.documents import ListedInvoice
from portal.queries.billing.ledger import Run
from portal.queries.billing.money import PayoutLine
from portal.queries.filters import Choice, Days, Exact, Search, by_state
from portal.queries.list_parts import HIGHEST, NEWEST, SOONEST, Cell, Column, Sort, in_major, in_percent
from portal.queries.lists import Listing, as_selected
from portal.queries.naming import named, naming
from portal.queries.paging import Counted
from portal.queries.prepared import NOW

T = LedgerTransfer
_debited, _credited = aliased(LedgerAccount), aliased(LedgerAccount)
_printed = aliased(Invoice)  # the one that is booked; a corrected fee has another by now


def in_currency(column: Any) -> Choice:
    """Return the filter of a currency, in which alone sums compare."""
    return Choice(
        "currency", "Currency", options={code: code for code in CURRENCIES}, on=lambda code: column == code, any="Any"
    )


def _today() -> ColumnElement[date]:
    """Return the day that documents print now: in the platform's zone."""
    zone = select(PlatformSettings.time_zone).scalar_subquery()
    return cast(func.timezone(zone, NOW), Date)


# --- invoices -----------------------------------------------------------------------------------------------------


def _invoices(viewer: Actor) -> Select[Any]:
    found = select(Invoice.id).join(Organisation, Organisation.id == Invoice.company_id)
    return found.where(documents.own(viewer, Invoice.company_id))


INVOICES: Listing[ListedInvoice] = Listing(
    name="invoices",
    noun=("invoice", "invoices"),
    path="/invoices",
    looked_at="invoices",
    id=Invoice.id,
    among=_invoices,
    shows=documents.listed,
    make=documents.to_listed,
    filters=(
        by_state(document_rules.STATE_LABELS, lambda state: documents.is_in(state, _today())),
        Search("q", "Number or company", of=(places.invoice(Invoice.id), places.company(Invoice.company_id))),
        Days("issued", "Issued", on=Invoice.issued_on, more=True),
        in_currency(Invoice.currency),
    ),
    sorts=(
        Sort("issued", "Issued", Invoice.id, NEWEST, falls=True),
        Sort("due", "Due", Invoice.due_on, SOONEST),
        Sort("total", "Total", Invoice.total_minor, HIGHEST, falls=True),
    ),
    columns=(
        Column("Number"),
        Column("Company", offered=documents.of_every_company),
        Column("Status"),
        Column("Issued", sort="issued"),
        Column("Due", sort="due"),
        Column("Total", "n", sort="total"),
        Column("Outstanding", "n"),
    ),
    cells=(
        Cell("Number", lambda row: row.number),
        Cell("Corrects", lambda row: row.corrects),
        Cell("Company", lambda row: row.company_name),
        Cell("Billed to", lambda row: row.billed_to.get("legal_name", "")),
        Cell("Tax ID", lambda row: row.billed_to.get("tax_id", "")),
        Cell("Status", lambda row: row.label),
        Cell("Issued", lambda row: row.issued_on),
        Cell("Due", lambda row: row.due_on),
        Cell("Currency", lambda row: row.currency),
        Cell("Fee", in_major(lambda row: row.fee)),
        Cell("Tax name", lambda row: row.tax_label if row.tax else ""),
        Cell("Tax %", in_percent(lambda row: row.tax_bp)),
        Cell("Tax", in_major(lambda row: row.tax)),
        Cell("Total", in_major(lambda row: row.total)),
        Cell("Received", in_major(lambda row: row.paid)),
        Cell("Credited", in_major(lambda row: row.credited)),
        Cell("To be refunded", in_major(lambda row: row.to_refund)),
        Cell("Written off", in_major(lambda row: row.written_off)),
        Cell("Outstanding", in_major(lambda row: row.outstanding)),
    ),
)


# --- payouts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout in a list: `amount` is what is left of `original`; its `line` is read for a whole page at once."""

    id: uuid.UUID
    fee_id: uuid.UUID
    placement_id: uuid.UUID
    company_name: str
    recruiter_name: str
    role: str
    currency: str
    original: int
    amount: int
    state: str
    created_at: datetime
    due_at: datetime | None
    paid_at: datetime | None
    reference: str  # of the bank's transfer; empty until it is paid
    invoice: str
    in_run: int  # what the run has of it, which a later refund does not change
    netted: int  # of that, what is kept for what the recruiter owes
    candidate_name: str
    line: PayoutLine | None = None

    @property
    def paid_out(self) -> int:
        """Return what went to the recruiter's account."""
        return self.in_run - self.netted if self.paid_at else 0


_WIDTH = len(fields(PayoutRow)) - 2  # the name and the line are made of more than a column
_PAID_BY = (PayoutRunLine.run_id == Payout.run_id) & (PayoutRunLine.recruiter_id == Payout.recruiter_id)
_NETTED = (
    select(func.coalesce(cast(func.sum(PayoutRunNetting.amount_minor), BigInteger), 0))
    .where(PayoutRunNetting.payout_id == Payout.id, ~PayoutRunNetting.is_released)
    .scalar_subquery()
)
_LEFT = Payout.left_minor


def _sees_all(viewer: Actor) -> bool:
    return viewer.scope(Permission.EARNINGS_VIEW) is Scope.ANY


def _payouts(viewer: Actor) -> Select[Any]:
    found = (
        select(Payout.id)
        .join(Placement, Placement.id == Payout.placement_id)
        .join(Organisation, Organisation.id == Placement.company_id)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
    )
    return found if _sees_all(viewer) else found.where(Payout.recruiter_id == viewer.recruiter_id)


def _payout_columns(viewer: Actor) -> Select[Any]:
    return (
        select(Payout.id, Payout.fee_id, Payout.placement_id, Organisation.name.label("company"), User.name)
        .add_columns(Payout.role, Payout.currency, Payout.original_minor, func.greatest(_LEFT, 0), Payout.state)
        .add_columns(Payout.created_at, Payout.due_at, Payout.paid_at)
        .add_columns(func.coalesce(PayoutRunLine.reference, "").label("reference"))
        .add_columns(func.coalesce(Invoice.number, "").label("invoice"), func.coalesce(PayoutRunItem.amount_minor, 0))
        .add_columns(_NETTED.label("netted"), *naming(viewer))
        .join(Placement, Placement.id == Payout.placement_id)
        .join(Candidate, Candidate.id == Placement.candidate_id)
        .join(Organisation, Organisation.id == Placement.company_id)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(PayoutRunLine, _PAID_BY)
        .outerjoin(PayoutRunItem, (PayoutRunItem.payout_id == Payout.id) & ~PayoutRunItem.is_released)
        .join(Fee, Fee.id == Payout.fee_id)
        .outerjoin(Invoice, Invoice.id == Fee.invoice_id)
    )


def _made(row: Any, _: Actor) -> PayoutRow:
    return PayoutRow(*(*row[:_WIDTH], named(row)))


def _waiting(rows: list[PayoutRow], viewer: Actor) -> list[PayoutRow]:
    """Add what each waits for, of all fees of the page at once."""
    lines = earnings.by_id({row.fee_id for row in rows}, viewer, standings.document_day(viewer.now))
    return [replace(row, line=replace(lines[row.id], candidate_name=row.candidate_name)) for row in rows]


_RECRUITER = select(User.name).join(Recruiter, Recruiter.user_id == User.id).where(Recruiter.id == bindparam("id"))
PAYOUTS: Listing[PayoutRow] = Listing(
    name="payouts",
    zone=standings.document_zone,
    noun=("payout", "payouts"),
    path="/earnings",
    looked_at="earnings",
    id=Payout.id,
    among=_payouts,
    shows=_payout_columns,
    make=_made,
    complete=_waiting,
    filters=(
        by_state(payout_rules.STATE_LABELS, lambda state: Payout.state == state),
        Search("q", "Company", of=(places.company(Placement.company_id),)),
        Days("paid", "Paid", on=Payout.paid_at, more=True),
        in_currency(Payout.currency),
        Search("by", "Recruiter", of=(places.recruiter(Payout.recruiter_id),), offered=_sees_all),
        Exact("recruiter", "Recruiter", on=Payout.recruiter_id, offered=_sees_all, named=_RECRUITER),
    ),
    sorts=(
        Sort("created", "Created", Payout.id, NEWEST, falls=True),
        Sort("amount", "Amount", func.greatest(_LEFT, 0, type_=BigInteger), HIGHEST, falls=True),
    ),
    columns=(
        Column("Placement"),
        Column("Recruiter", offered=_sees_all),
        Column("Role", offered=lambda viewer: not _sees_all(viewer)),  # otherwise below the recruiter
        Column("Status"),
        Column("Waiting for"),
        Column("Expected or paid"),
        Column("Amount", "n", sort="amount"),
    ),
    cells=(
        Cell("Candidate", lambda row: row.candidate_name),
        Cell("Company", lambda row: row.company_name),
        Cell("Recruiter", lambda row: row.recruiter_name, offered=_sees_all),
        Cell("Role", lambda row: row.role.capitalize()),
        Cell("Status", lambda row: payout_rules.STATE_LABELS[row.state]),
        Cell("Currency", lambda row: row.currency),
        Cell("Invoice", lambda row: row.invoice),
        Cell("Share", in_major(lambda row: row.original)),
        Cell("Given back", in_major(lambda row: row.original - row.amount)),
        Cell("Amount", in_major(lambda row: row.amount)),
        Cell("Due", lambda row: row.due_at, is_time=True),
        Cell("In run", in_major(lambda row: row.in_run)),
        Cell("Deducted", in_major(lambda row: row.netted)),
        Cell("Paid out", in_major(lambda row: row.paid_out)),
        Cell("Paid", lambda row: row.paid_at, is_time=True),
        Cell("Reference", lambda row: row.reference),
        Cell("Expected", lambda row: row.line.expected_on),
        Cell("Waiting for", lambda row: row.line.waits_for or ""),
    ),
)


def payout_page(
    viewer: Actor, *, recruiter_id: uuid.UUID | None, state: str | None, older_than: uuid.UUID | None, limit: int
) -> Counted[PayoutLine]:
    """Return the newest payouts with what each waits for, and how many there are; a recruiter's own without a name."""
    if recruiter_id is not None:
        earnings.check_viewer(recruiter_id, viewer)
    found = PAYOUTS.counted(viewer, {"recruiter": recruiter_id, "state": state}, before=older_than, size=limit)
    return Counted(tuple(row.line for row in found.rows if row.line), found.total, found.older)


# --- payout runs --------------------------------------------------------------------------------------------------


RUNS: Listing[Run] = Listing(
    name="payout-runs",
    zone=standings.document_zone,
    noun=("payout run", "payout runs"),
    path="/admin/billing/runs",
    looked_at="payouts",
    id=PayoutRun.id,
    among=lambda _: select(PayoutRun.id),
    shows=lambda _: ledger.run_columns(),
    make=as_selected(Run),
    filters=(
        by_state(
            run_rules.MACHINE.labels,
            lambda state: PayoutRun.state == state,
        ),
        Days("collected", "Collected", on=PayoutRun.collected_at),
        in_currency(PayoutRun.currency),
    ),
    sorts=(
        Sort("collected", "Collected", PayoutRun.id, NEWEST, falls=True),
        Sort("net", "Net", PayoutRun.net_minor, HIGHEST, falls=True),
    ),
    columns=(
        Column("Collected", sort="collected"),
        Column("Status"),
        Column("By"),
        Column("Gross", "n"),
        Column("Net", "n", sort="net"),
    ),
    cells=(
        Cell("Run", lambda row: str(row.id)),
        Cell("Collected by", lambda row: row.collected_by),
        Cell("Collected", lambda row: row.collected_at, is_time=True),
        Cell("Approved", lambda row: row.approved_at, is_time=True),
        Cell("Approved by", lambda row: row.approved_by or ""),
        Cell("Status", lambda row: run_rules.MACHINE.states[row.state].label),
        Cell("Closed", lambda row: row.closed_at, is_time=True),
        Cell("Currency", lambda row: row.currency),
        Cell("Gross", in_major(lambda row: row.gross)),
        Cell("Deducted", in_major(lambda row: row.gross - row.net)),
        Cell("Net", in_major(lambda row: row.net)),
    ),
)


# --- the ledger ---------------------------------------------------------------------------------------------------

ACCOUNT_LABELS = {kind.value: kind.value.replace("_", " ").capitalize() for kind in ledger_rules.AccountKind}
OPERATION_LABELS = {kind.value: kind.value.replace("_", " ").capitalize() for kind in ledger_rules.OperationKind} | {
    ledger_rules.OperationKind.CREDIT_UNAPPLIED.value: "Credit removed",
    ledger_rules.OperationKind.PAYOUT_UNDONE.value: "Payout on hold again",
    ledger_rules.OperationKind.AMENDED.value: "Split changed",
}


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One transfer of the ledger, with the company and the invoice of its placement."""

    id: uuid.UUID
    at: datetime
    kind: str
    debit: str
    credit: str
    currency: str
    amount: int
    placement_id: uuid.UUID | None
    company_name: str | None
    invoice: str | None
    event_id: uuid.UUID
    actor_name: str
    debit_of: str  # whose account it is, where it is a recruiter's part
    credit_of: str
    document: str
    operation_id: uuid.UUID


def _whose(account: Any) -> Any:
    """Select the recruiter whose account it is: of what is due or owed the owner, of what is held that of the row."""
    holder = aliased(User)
    of = select(holder.name).join(Recruiter, Recruiter.user_id == holder.id)
    owner = of.where(Recruiter.id == account.owner_id)
    row = of.join(Collaborator, Collaborator.recruiter_id == Recruiter.id).where(Collaborator.id == account.party_id)
    return func.coalesce(owner.correlate(account).scalar_subquery(), row.correlate(account).scalar_subquery(), "")


_DOCUMENT = func.coalesce(
    select(Receipt.reference).where(Receipt.id == T.document_id).correlate(T).scalar_subquery(),
    select(CreditNote.number).where(CreditNote.refund_id == T.document_id).correlate(T).scalar_subquery(),
    select(CreditPayment.reference).where(CreditPayment.id == T.document_id).correlate(T).scalar_subquery(),
    select(ClawbackRepayment.reference).where(ClawbackRepayment.id == T.document_id).correlate(T).scalar_subquery(),
    select(_printed.number).where(_printed.id == T.document_id).correlate(T).scalar_subquery(),
    select(func.min(PayoutRunLine.reference))
    .where(PayoutRunLine.run_id == T.document_id)
    .where(PayoutRunLine.recruiter_id.in_((_debited.owner_id, _credited.owner_id)))
    .correlate(T, _debited, _credited)
    .scalar_subquery(),
    "",
)


def _transfers(_: Actor) -> Select[Any]:
    return select(T.id).join(_debited, _debited.id == T.debit_id).join(_credited, _credited.id == T.credit_id)


def _transfer_columns(_: Actor) -> Select[Any]:
    return (
        select(T.id, T.at, T.kind, _debited.kind.label("debit"), _credited.kind.label("credit"), T.currency)
        .add_columns(T.amount_minor, T.placement_id, Organisation.name, Invoice.number, T.event_id)
        .add_columns(func.coalesce(User.name, ""), _whose(_debited), _whose(_credited), _DOCUMENT, T.operation_id)
        .join(_debited, _debited.id == T.debit_id)
        .join(_credited, _credited.id == T.credit_id)
        .outerjoin(FeePlacement, FeePlacement.placement_id == T.placement_id)
        .outerjoin(Fee, Fee.id == FeePlacement.fee_id)
        .outerjoin(Invoice, Invoice.id == Fee.invoice_id)
        .outerjoin(Organisation, Organisation.id == Fee.company_id)
        .outerjoin(User, User.id == T.actor_id)
    )


TRANSFERS: Listing[TransferRow] = Listing(
    name="ledger",
    zone=standings.document_zone,
    noun=("transfer", "transfers"),
    path="/admin/billing/ledger",
    looked_at="payouts",
    id=T.id,
    among=_transfers,
    shows=_transfer_columns,
    make=as_selected(TransferRow),
    filters=(
        Choice(
            "account",
            "Account",
            options=ACCOUNT_LABELS,
            on=lambda kind: (_debited.kind == kind) | (_credited.kind == kind),
            any="Any",
        ),
        Choice("operation", "Operation", options=OPERATION_LABELS, on=lambda kind: T.kind == kind, any="Any"),
        Days("booked", "Booked", on=T.at),
        in_currency(T.currency),
        Exact("placement", "Placement ID", on=T.placement_id, more=True),
    ),
    sorts=(
        Sort("booked", "Booked", T.id, NEWEST, falls=True),
        Sort("amount", "Amount", T.amount_minor, HIGHEST, falls=True),
    ),
    columns=(
        Column("Booked", sort="booked"),
        Column("Operation"),
        Column("Debited"),
        Column("Credited"),
        Column("Company"),
        Column("Amount", "n", sort="amount"),
    ),
    cells=(
        Cell("Operation", lambda row: OPERATION_LABELS[row.kind]),
        Cell("Booked", lambda row: row.at, is_time=True),
        Cell("Debited", lambda row: ACCOUNT_LABELS[row.debit]),
        Cell("Debited party", lambda row: row.debit_of),
        Cell("Credited", lambda row: ACCOUNT_LABELS[row.credit]),
        Cell("Credited party", lambda row: row.credit_of),
        Cell("Currency", lambda row: row.currency),
        Cell("Amount", in_major(lambda row: row.amount)),
        Cell("Company", lambda row: row.company_name or ""),
        Cell("Invoice", lambda row: row.invoice or ""),
        Cell("Document", lambda row: row.document),
        Cell("Entry", lambda row: str(row.operation_id)),
        Cell("By", lambda row: row.actor_name),
        Cell("Event", lambda row: str(row.event_id)),
    ),
)
