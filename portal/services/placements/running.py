"""A candidate has one running placement (domain.md §4)."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.domain import placements as rules
from portal.models import Candidate, Placement
from portal.services.machinery.unit_of_work import UnitOfWork


def another(uow: UnitOfWork, candidate_id: uuid.UUID, proposal_id: uuid.UUID) -> bool:
    """Return whether a candidate has a running placement that another proposal led to.

    The candidate's row is locked first, so that of two hires at once the later sees the earlier.
    """
    uow.session.execute(select(Candidate.id).where(Candidate.id == candidate_id).with_for_update())
    running = select(Placement.id).where(
        Placement.candidate_id == candidate_id,
        Placement.state.in_((*rules.SPLITS_OPEN, *rules.GUARANTEED)),
        Placement.proposal_id != proposal_id,
    )
    return uow.session.scalars(running.limit(1)).one_or_none() is not None
