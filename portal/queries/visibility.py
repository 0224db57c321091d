"""Whether a person may know of the objects that an address names, before anything else is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from portal.access import visible
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, Job, Notice, Placement, Proposal, ProposalQuestion, Recruiter, SplitAmendment

_OBJECTS: dict[str, Any] = {
    "candidate_id": Candidate,
    "job_id": Job,
    "proposal_id": Proposal,
    "placement_id": Placement,
}
NAMED = (*_OBJECTS, "question_id", "amendment_id", "recruiter_id", "notice_id")


def sees(viewer: Actor, ids: Mapping[str, object], *, candidates_by_id: bool = False) -> bool:
    """Return whether the viewer may know of all these objects; a name that is none of theirs tells nothing.

    With `candidates_by_id`, whoever names a candidate may ask for the credit, seen or not (domain.md §2).
    """
    queries = [
        _one(viewer, name, value, candidates_by_id=candidates_by_id) for name, value in ids.items() if name in NAMED
    ]
    return all(reading().execute(query.limit(1)).one_or_none() is not None for query in queries)


def _one(viewer: Actor, name: str, value: object, *, candidates_by_id: bool) -> Select[Any]:
    match name:
        case "question_id":
            asked = select(ProposalQuestion.id).join(Proposal, Proposal.id == ProposalQuestion.proposal_id)
            return asked.where(ProposalQuestion.id == value, visible(Proposal, viewer))
        case "amendment_id":
            amended = select(SplitAmendment.id).join(Placement, Placement.id == SplitAmendment.placement_id)
            return amended.where(SplitAmendment.id == value, visible(Placement, viewer))
        case "recruiter_id":
            return select(Recruiter.id).where(Recruiter.id == value)
        case "notice_id":
            return select(Notice.id).where(Notice.id == value, Notice.user_id == viewer.user_id)
    model = _OBJECTS[name]
    found = select(model.id).where(model.id == value)
    return found if candidates_by_id and model is Candidate else found.where(visible(model, viewer))
