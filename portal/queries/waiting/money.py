"""What waits around money: replacements that are owed, refunds to pay out, due payouts and the runs that pay them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from portal.domain.billing.runs import MACHINE
from portal.domain.permissions import Actor, Role
from portal.models import (
    Fee,
    Obligation,
    Organisation,
    Payee,
    Payout,
    PayoutRun,
    Placement,
    Recruiter,
    Refund,
    RefundPayment,
)
from portal.queries.billing import owing, standings
from portal.queries.waiting.kinds import Wanted, waits
from portal.queries.waiting.rows import end_of, number, rows, with_names, worth_of_placement

_OPEN_RUNS = [name for name, state in MACHINE.states.items() if not state.terminal]


@waits(
    Role.RECRUITER,
    what="{about}: replacement owed, or the fee is refunded",
    verb="Open",
    path="/placements/{id}/money",
    ahead="Replacement owed",
)
def owed(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What the viewer may still make good; a replacement that was asked for is a row of its own."""
    return _obligations(viewer, wanted, Placement.lead_recruiter_id == viewer.recruiter_id)


@waits(
    Role.COMPANY_ADMIN,
    what="{about}: replacement owed to you",
    verb="Open",
    path="/placements/{id}/money",
    others_act=True,
    ahead="Replacement owed",
)
def promised(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _obligations(viewer, wanted, Placement.company_id == viewer.organisation_id)


def _obligations(viewer: Actor, wanted: Wanted, mine: Any) -> Select[Any]:
    return rows(
        viewer,
        wanted,
        Placement.id,
        mine,
        Obligation.state == "open",
        Placement.replacement_requested_at.is_(None),
        start=with_names(Placement).join(Obligation.__table__, Obligation.placement_id == Placement.id),
        due=end_of(Obligation.due_on),
        zone=Placement.time_zone,
        money=worth_of_placement(viewer),
    )


@waits(
    Role.PLATFORM_ADMIN,
    what="{about}: refund to pay out",
    verb="Record payment",
    path="/refunds/{id}/paid",
)
def refund(viewer: Actor, wanted: Wanted) -> Select[Any]:
    start = with_names(Placement).join(Refund.__table__, Refund.placement_id == Placement.id)
    start = start.join(Organisation.__table__, Organisation.id == Refund.company_id)
    return rows(
        viewer,
        wanted,
        Refund.id,
        RefundPayment.id.is_(None),
        owing.left() > 0,
        start=start.outerjoin(RefundPayment.__table__, RefundPayment.refund_id == Refund.id),
        about=Organisation.name,
        money=(owing.left(), Refund.currency),
    )


@waits(
    Role.PLATFORM_ADMIN,
    counts="payout",
    what="Due, but not in a payout run",
    verb="Collect",
    path="/admin/billing",
    form="/admin/billing#h-due",
    icon="coins",
)
def payouts(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What a run would collect; what is held back for want of bank details waits for its recruiter."""
    query = select(Payout.id, Payout.left_minor.label("minor"), Payout.currency)
    query = query.join(Payee, Payee.recruiter_id == Payout.recruiter_id).join(Fee, Fee.id == Payout.fee_id)
    query = query.join(Recruiter, Recruiter.id == Payout.recruiter_id)
    return number(wanted, query.where(*standings.collectable(viewer.now)))


@waits(
    Role.PLATFORM_ADMIN,
    counts="payout run",
    what="To approve or pay",
    verb="Review",
    path="/admin/billing",
    form="/admin/billing#h-runs",
    icon="check",
)
def runs(_viewer: Actor, wanted: Wanted) -> Select[Any]:
    columns = (PayoutRun.id, PayoutRun.net_minor.label("minor"), PayoutRun.currency)
    return number(wanted, select(*columns).where(PayoutRun.state.in_(_OPEN_RUNS)))
