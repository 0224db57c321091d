"""The money of one placement, and the replacement that is owed for it (money.md §8)."""

from __future__ import annotations

import uuid

from portal.answers.money import Obligation, PlacementMoney
from portal.api.endpoint import Api, Described
from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.billing import money
from portal.services.billing import lifecycle

bp = Api("placement_money", __name__)
TAG = "Placement Money"


@bp.operation(
    "/placements/<uuid:placement_id>/money",
    described=Described(tag=TAG, out=PlacementMoney, permission=Permission.MONEY_VIEW),
)
def get_placement_money(placement_id: uuid.UUID) -> money.PlacementMoney:
    """Return the fee, shares, documents, payouts and what each is waiting for, and the refund if it failed today."""
    return _money(placement_id)


@bp.operation(
    "/placements/<uuid:placement_id>/obligation/waive",
    method="POST",
    described=Described(tag=TAG, out=Obligation, permission=Permission.OBLIGATION_WAIVE, conflicts=("NO_OBLIGATION",)),
)
def waive_replacement(placement_id: uuid.UUID) -> object:
    """Waive a replacement that is owed; the shares become due once the invoice is paid."""
    lifecycle.waive(placement_id, actor=current_actor())
    return _money(placement_id).obligation


@bp.operation(
    "/placements/<uuid:placement_id>/obligation/give-up",
    method="POST",
    described=Described(
        tag=TAG, out=Obligation, permission=Permission.OBLIGATION_GIVE_UP, conflicts=("NO_OBLIGATION",)
    ),
)
def give_up_replacement(placement_id: uuid.UUID) -> object:
    """Give up on a replacement; any refund under the terms follows automatically."""
    lifecycle.give_up(placement_id, actor=current_actor())
    return _money(placement_id).obligation


def _money(placement_id: uuid.UUID) -> money.PlacementMoney:
    found = money.of_placement(placement_id, viewer=current_actor())
    if found is None:
        raise NotFound("This placement has no money yet: its split is locked when it’s activated.")
    return found
