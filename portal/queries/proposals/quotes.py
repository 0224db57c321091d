"""What a proposal would pay, before it is made."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain import money
from portal.domain.billing.terms import Terms, expected_fee
from portal.domain.collaboration import WEIGHTS_BP, CollaboratorRole
from portal.domain.permissions import Actor
from portal.queries import jobs
from portal.queries.billing import terms
from portal.queries.jobs import JobDetail
from portal.queries.proposals.proposals import ResponseRecord, response_record


@dataclass(frozen=True, slots=True)
class Quote:
    """The estimate for a recruiter who sources and submits; amounts are None without a salary."""

    job: JobDetail
    terms: Terms
    salary_minor: int | None
    fee_minor: int | None
    platform_minor: int | None
    sourcer_minor: int | None
    submitter_minor: int | None
    expires_at: datetime
    record: ResponseRecord


def quote(job_id: uuid.UUID, *, viewer: Actor, salary: Callable[[str], int | None]) -> Quote:
    """Estimate fee, shares and deadline of a proposal; `salary` gives the expected one in a currency's minor units."""
    job = jobs.detail(job_id, viewer=viewer)
    wanted = salary(job.currency)
    offered = terms.of_job(job_id, viewer=viewer).terms
    fee = expected_fee(offered, wanted)
    deadline = viewer.now + timedelta(days=job.offered_proposal_days)
    return Quote(
        job, offered, wanted, fee, *_parts(fee, offered.platform_bp), deadline, response_record(job.company_id)
    )


def _parts(fee: int | None, platform_bp: int) -> tuple[int | None, int | None, int | None]:
    """Return the parts of the platform, the sourcer and the submitter."""
    if fee is None:
        return None, None, None
    platform = money.share_of(fee, platform_bp)
    weights = [WEIGHTS_BP[role] for role in (CollaboratorRole.SOURCER, CollaboratorRole.SUBMITTER)]
    sourcer, submitter = money.allocate_shares(fee - platform, weights)
    return platform, sourcer, submitter
