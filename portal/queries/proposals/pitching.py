"""Several candidates for one job: who can be proposed for it, and why the others cannot."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, false, select

from portal.access import visible
from portal.domain.ownership import written
from portal.domain.permissions import Actor
from portal.domain.proposals import EXCLUSIVE
from portal.extensions import reading
from portal.models import Candidate, Proposal
from portal.queries.candidates.ownership import IS_MERGED, Claim, current_claim

SECOND = "Merged into another record. Propose the main record."
CLAIM_FIRST = "You don’t have an active claim. Claim the candidate first."
PROPOSED = "Already proposed for this job."


@dataclass(frozen=True, slots=True)
class Proposable:
    """A candidate who was chosen, and why the viewer cannot propose this one for the job, or an empty text."""

    id: uuid.UUID
    name: str
    title: str
    refusal: str


def chosen(candidate_ids: Collection[uuid.UUID], *, viewer: Actor, job_id: uuid.UUID | None) -> tuple[Proposable, ...]:
    """Return those of these candidates whom the viewer sees, by name; without a job only their claims count."""
    pair = exists().where(
        Proposal.candidate_id == Candidate.id, Proposal.job_id == job_id, Proposal.state.in_(EXCLUSIVE)
    )
    proposed = (false() if job_id is None else pair.correlate(Candidate)).label("proposed")
    query = (
        select(Candidate.id, Candidate.full_name, Candidate.title, IS_MERGED, proposed)
        .add_columns(Claim.recruiter_id.label("owner_id"), Claim.protection_expires_at.label("ends"))
        .outerjoin(Claim, current_claim())
        .where(Candidate.id.in_(candidate_ids), visible(Candidate, viewer))
        .order_by(Candidate.full_name, Candidate.id)
    )
    return tuple(
        Proposable(row.id, row.full_name, row.title, _refusal(row, viewer)) for row in reading().execute(query)
    )


def _refusal(row: Any, viewer: Actor) -> str:
    if row.merged:
        return SECOND
    if row.ends is None or row.ends <= viewer.now:
        return CLAIM_FIRST
    if row.owner_id != viewer.recruiter_id:
        return f"Claimed by another recruiter until {written(row.ends)}."
    return PROPOSED if row.proposed else ""
