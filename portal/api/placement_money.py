"""The money of one placement, and the replacement that is owed for it (money.md §8)."""

from __future__ import annotations

import uuid

from portal.answers.money import Obligation, PlacementMoney
from portal.api.endpoint import Api
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.billing import money, unopened
from portal.services.billing import lifecycle

bp = Api("placement_money", __name__, tag="Placement Money")


@bp.reads("/placements/<uuid:placement_id>/money", PlacementMoney, Permission.MONEY_VIEW)
def get_placement_money(placement_id: uuid.UUID) -> money.PlacementMoney:
    """Return the fee, shares, documents, payouts and what each is waiting for, and the refund if it failed today."""
    return _money(placement_id)


@bp.changes(
    "/placements/<uuid:placement_id>/obligation/waive", Obligation, Permission.OBLIGATION_WAIVE, "NO_OBLIGATION"
)
def waive_replacement(placement_id: uuid.UUID) -> object:
    """Waive a replacement that is owed; the shares become due once the invoice is paid."""
    lifecycle.waive(placement_id, actor=current_actor())
    return _money(placement_id).obligation


@bp.changes(
    "/placements/<uuid:placement_id>/obligation/give-up", Obligation, Permission.OBLIGATION_GIVE_UP, "NO_OBLIGATION"
)
def give_up_replacement(placement_id: uuid.UUID) -> object:
    """Give up on a replacement; any refund under the terms follows automatically."""
    lifecycle.give_up(placement_id, actor=current_actor())
    return _money(placement_id).obligation


def _money(placement_id: uuid.UUID) -> money.PlacementMoney:
    viewer = current_actor()
    return money.of_placement(placement_id, viewer=viewer) or unopened.of_placement(placement_id, viewer=viewer)
