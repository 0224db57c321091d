"""A person has one running placement, under however many records (domain.md §4)."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.domain import placements as rules
from portal.models import Placement
from portal.queries.candidates.records import records_of
from portal.services.machinery.unit_of_work import UnitOfWork


def another(uow: UnitOfWork, candidate_id: uuid.UUID, proposal_id: uuid.UUID) -> bool:
    """Return whether a candidate has a running placement that another proposal led to.

    The candidate's records are locked first, so that of two hires at once the later sees the earlier.
    """
    records = uow.session.scalars(records_of(candidate_id).with_for_update()).all()
    running = select(Placement.id).where(
        Placement.candidate_id.in_(records),
        Placement.state.in_((*rules.SPLITS_OPEN, *rules.GUARANTEED)),
        Placement.proposal_id != proposal_id,
    )
    return uow.session.scalars(running.limit(1)).one_or_none() is not None
