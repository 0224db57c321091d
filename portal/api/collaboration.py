"""Collaboration: endpoints 13–16, and the receipt of the split sheet."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Created, Described
from portal.api.types import Body, Money, MoneyOut, Out, Percentage, PercentageOut, Time
from portal.domain import collaboration as rules
from portal.domain import money, texts
from portal.domain.collaboration import CollaboratorRole
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.placements import collaboration as queries
from portal.services.placements import collaboration

bp = Api("collaboration", __name__)
TAG = "Collaboration"
NAMES = {"split_bp": "split_percentage"}
PREVIEW_CURRENCY = "USD"  # a preview knows no job; two decimals, as in the contract
Words = Annotated[str, Field(max_length=texts.REASON)]


class CollaboratorBody(Body):
    """Who joins a team, as what, for which share of the fee."""

    recruiter_id: uuid.UUID
    role: CollaboratorRole
    split_percentage: Percentage
    notes: Words = ""


class ShareBody(Body):
    """A new share; the role is needed when the recruiter holds two, without notes the old ones stay."""

    split_percentage: Percentage
    role: CollaboratorRole | None = None
    notes: Words | None = None


class PreviewRow(Body):
    """A role of the preview; either every row has a percentage or none."""

    role: CollaboratorRole
    split_percentage: Percentage | None = None


class PreviewBody(Body):
    """A fee and the roles that share it; without percentages the weights 40, 30, 20, 10 apply."""

    total_fee: Money
    collaborators: Annotated[list[PreviewRow], Field(min_length=1, max_length=rules.MAX_ROWS)]


class AddedOut(Out):
    """A new member of a team."""

    id: uuid.UUID
    placement_id: uuid.UUID
    recruiter_id: uuid.UUID
    role: CollaboratorRole
    split_percentage: PercentageOut
    amount_earned: MoneyOut
    added_at: Time


class CollaboratorOut(Out):
    """A member of a team."""

    recruiter_id: uuid.UUID
    recruiter_name: str
    role: CollaboratorRole
    split_percentage: PercentageOut
    amount_earned: MoneyOut


class TeamOut(Out):
    """Who shares the fee of a placement."""

    placement_id: uuid.UUID
    total_fee: MoneyOut
    collaborators: list[CollaboratorOut]


class ChangedOut(Out):
    """A changed share."""

    placement_id: uuid.UUID
    recruiter_id: uuid.UUID
    role: CollaboratorRole
    old_split_percentage: PercentageOut
    new_split_percentage: PercentageOut
    new_amount_earned: MoneyOut


class SplitOut(Out):
    """A share of the preview."""

    role: CollaboratorRole
    split_percentage: PercentageOut
    amount: MoneyOut


class PreviewOut(Out):
    """A preview, which writes nothing; `valid` means that the shares make exactly 100 %."""

    total_fee: MoneyOut
    splits: list[SplitOut]
    total_split_percentage: PercentageOut
    valid: bool


@bp.endpoint(
    "/placements/<uuid:placement_id>/collaborators",
    method="POST",
    described=Described(
        tag=TAG,
        out=AddedOut,
        permission=Permission.SPLITS_EDIT,
        status=201,
        body=CollaboratorBody,
        conflicts=("SPLITS_OVER_100", "SPLITS_LOCKED", "ALREADY_COLLABORATING", "TEAM_FULL"),
        names=NAMES,
    ),
)
def add_collaborator(placement_id: uuid.UUID, body: CollaboratorBody) -> Created:
    """Add a recruiter to the team while the splits are open."""
    actor = current_actor()
    row_id = collaboration.add(
        placement_id,
        actor=actor,
        recruiter_id=body.recruiter_id,
        role=body.role,
        split_bp=money.percent_to_bp(body.split_percentage),
        notes=body.notes,
    )
    team = queries.team(placement_id, viewer=actor)
    added = next(member for member in team.members if member.id == row_id)
    made = AddedOut(
        id=added.id,
        placement_id=placement_id,
        recruiter_id=added.recruiter_id,
        role=CollaboratorRole(added.role),
        split_percentage=money.bp_to_percent(added.bp),
        amount_earned=money.to_major(added.amount, team.currency),
        added_at=added.added_at,
    )
    return Created(made, f"/api/placements/{placement_id}/collaborators")


@bp.endpoint(
    "/placements/<uuid:placement_id>/collaborators",
    described=Described(tag=TAG, out=TeamOut, permission=Permission.PLACEMENT_VIEW),
)
def get_collaborators(placement_id: uuid.UUID) -> dict[str, object]:
    """List who shares the fee of a placement."""
    team = queries.team(placement_id, viewer=current_actor())
    listed = [
        {
            "recruiter_id": member.recruiter_id,
            "recruiter_name": member.name,
            "role": member.role,
            "split_percentage": money.bp_to_percent(member.bp),
            "amount_earned": money.to_major(member.amount, team.currency),
        }
        for member in team.members
    ]
    return {
        "placement_id": placement_id,
        "total_fee": money.to_major(team.fee_minor, team.currency),
        "collaborators": listed,
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>/collaborators/<uuid:recruiter_id>",
    method="PATCH",
    described=Described(
        tag=TAG,
        out=ChangedOut,
        permission=Permission.SPLITS_EDIT,
        body=ShareBody,
        conflicts=("SPLITS_OVER_100", "SPLITS_LOCKED"),
        names=NAMES,
    ),
)
def change_share(placement_id: uuid.UUID, recruiter_id: uuid.UUID, body: ShareBody) -> dict[str, object]:
    """Change a share while the splits are open."""
    actor = current_actor()
    changed = collaboration.change(
        placement_id,
        recruiter_id,
        actor=actor,
        split_bp=money.percent_to_bp(body.split_percentage),
        role=body.role,
        notes=body.notes,
    )
    currency = queries.team(placement_id, viewer=actor).currency
    return {
        "placement_id": placement_id,
        "recruiter_id": recruiter_id,
        "role": changed.role,
        "old_split_percentage": money.bp_to_percent(changed.old_split_bp),
        "new_split_percentage": money.bp_to_percent(changed.split_bp),
        "new_amount_earned": money.to_major(changed.amount_minor, currency),
    }


@bp.endpoint(
    "/placements/calculate-splits",
    method="POST",
    described=Described(tag=TAG, out=PreviewOut, permission=Permission.SPLITS_PREVIEW, body=PreviewBody),
)
def calculate_splits(body: PreviewBody) -> dict[str, object]:
    """Preview how a fee would be shared; nothing is written."""
    given = [row.split_percentage for row in body.collaborators]
    if None in given and any(given):
        raise InvalidInput.field("collaborators", "Give every row a percentage, or none.")
    rows = [
        (row.role, row.split_percentage and money.percent_to_bp(row.split_percentage)) for row in body.collaborators
    ]
    made = rules.preview(money.to_minor(body.total_fee, PREVIEW_CURRENCY), rows)
    splits = [
        {
            "role": role,
            "split_percentage": money.bp_to_percent(bp),
            "amount": money.to_major(amount, PREVIEW_CURRENCY),
        }
        for role, bp, amount in made.shares
    ]
    total = money.bp_to_percent(made.total_bp)
    return {"total_fee": body.total_fee, "splits": splits, "total_split_percentage": total, "valid": made.whole}
