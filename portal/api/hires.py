"""Placements as such: the list, one of them, and the hire that begins it."""

from __future__ import annotations

import uuid
from datetime import date

from portal.api.endpoint import Api, Created, Described
from portal.api.types import Body, Limit, Money, MoneyOut, Out, Percentage, PercentageOut, Query, Time
from portal.domain import money
from portal.domain.permissions import Permission
from portal.domain.placements import PlacementState
from portal.policy import current_actor
from portal.queries.placements import listing
from portal.queries.placements import placements as queries
from portal.queries.proposals import detail
from portal.services.placements import placements

bp = Api("hires", __name__)
TAG = "Placement Lifecycle"


class HireBody(Body):
    """Hire from an accepted proposal; without a fee percentage the job's applies."""

    proposal_id: uuid.UUID
    salary: Money
    fee_percentage: Percentage | None = None
    start_date: date | None = None


class PlacementOut(Out):
    """A placement as the caller may see it."""

    id: uuid.UUID
    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    candidate_name: str
    job_id: uuid.UUID
    job_title: str
    company_id: uuid.UUID
    company_name: str
    state: PlacementState
    currency: str
    salary: MoneyOut
    fee_percentage: PercentageOut | None
    total_fee: MoneyOut
    hired_at: Time
    start_date: date | None
    guarantee_days: int | None
    guarantee_end_date: date | None
    allowed_actions: list[str]


class PlacementLine(Out):
    """A line of the list; `own_amount` is the caller's share, null for who has none."""

    id: uuid.UUID
    candidate_name: str
    job_title: str
    company_name: str
    state: PlacementState
    currency: str
    total_fee: MoneyOut
    own_amount: MoneyOut | None
    hired_at: Time
    start_date: date | None
    guarantee_end_date: date | None


class PlacementsOut(Out):
    """The placements that the caller may see, newest first; `next_cursor` leads to older ones."""

    placements: list[PlacementLine]
    next_cursor: uuid.UUID | None


class PlacementsQuery(Query):
    """Which placements."""

    state: PlacementState | None = None
    cursor: uuid.UUID | None = None
    limit: Limit = 50


def _shown(placement_id: uuid.UUID) -> dict[str, object]:
    found = queries.detail(placement_id, viewer=current_actor())
    fee = None if found.fee_bp is None else money.bp_to_percent(found.fee_bp)
    same = PlacementOut.model_fields.keys() - {"salary", "fee_percentage", "total_fee"}
    return {
        **{name: getattr(found, name) for name in same},
        "salary": money.to_major(found.salary_minor, found.currency),
        "fee_percentage": fee,
        "total_fee": money.to_major(found.fee_minor, found.currency),
    }


@bp.endpoint(
    "/placements",
    method="POST",
    described=Described(
        tag=TAG,
        out=PlacementOut,
        permission=Permission.PLACEMENT_CHANGE,
        status=201,
        body=HireBody,
        conflicts=("NOT_ACCEPTED", "ALREADY_HIRED"),
        names={"salary_minor": "salary", "fee_bp": "fee_percentage"},
    ),
)
def hire(body: HireBody) -> Created:
    """Record the hire of an accepted proposal."""
    actor = current_actor()
    placement_id = placements.hire(
        body.proposal_id,
        actor=actor,
        salary_minor=money.to_minor(body.salary, detail.detail(body.proposal_id, viewer=actor).currency),
        fee_bp=None if body.fee_percentage is None else money.percent_to_bp(body.fee_percentage),
        start_date=body.start_date,
    )
    return Created(_shown(placement_id), f"/api/placements/{placement_id}")


@bp.endpoint(
    "/placements",
    described=Described(tag=TAG, out=PlacementsOut, permission=Permission.PLACEMENT_VIEW, query=PlacementsQuery),
)
def list_placements(query: PlacementsQuery) -> dict[str, object]:
    """List the placements that the caller may see."""
    page = listing.page(current_actor(), state=query.state, older_than=query.cursor, limit=query.limit)
    return {"placements": [_line(row) for row in page.rows], "next_cursor": page.older}


def _line(row: listing.PlacementRow) -> dict[str, object]:
    own = None if row.own_minor is None else money.to_major(row.own_minor, row.currency)
    same = PlacementLine.model_fields.keys() - {"total_fee", "own_amount"}
    return {
        **{name: getattr(row, name) for name in same},
        "total_fee": money.to_major(row.fee_minor, row.currency),
        "own_amount": own,
    }


@bp.endpoint(
    "/placements/<uuid:placement_id>",
    described=Described(tag=TAG, out=PlacementOut, permission=Permission.PLACEMENT_VIEW),
)
def get_placement(placement_id: uuid.UUID) -> dict[str, object]:
    """Show a placement."""
    return _shown(placement_id)
