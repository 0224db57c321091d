"""What waits around invoices: the details without which none is issued, and their payment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, select

from portal.domain.billing.ledger import AccountKind
from portal.domain.permissions import Actor, Role
from portal.models import BillingDetails, Fee, Invoice, LedgerAccount, Organisation, Placement
from portal.queries.billing import documents
from portal.queries.waiting.kinds import IN_A_MONTH, Wanted, waits
from portal.queries.waiting.rows import end_of, number, rows, with_names


@waits(
    Role.PLATFORM_ADMIN,
    Role.COMPANY_ADMIN,
    counts="invoice",
    what="Can’t be issued without your billing details",
    verb="Enter",
    path="/billing-details",
    icon="alert-triangle",
)
def unissued(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What waits for the details of the viewer's own organization, from the activation on."""
    mine = () if Role.PLATFORM_ADMIN in viewer.roles else (Fee.company_id == viewer.organisation_id,)
    entered = exists().where(BillingDetails.organisation_id == viewer.organisation_id)
    return number(wanted, select(Fee.id).where(Fee.invoice_id.is_(None), ~Fee.is_void, ~entered, *mine))


@waits(
    Role.COMPANY_ADMIN,
    what="Invoice {about}: payment due",
    verb="Open invoice",
    path="/invoices/{id}",
    ahead="Invoice due",
)
def invoice(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What the company owes within a month, or should have paid."""
    return _invoices(viewer, wanted, Invoice.company_id == viewer.organisation_id, ~_is_reported())


@waits(
    Role.COMPANY_ADMIN,
    what="Invoice {about}: payment reported, not received yet",
    verb="Open",
    path="/invoices/{id}",
    others_act=True,
)
def reported(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _invoices(viewer, wanted, Invoice.company_id == viewer.organisation_id, _is_reported())


@waits(
    Role.PLATFORM_ADMIN,
    what="Invoice {about}: payment reported by {whom}",
    verb="Record receipt",
    path="/invoices/{id}",
    form="/invoices/{id}#h-receive",
)
def to_be_received(viewer: Actor, wanted: Wanted) -> Select[Any]:
    payer = select(Organisation.name).where(Organisation.id == Invoice.company_id).correlate(Invoice)
    return _invoices(viewer, wanted, _is_reported(), whom=payer.scalar_subquery())


def _invoices(viewer: Actor, wanted: Wanted, *conditions: ColumnElement[bool], whom: Any = None) -> Select[Any]:
    """Select what is owed on invoices that are due within a month, or were."""
    owed = LedgerAccount.debits_minor - LedgerAccount.credits_minor
    receivable = and_(LedgerAccount.kind == AccountKind.RECEIVABLE, LedgerAccount.owner_id == Invoice.id)
    return rows(
        viewer,
        wanted,
        Invoice.id,
        *conditions,
        Invoice.due_on <= IN_A_MONTH,
        owed > 0,
        start=with_names(Placement)
        .join(Invoice.__table__, Invoice.placement_id == Placement.id)
        .join(LedgerAccount.__table__, receivable),
        about=Invoice.number,
        due=end_of(Invoice.due_on),
        zone=Placement.time_zone,
        money=(owed, Invoice.currency),
        whom=whom,
    )


def _is_reported() -> ColumnElement[bool]:
    """Select whether the company says that it has paid, and nothing was received since."""
    return exists().where(documents.is_awaited()).correlate(Invoice)
