"""Lists of proposals, endpoints 21 and 22, and the run of time-outs, endpoint 23."""

from __future__ import annotations

import uuid

from portal.api.endpoint import Api, Described
from portal.api.types import Limit, Offset, Out, Query, Time
from portal.domain.permissions import Permission
from portal.domain.proposals import ProposalState
from portal.policy import current_actor
from portal.queries import jobs
from portal.queries.proposals import proposals as queries
from portal.services import proposals

bp = Api("proposal_lists", __name__)
TAG = "Proposals"


class OfRecruiterOut(Out):
    """A line in a recruiter's list."""

    id: uuid.UUID
    candidate_name: str
    job_title: str
    state: ProposalState
    proposed_at: Time


class RecruiterProposalsOut(Out):
    """A recruiter's proposals, newest first."""

    recruiter_id: uuid.UUID
    total: int
    proposals: list[OfRecruiterOut]


class ProposalLine(OfRecruiterOut):
    """A line of the list of all that the caller may see."""

    company_name: str
    recruiter_name: str
    expires_at: Time


class ProposalsOut(Out):
    """Proposals that the caller may see, newest first."""

    total: int
    proposals: list[ProposalLine]


class OfJobOut(Out):
    """A line in a job's list."""

    id: uuid.UUID
    candidate_name: str
    recruiter_name: str
    state: ProposalState
    proposed_at: Time
    expires_at: Time


class JobProposalsOut(Out):
    """A job's proposals, newest first."""

    job_id: uuid.UUID
    job_title: str
    total: int
    proposals: list[OfJobOut]


class RecruiterProposalsQuery(Query):
    """Which of a recruiter's proposals."""

    state: ProposalState | None = None
    job_id: uuid.UUID | None = None
    limit: Limit = 50
    offset: Offset = 0


class JobProposalsQuery(Query):
    """Which of a job's proposals."""

    state: ProposalState | None = None
    limit: Limit = 50
    offset: Offset = 0


class TimedOutOut(Out):
    """A proposal that timed out."""

    id: uuid.UUID
    candidate_name: str
    job_title: str
    proposed_at: Time
    expired_at: Time


class TimeoutsOut(Out):
    """What a run timed out; the first hundred are listed."""

    processed: int
    timed_out_proposals: list[TimedOutOut]


@bp.endpoint(
    "/proposals",
    described=Described(tag=TAG, out=ProposalsOut, permission=Permission.PROPOSAL_VIEW, query=JobProposalsQuery),
)
def list_proposals(query: JobProposalsQuery) -> dict[str, object]:
    """List the proposals that the caller may see, newest first."""
    found = queries.everything(viewer=current_actor(), state=query.state, limit=query.limit, offset=query.offset)
    return {"total": found.total, "proposals": list(found.rows)}


@bp.endpoint(
    "/recruiters/<uuid:recruiter_id>/proposals",
    described=Described(
        tag=TAG, out=RecruiterProposalsOut, permission=Permission.PROPOSAL_VIEW, query=RecruiterProposalsQuery
    ),
)
def list_recruiter_proposals(recruiter_id: uuid.UUID, query: RecruiterProposalsQuery) -> dict[str, object]:
    """List a recruiter's proposals: one's own, a company those to its jobs."""
    found = queries.for_recruiter(
        recruiter_id,
        viewer=current_actor(),
        state=query.state,
        job_id=query.job_id,
        limit=query.limit,
        offset=query.offset,
    )
    return {
        "recruiter_id": recruiter_id,
        "total": found.total,
        "proposals": list(found.rows),
    }


@bp.endpoint(
    "/jobs/<uuid:job_id>/proposals",
    described=Described(tag=TAG, out=JobProposalsOut, permission=Permission.PROPOSAL_DECIDE, query=JobProposalsQuery),
)
def list_job_proposals(job_id: uuid.UUID, query: JobProposalsQuery) -> dict[str, object]:
    """List the proposals to a job of the own company."""
    viewer = current_actor()
    title = jobs.title_of(job_id, viewer=viewer)
    found = queries.for_job(job_id, viewer=viewer, state=query.state, limit=query.limit, offset=query.offset)
    return {
        "job_id": job_id,
        "job_title": title,
        "total": found.total,
        "proposals": list(found.rows),
    }


@bp.endpoint(
    "/proposals/process-timeouts",
    method="POST",
    described=Described(tag=TAG, out=TimeoutsOut, permission=Permission.PROPOSAL_EXPIRE),
)
def process_timeouts() -> dict[str, object]:
    """Time out what is overdue, as the job does every minute."""
    actor = current_actor()
    done = proposals.expire_due(actor=actor)
    rows = queries.timed_out(done.first, viewer=actor)
    listed = [
        {
            "id": row.id,
            "candidate_name": row.candidate_name,
            "job_title": row.job_title,
            "proposed_at": row.proposed_at,
            "expired_at": row.closed_at,
        }
        for row in rows
    ]
    return {"processed": done.processed, "timed_out_proposals": listed}
