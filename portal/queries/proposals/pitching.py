"""What a proposal begins with: who can be proposed for a job, why the others cannot, and what they expect to earn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, false, select

from portal.access import visible
from portal.domain.money import to_major
from portal.domain.ownership import written
from portal.domain.permissions import Actor
from portal.domain.proposals import EXCLUSIVE
from portal.extensions import reading
from portal.models import Candidate, Proposal
from portal.queries.candidates.ownership import IS_MERGED, Claim, current_claim
from portal.queries.candidates.records import is_of
from portal.queries.proposals.disclosure import KNOWN, CompanyView, view_of

SECOND = "Merged into another record. Propose the main record."
CLAIM_FIRST = "You don’t have an active claim. Claim the candidate first."
PROPOSED = "Already proposed for this job."


@dataclass(frozen=True, slots=True)
class Expected:
    """The yearly salary that a candidate's profile names, None when it names none."""

    minor: int | None
    currency: str | None

    def within(self, currency: str) -> Decimal | None:
        """Return it in major units, None when it is in another currency."""
        return None if self.minor is None or currency != self.currency else to_major(self.minor, currency)


NOTHING_EXPECTED = Expected(None, None)


@dataclass(frozen=True, slots=True)
class Proposable:
    """A candidate who was chosen, and why the viewer cannot propose this one for the job, or an empty text.

    The view is what the company reads of the candidate and the pitch.
    """

    id: uuid.UUID
    name: str
    title: str
    refusal: str
    expected: Expected
    view: CompanyView


def expected(candidate_id: uuid.UUID | None, *, viewer: Actor) -> Expected:
    """Return what a candidate expects to earn, as far as the viewer sees it."""
    if candidate_id is None:
        return NOTHING_EXPECTED
    query = select(*_EXPECTED).where(Candidate.id == candidate_id, visible(Candidate, viewer))
    row = reading().execute(query).one_or_none()
    return Expected(*row) if row else NOTHING_EXPECTED


_EXPECTED = (Candidate.expected_salary_minor, Candidate.currency)


def chosen(pitches: Mapping[uuid.UUID, str], *, viewer: Actor, job_id: uuid.UUID | None) -> tuple[Proposable, ...]:
    """Return those of these candidates whom the viewer sees, by name; without a job only their claims count."""
    same = is_of(Proposal.candidate_id, Candidate.id)
    pair = exists().where(same, Proposal.job_id == job_id, Proposal.state.in_(EXCLUSIVE))
    proposed = (false() if job_id is None else pair.correlate(Candidate)).label("proposed")
    query = (
        select(*KNOWN, IS_MERGED, proposed, *_EXPECTED)
        .add_columns(Claim.recruiter_id.label("owner_id"), Claim.protection_expires_at.label("ends"))
        .outerjoin(Claim, current_claim())
        .where(Candidate.id.in_(pitches), visible(Candidate, viewer))
        .order_by(Candidate.full_name, Candidate.id)
    )
    return tuple(
        Proposable(
            row.id,
            row.full_name,
            row.title,
            _refusal(row, viewer),
            Expected(row.expected_salary_minor, row.currency),
            view_of(row, pitches[row.id]),
        )
        for row in reading().execute(query)
    )


def _refusal(row: Any, viewer: Actor) -> str:
    if row.merged:
        return SECOND
    if row.ends is None or row.ends <= viewer.now:
        return CLAIM_FIRST
    if row.owner_id != viewer.recruiter_id:
        return f"Claimed by another recruiter until {written(row.ends)}."
    return PROPOSED if row.proposed else ""
