"""The receipt of a split sheet: fee, rule, inputs, rounding, result and checksum, recomputed on request."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Described
from portal.api.types import MoneyOut, Out, PercentageOut, Query, Time
from portal.domain import money
from portal.domain.collaboration import CollaboratorRole
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.placements import split_sheets

bp = Api("receipts", __name__)
_OF_VERSION = ("placement_id", "version", "is_latest", "cause", "locked", "sha256")
_OF_SHEET = ("currency", "rule", "rule_version", "filled_to_whole", "rounding")


class ReceiptInput(Out):
    """A share before filling up to 100 %."""

    recruiter_id: uuid.UUID
    recruiter_name: str
    role: CollaboratorRole
    split_percentage: PercentageOut


class ReceiptShare(ReceiptInput):
    """A share as it was computed."""

    amount: MoneyOut


class ReceiptOut(Out):
    """All that explains a version of a split sheet; `faults` is empty when recomputing gives the same."""

    placement_id: uuid.UUID
    version: int
    is_latest: bool
    cause: str
    locked: bool
    created_at: Time
    created_by: str
    currency: str
    total_fee: MoneyOut
    rule: str
    rule_version: int
    inputs: list[ReceiptInput]
    filled_to_whole: bool
    rounding: str
    result: list[ReceiptShare]
    sha256: str
    verified: bool
    faults: list[str]


class ReceiptQuery(Query):
    """Which version; the latest one when none is named."""

    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


@bp.endpoint(
    "/placements/<uuid:placement_id>/receipt",
    described=Described(tag="Collaboration", out=ReceiptOut, permission=Permission.PLACEMENT_VIEW, query=ReceiptQuery),
)
def get_receipt(placement_id: uuid.UUID, query: ReceiptQuery) -> dict[str, object]:
    """Show how the shares of a placement were computed, and check them by computing them again."""
    found = split_sheets.receipt(placement_id, viewer=current_actor(), version=query.version)
    stored, checked = found.stored, split_sheets.verify(found)
    return {
        **{
            name: getattr(found, name) for name in ("placement_id", "version", "is_latest", "cause", "locked", "sha256")
        },
        **{name: stored[name] for name in ("currency", "rule", "rule_version", "filled_to_whole", "rounding")},
        "created_at": found.at,
        "created_by": found.by,
        "total_fee": money.to_major(stored["fee_minor"], stored["currency"]),
        "inputs": [_input(found, *row) for row in stored["inputs"]],
        "result": [
            {
                **_input(found, share["recruiter_id"], share["role"], share["split_bp"]),
                "amount": money.to_major(share["amount_minor"], stored["currency"]),
            }
            for share in stored["result"]
        ],
        "verified": not checked.faults,
        "faults": list(checked.faults),
    }


def _input(found: split_sheets.Receipt, recruiter_id: str, role: str, bp: int) -> dict[str, object]:
    return {
        "recruiter_id": recruiter_id,
        "recruiter_name": found.names.get(recruiter_id, ""),
        "role": role,
        "split_percentage": money.bp_to_percent(bp),
    }
