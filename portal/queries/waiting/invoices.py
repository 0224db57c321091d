"""What waits around invoices: their payment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_

from portal.domain.billing.ledger import AccountKind
from portal.domain.permissions import Actor, Role
from portal.models import Invoice, LedgerAccount, Placement
from portal.queries.waiting.kinds import IN_A_MONTH, waits
from portal.queries.waiting.rows import end_of, rows, with_names


@waits(
    Role.COMPANY_ADMIN, what="Invoice {about} is due", verb="Open invoice", path="/invoices/{id}", ahead="Invoice due"
)
def invoice(viewer: Actor, kind: str) -> Select[Any]:
    """What the company owes within a month, or should have paid."""
    owed = LedgerAccount.debits_minor - LedgerAccount.credits_minor
    receivable = and_(LedgerAccount.kind == AccountKind.RECEIVABLE, LedgerAccount.owner_id == Invoice.id)
    return rows(
        viewer,
        kind,
        Invoice.id,
        Invoice.company_id == viewer.organisation_id,
        Invoice.due_on <= IN_A_MONTH,
        owed > 0,
        start=with_names(Placement)
        .join(Invoice.__table__, Invoice.placement_id == Placement.id)
        .join(LedgerAccount.__table__, receivable),
        about=Invoice.number,
        due=end_of(Invoice.due_on),
        zone=Placement.time_zone,
        money=(owed, Invoice.currency),
    )
