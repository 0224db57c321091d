"""Collaboration: endpoints 13–16, and the receipt of the split sheet."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.collaboration import Added, Member, Preview, ShareChanged, Split, Team
from portal.api.endpoint import Api, Created
from portal.api.types import Body, Id, Money, Percentage, ShareRow, SheetVersion, To
from portal.domain import collaboration as rules
from portal.domain import money, texts
from portal.domain.collaboration import Agreed, CollaboratorRole
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.placements import collaboration as queries
from portal.services.placements import collaboration

bp = Api("collaboration", __name__, tag="Collaboration")
PREVIEW_CURRENCY = "USD"  # a preview knows no job; two decimals, as in the contract
Words = Annotated[str, Field(max_length=texts.REASON)]


class CollaboratorBody(Body):
    """Who joins a team, in which role and with what share of the fee."""

    recruiter_id: Id
    role: CollaboratorRole
    split_percentage: Annotated[Percentage, To("split_bp")]
    notes: Words = ""
    version: SheetVersion = None


class ShareBody(Body):
    """A new share; the role is required if the recruiter has two. Without notes, the old ones stay.

    A platform admin who lowers a share gives a reason; anyone else proposes it, and its holder has to approve.
    """

    split_percentage: Annotated[Percentage, To("split_bp")]
    role: CollaboratorRole | None = None
    notes: Words | None = None
    reason: Words = ""
    version: SheetVersion = None


class SharesBody(Body):
    """New shares for several rows; rows left out keep theirs. `reason` works as for a single share."""

    shares: Annotated[list[ShareRow], Field(min_length=1, max_length=rules.MAX_ROWS)]
    reason: Words = ""
    version: SheetVersion = None


class PreviewRow(Body):
    """A role in the preview; either every row has a percentage or none does."""

    role: CollaboratorRole
    split_percentage: Percentage | None = None


class PreviewBody(Body):
    """A fee and the roles that share it; without percentages, the weights are 40, 30, 20 and 10."""

    total_fee: Money
    collaborators: Annotated[list[PreviewRow], Field(min_length=1, max_length=rules.MAX_ROWS)]


@bp.changes(
    "/placements/<uuid:placement_id>/collaborators",
    Added,
    Permission.SPLITS_EDIT,
    "SPLITS_OVER_100",
    "SPLITS_LOCKED",
    "ALREADY_COLLABORATING",
    "TEAM_FULL",
    "STALE_VERSION",
)
def add_collaborator(placement_id: uuid.UUID, body: CollaboratorBody) -> Created:
    """Add a recruiter to the team, before the split is locked."""
    actor = current_actor()
    row_id = collaboration.add(placement_id, actor=actor, **body.to_input())
    team = queries.team(placement_id, viewer=actor)
    added = next(member for member in team.members if member.id == row_id)
    made = Added.of(added, placement_id=placement_id, amount_earned=money.to_major(added.amount, team.currency))
    return Created(made, f"/api/placements/{placement_id}/collaborators")


@bp.reads("/placements/<uuid:placement_id>/collaborators", Team, Permission.PLACEMENT_VIEW)
def get_collaborators(placement_id: uuid.UUID) -> Team:
    """List the recruiters who share a placement's fee."""
    return _team(placement_id)


def _team(placement_id: uuid.UUID) -> Team:
    team = queries.team(placement_id, viewer=current_actor())
    members = [Member.of(one, amount_earned=money.to_major(one.amount, team.currency)) for one in team.members]
    return Team.of(team, collaborators=members)


@bp.changes(
    "/placements/<uuid:placement_id>/collaborators",
    Team,
    Permission.SPLITS_EDIT,
    "SPLITS_OVER_100",
    "SPLITS_LOCKED",
    "CONSENT_NEEDED",
    "STALE_VERSION",
    method="PATCH",
)
def change_shares(placement_id: uuid.UUID, body: SharesBody) -> Team:
    """Change several shares at once, before the split is locked."""
    shares = [Agreed(**row.to_input()) for row in body.shares]
    actor = current_actor()
    collaboration.reshare(placement_id, actor=actor, shares=shares, reason=body.reason, version=body.version)
    return _team(placement_id)


@bp.changes(
    "/placements/<uuid:placement_id>/collaborators/<uuid:recruiter_id>",
    ShareChanged,
    Permission.SPLITS_EDIT,
    "SPLITS_OVER_100",
    "SPLITS_LOCKED",
    "CONSENT_NEEDED",
    "STALE_VERSION",
    method="PATCH",
)
def change_share(placement_id: uuid.UUID, recruiter_id: uuid.UUID, body: ShareBody) -> ShareChanged:
    """Change a share, before the split is locked."""
    actor = current_actor()
    changed = collaboration.change(placement_id, recruiter_id, actor=actor, **body.to_input())
    amount = money.to_major(changed.amount_minor, queries.team(placement_id, viewer=actor).currency)
    return ShareChanged.of(changed, placement_id=placement_id, recruiter_id=recruiter_id, new_amount_earned=amount)


@bp.changes("/placements/calculate-splits", Preview, Permission.SPLITS_PREVIEW)
def calculate_splits(body: PreviewBody) -> Preview:
    """Preview how a fee would be shared; nothing is saved."""
    given = [row.split_percentage for row in body.collaborators]
    if None in given and any(given):
        raise InvalidInput.field("collaborators", "Enter a percentage for every row, or none.")
    rows: list[tuple[str, int | None]] = [
        (row.role, None if row.split_percentage is None else money.percent_to_bp(row.split_percentage))
        for row in body.collaborators
    ]
    made = rules.preview(money.to_minor(body.total_fee, PREVIEW_CURRENCY, field="total_fee"), rows)
    splits = [
        Split(
            role=CollaboratorRole(role),
            split_percentage=money.bp_to_percent(bp),
            amount=money.to_major(amount, PREVIEW_CURRENCY),
        )
        for role, bp, amount in made.shares
    ]
    total = money.bp_to_percent(made.total_bp)
    return Preview(total_fee=body.total_fee, splits=splits, total_split_percentage=total, valid=made.whole)
