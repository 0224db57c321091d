"""The receipt of a split sheet: fee, rule, inputs, rounding, result and checksum, recomputed on request."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.collaboration import Receipt
from portal.api.endpoint import Api
from portal.api.types import Query
from portal.domain import money
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.placements import split_sheets

bp = Api("receipts", __name__, tag="Collaboration")
_OF_SHEET = ("currency", "rule", "rule_version", "filled_to_whole", "rounding")


class ReceiptQuery(Query):
    """Which version; the latest one when none is named."""

    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


@bp.reads("/placements/<uuid:placement_id>/receipt", Receipt, Permission.PLACEMENT_VIEW)
def get_receipt(placement_id: uuid.UUID, query: ReceiptQuery) -> Receipt:
    """Return how a placement's shares were calculated, and verify them by recalculating."""
    found = split_sheets.receipt(placement_id, viewer=current_actor(), version=query.version)
    stored, checked = found.stored, split_sheets.verify(found)
    inputs = [_input(found, *row) for row in stored["inputs"]]
    result = [
        {
            **_input(found, share["recruiter_id"], share["role"], share["split_bp"]),
            "amount": money.to_major(share["amount_minor"], stored["currency"]),
        }
        for share in stored["result"]
    ]
    return Receipt.of(
        found,
        **{name: stored[name] for name in _OF_SHEET},
        total_fee=money.to_major(stored["fee_minor"], stored["currency"]),
        inputs=inputs,
        result=result,
        verified=not checked.faults,
        faults=list(checked.faults),
    )


def _input(found: split_sheets.Receipt, recruiter_id: str, role: str, bp: int) -> dict[str, object]:
    return {
        "recruiter_id": recruiter_id,
        "recruiter_name": found.names.get(recruiter_id, ""),
        "role": role,
        "split_percentage": money.bp_to_percent(bp),
    }
