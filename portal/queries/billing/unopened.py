"""The money of a placement that has no books: it is not activated yet, or never was."""

from __future__ import annotations

import uuid

from portal.domain.permissions import Actor
from portal.queries.billing.money import PlacementMoney, ShareLine
from portal.queries.placements import collaboration, placements


def of_placement(placement_id: uuid.UUID, *, viewer: Actor) -> PlacementMoney:
    """Return the fee and who shares it by now, with no document and no payout."""
    found = placements.detail(placement_id, viewer=viewer)
    team = collaboration.team(placement_id, viewer=viewer)
    return PlacementMoney(
        placement_id=placement_id,
        currency=found.currency,
        time_zone=found.time_zone,
        fee=found.fee_minor,
        platform_fee=found.platform_fee_minor,
        tax=0,
        terms=found.terms,
        schedule=found.terms.payout_schedule,
        shares=tuple(ShareLine(m.recruiter_id, m.name, m.role, m.bp, m.amount, found.currency) for m in team.members),
        payouts=(),
        invoice=None,
        invoices=(),
        invoice_waits_for="the activation" if found.meaning.splits_are_open else None,
        refunds=(),
        obligation=None,
        reserve=None,
    )
