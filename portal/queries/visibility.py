"""Whether a person can know about the objects that an address names, before anything else is checked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, select, true

from portal.access import visible
from portal.domain.permissions import Actor, Role
from portal.extensions import reading
from portal.models import (
    Candidate,
    CreditNote,
    Dispute,
    Interview,
    Invoice,
    Job,
    Notice,
    Organisation,
    Payout,
    Placement,
    Proposal,
    ProposalQuestion,
    Receipt,
    Recruiter,
    SplitAmendment,
)

_OBJECTS: dict[str, Any] = {
    "candidate_id": Candidate,
    "job_id": Job,
    "proposal_id": Proposal,
    "placement_id": Placement,
}
NAMED = (*_OBJECTS, "question_id", "interview_id", "amendment_id", "recruiter_id", "notice_id")
NOBODY = uuid.UUID(int=0)
# What some roles never see, whoever owns it: they are refused by its address alone, as not permitted.
BEHIND_A_ROLE = ("dispute_id", "invoice_id", "receipt_id", "credit_note_id", "payout_id", "organisation_id")


def sees(
    viewer: Actor, ids: Mapping[str, object], *, candidates_by_id: bool = False, has_the_role: bool = False
) -> bool:
    """Return whether the viewer can know about all these objects; the name of someone else's reveals nothing.

    With `candidates_by_id`, whoever names a candidate may ask for the credit, seen or not (domain.md §2).
    """
    named = (*NAMED, *BEHIND_A_ROLE) if has_the_role else NAMED
    queries = [
        _one(viewer, name, value, candidates_by_id=candidates_by_id) for name, value in ids.items() if name in named
    ]
    return all(reading().execute(query.limit(1)).one_or_none() is not None for query in queries)


def _one(viewer: Actor, name: str, value: object, *, candidates_by_id: bool) -> Select[Any]:
    match name:
        case "question_id":
            asked = select(ProposalQuestion.id).join(Proposal, Proposal.id == ProposalQuestion.proposal_id)
            return asked.where(ProposalQuestion.id == value, visible(Proposal, viewer))
        case "interview_id":
            held = select(Interview.id).join(Proposal, Proposal.id == Interview.proposal_id)
            return held.where(Interview.id == value, visible(Proposal, viewer))
        case "amendment_id":
            amended = select(SplitAmendment.id).join(Placement, Placement.id == SplitAmendment.placement_id)
            return amended.where(SplitAmendment.id == value, visible(Placement, viewer))
        case "recruiter_id":
            return select(Recruiter.id).where(Recruiter.id == value)
        case "notice_id":
            return select(Notice.id).where(Notice.id == value, Notice.user_id == viewer.user_id)
        case "dispute_id":
            return select(Dispute.id).where(Dispute.id == value, visible(Dispute, viewer))
        case "invoice_id" | "receipt_id" | "credit_note_id" | "payout_id":
            return _of_money(viewer, name, value)
        case "organisation_id":
            return select(Organisation.id).where(Organisation.id == value, _own(viewer, Organisation.id))
    model = _OBJECTS[name]
    found = select(model.id).where(model.id == value)
    return found if candidates_by_id and model is Candidate else found.where(visible(model, viewer))


def _of_money(viewer: Actor, name: str, value: object) -> Select[Any]:
    match name:
        case "invoice_id":
            return select(Invoice.id).where(Invoice.id == value, _own(viewer, Invoice.company_id))
        case "receipt_id":
            return select(Receipt.id).where(Receipt.id == value, _own(viewer, Receipt.company_id))
        case "credit_note_id":
            credited = select(CreditNote.id).join(Invoice, Invoice.id == CreditNote.invoice_id)
            return credited.where(CreditNote.id == value, _own(viewer, Invoice.company_id))
    return select(Payout.id).where(Payout.id == value, _paid_to(viewer))


def _own(viewer: Actor, organisation: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    return true() if Role.PLATFORM_ADMIN in viewer.roles else organisation == viewer.organisation_id


def _paid_to(viewer: Actor) -> ColumnElement[bool]:
    return true() if Role.PLATFORM_ADMIN in viewer.roles else Payout.recruiter_id == (viewer.recruiter_id or NOBODY)
