"""A fee that is locked for a change, and what its rows are to the rules."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from portal.domain.billing import payouts, schedule
from portal.domain.billing.ledger import AccountKind
from portal.domain.billing.schedule import Part, PartState
from portal.domain.billing.standing import Claim, Standing
from portal.domain.billing.terms import Terms
from portal.models import Allocation, Fee, Invoice, LedgerAccount, Obligation, Payout, Recruiter
from portal.queries.billing.standings import days_of_cases, of_row
from portal.services.billing.journal import name_of
from portal.services.machinery.rows import among
from portal.services.machinery.unit_of_work import UnitOfWork

Received = dict[uuid.UUID, list[tuple[date, int]]]  # by invoice
Disputed = dict[uuid.UUID, list[tuple[date, date | None]]]


@dataclass(slots=True)
class Account:
    """A locked fee with its payouts and its invoice, and where its money stands."""

    fee: Fee
    standing: Standing
    payouts: dict[str, Payout]
    invoice: Invoice | None

    @property
    def currency(self) -> str:
        return self.fee.currency


def read(session: Session, fees: Sequence[Fee]) -> list[Account]:
    """Read what belongs to locked fees: six statements, however many they are, and one where late payment voids."""
    terms = {fee.id: Terms.from_json(fee.terms) for fee in fees}
    invoices, payouts_of = _invoices(session, fees), _payouts(session, fees)
    disputed = _disputed(session, [fee for fee in fees if terms[fee.id].void_unpaid_days is not None])
    owed, received = _outstanding(session, invoices), _received(session, invoices)
    owing, claims = _owing(session, fees), _claims(session, payouts_of)
    accounts = []
    for fee, rows in ((fee, payouts_of[fee.id]) for fee in fees):
        claimed = (claims[of, fee.currency] for of in dict.fromkeys(row.placement_id for row in rows))
        standing = of_row(
            fee,
            terms[fee.id],
            tuple(part_of(row) for row in rows),
            obligation_open=fee.id in owing,
            claims=tuple(chain.from_iterable(claimed)),
        )
        invoice = invoices[fee.invoice_id] if fee.invoice_id else None
        now = _invoiced(standing, invoice, owed, received, disputed)
        accounts.append(Account(fee, now, {str(row.id): row for row in rows}, invoice))
    return accounts


def _invoiced(
    standing: Standing, invoice: Invoice | None, owed: Mapping[uuid.UUID, int], received: Received, disputed: Disputed
) -> Standing:
    """Return the standing with what its invoice says, what came in for it, and when it was disputed."""
    if invoice is None:
        return standing
    return replace(
        standing,
        invoice=str(invoice.id),
        due_on=invoice.due_on,
        outstanding=owed.get(invoice.id, 0),
        tax=invoice.tax_minor,
        received=tuple(received[invoice.id]),
        disputed=tuple(disputed[invoice.id]),
    )


def _invoices(session: Session, fees: Sequence[Fee]) -> dict[uuid.UUID, Invoice]:
    ids = [fee.invoice_id for fee in fees if fee.invoice_id is not None]
    return {row.id: row for row in session.scalars(select(Invoice).where(among(Invoice.id, ids)))} if ids else {}


def _payouts(session: Session, fees: Sequence[Fee]) -> dict[uuid.UUID, list[Payout]]:
    found: dict[uuid.UUID, list[Payout]] = defaultdict(list)
    query = select(Payout).where(among(Payout.fee_id, [fee.id for fee in fees]))
    for row in session.scalars(query.order_by(Payout.fee_id, Payout.position)):
        found[row.fee_id].append(row)
    return found


def _outstanding(session: Session, invoices: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    account = LedgerAccount
    query = select(account.owner_id, account.debits_minor - account.credits_minor).where(
        account.kind == AccountKind.RECEIVABLE, among(account.owner_id, invoices)
    )
    return {owner: owed for owner, owed in session.execute(query)} if invoices else {}  # noqa: C416  # rows are no pairs


def _received(session: Session, invoices: Collection[uuid.UUID]) -> Received:
    found: Received = defaultdict(list)
    query = select(Allocation.invoice_id, Allocation.received_on, Allocation.amount_minor).where(
        among(Allocation.invoice_id, invoices), Allocation.undone_at.is_(None)
    )
    if invoices:
        for invoice_id, on, amount in session.execute(query.order_by(Allocation.id)):
            found[invoice_id].append((on, amount))
    return found


def _disputed(session: Session, fees: Sequence[Fee]) -> Disputed:
    """Return when cases about the invoices of fees began and were over: late payment voids their guarantee (§9)."""
    found: Disputed = defaultdict(list)
    asked = [fee.invoice_id for fee in fees if fee.invoice_id]
    for invoice_id, opened, over in session.execute(days_of_cases(asked)) if asked else ():
        found[invoice_id].append((opened, over))
    return found


def _owing(session: Session, fees: Sequence[Fee]) -> frozenset[uuid.UUID]:
    """Return the fees of which a replacement is owed."""
    query = select(Obligation.fee_id).where(
        among(Obligation.fee_id, [fee.id for fee in fees]), Obligation.state == "open"
    )
    return frozenset(session.scalars(query))


def _claims(
    session: Session, payouts_of: Mapping[uuid.UUID, Sequence[Payout]]
) -> dict[tuple[uuid.UUID, str], list[Claim]]:
    """Return what recruiters owe, by placement and currency."""
    found: dict[tuple[uuid.UUID, str], list[Claim]] = defaultdict(list)
    account = LedgerAccount
    query = select(account.owner_id, account.party_id, account.currency, account.debits_minor - account.credits_minor)
    placements = {row.placement_id for rows in payouts_of.values() for row in rows}
    open_ = query.where(
        account.kind == AccountKind.CLAWBACK,
        among(account.party_id, placements),
        account.debits_minor > account.credits_minor,
    )
    for who, of, currency, amount in session.execute(open_):
        assert of is not None, "a clawback is of a placement"
        found[of, currency].append(Claim(str(who), str(of), amount))
    return found


def part_of(row: Payout) -> Part:
    """Return the part that a payout keeps."""
    said = instance_dict(row)  # a round reads thousands: the attributes' ways take longer than all the rest
    return Part(
        key=str(said["id"]),
        placement=str(said["placement_id"]),
        holder=name_of(said["holder_id"]),
        recruiter=name_of(said["recruiter_id"]),
        instalment=said["instalment"],
        original=said["original_minor"],
        day=said["day"],
        taken=said["taken_minor"],
        returned=said["returned_minor"],
        state=payouts.part_state(said["state"]),
        owed_by=name_of(said["owed_by_id"]),
        frozen=said["is_frozen"],
        extended_days=said["extended_days"],
    )


def next_release(standing: Standing, today: date) -> date | None:
    """Return the next day on which something may become due by itself."""
    if standing.start is None or standing.ended:
        return None
    held = [part for part in standing.parts if part.state is PartState.HELD and part.left > 0]
    days = [schedule.day_of(standing.start, part.day) for part in held if part.day is not None]
    ends = [end for part in held if (end := standing.end_of(part)) is not None]
    days += [end + timedelta(days=standing.terms.report_grace_days + 1) for end in ends]
    return min((day for day in days if day > today), default=None)


def refuse_own(uow: UnitOfWork, fee_id: uuid.UUID) -> None:
    """Refuse anyone who would be paid by what they record or decide of a fee."""
    paid = select(Payout.recruiter_id).where(Payout.fee_id == fee_id)
    uow.refuse_own(Recruiter.id.in_(paid), "This pays you, so another admin has to do it.")


def about_fee(account: Account) -> dict[str, Any]:
    """Return the references that events of a fee carry."""
    fee = account.fee
    return {"placement_id": fee.placement_id, "organisation_id": fee.company_id, "currency": fee.currency}


def about_invoice(account: Account) -> dict[str, Any]:
    """Return the references that events of a fee's invoice carry."""
    assert account.invoice is not None
    found = account.invoice
    return {**about_fee(account), "invoice_id": found.id, "number": found.number, "due_on": found.due_on}
