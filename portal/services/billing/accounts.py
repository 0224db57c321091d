"""A fee that is locked for a change, and what its rows are to the rules."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain.billing import payouts, schedule
from portal.domain.billing.schedule import Part, PartState
from portal.domain.billing.standing import Standing
from portal.models import Fee, Invoice, Payout, Recruiter
from portal.services.billing.journal import name_of
from portal.services.machinery.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Account:
    """A locked fee with its payouts and its invoice, and where its money stands."""

    fee: Fee
    standing: Standing
    payouts: dict[str, Payout]
    invoice: Invoice | None

    @property
    def currency(self) -> str:
        """Return the one currency of the fee."""
        return self.fee.currency


def part_of(row: Payout) -> Part:
    """Return the part that a payout keeps."""
    return Part(
        key=str(row.id),
        placement=str(row.placement_id),
        holder=name_of(row.holder_id),
        recruiter=name_of(row.recruiter_id),
        instalment=row.instalment,
        original=row.original_minor,
        day=row.day,
        taken=row.taken_minor,
        returned=row.returned_minor,
        state=payouts.part_state(row.state),
        owed_by=name_of(row.owed_by_id),
    )


def next_release(standing: Standing, today: date) -> date | None:
    """Return the next day on which something may become due by itself."""
    if standing.start is None or standing.ended:
        return None
    held = [part for part in standing.parts if part.state is PartState.HELD and part.left > 0]
    days = [schedule.day_of(standing.start, part.day) for part in held if part.day is not None]
    end = standing.agreed_end
    if held and end is not None:
        days.append(end + timedelta(days=standing.terms.report_grace_days + 1))
    return min((day for day in days if day > today), default=None)


def refuse_own(uow: UnitOfWork, fee_id: uuid.UUID) -> None:
    """Refuse who would be paid by what they record or decide of a fee.

    Raises:
        NotPermitted: the fee has a payout of the actor's.
    """
    paid = select(Payout.recruiter_id).where(Payout.fee_id == fee_id)
    uow.refuse_own(Recruiter.id.in_(paid), "This pays you; another admin has to do it.")


def about_fee(account: Account) -> dict[str, Any]:
    """Return the references that events of a fee carry."""
    fee = account.fee
    return {"placement_id": fee.placement_id, "organisation_id": fee.company_id, "currency": fee.currency}


def about_invoice(account: Account) -> dict[str, Any]:
    """Return the references that events of a fee's invoice carry."""
    assert account.invoice is not None
    found = account.invoice
    return {**about_fee(account), "invoice_id": found.id, "number": found.number, "due_on": found.due_on}
