"""What a case would be about, by name, for whoever opens one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, select

from portal import access
from portal.domain.disclosure import tag
from portal.domain.disputes import SubjectType
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission
from portal.models import Candidate, Invoice, Job, Organisation, Payout, Placement, Proposal, Recruiter, User
from portal.queries.prepared import prepared

Selected = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Named:
    """What a case is about: always whom, and of payouts and invoices which sum, of whom, under which number."""

    candidate_name: str
    job_title: str = ""
    company_name: str = ""
    payee: str = ""
    role: str = ""
    number: str = ""
    amount_minor: int | None = None
    currency: str | None = None


def named(subject: SubjectType, subject_id: uuid.UUID, *, viewer: Actor) -> Named:
    """Return by name what a case would be about."""
    row = existing(_selected(viewer, subject, subject=subject_id).one_or_none())
    name = row.full_name if row.is_known else tag(row.candidate_id)
    return Named(name, **{key: value for key, value in row._mapping.items() if key in Named.__slots__})


@prepared
def _selected(viewer: Actor, subject: SubjectType) -> Selected:
    about = select(Candidate.id.label("candidate_id"), Candidate.full_name, access.knows(viewer).label("is_known"))
    if subject is SubjectType.CANDIDATE:
        return about.where(Candidate.id == bindparam("subject"))
    if subject is SubjectType.PROPOSAL:
        proposed = _with_job(about.join(Proposal, Proposal.candidate_id == Candidate.id), Proposal)
        return proposed.where(Proposal.id == bindparam("subject"), access.visible(Proposal, viewer))
    placed = _with_job(about.join(Placement, Placement.candidate_id == Candidate.id), Placement)
    placed = placed.where(access.visible(Placement, viewer))
    if subject is SubjectType.PAYOUT:
        return _payout(placed, viewer)
    if subject is SubjectType.INVOICE:
        return _invoice(placed, viewer)
    return placed.where(Placement.id == bindparam("subject"))


def _payout(placed: Selected, viewer: Actor) -> Selected:
    """Add a payout of the viewer's, or of a hire of the viewer's company."""
    left = Payout.left_minor
    named = placed.add_columns(User.name.label("payee"), Payout.role, left.label("amount_minor"), Payout.currency)
    own = Payout.recruiter_id == viewer.recruiter_id if viewer.recruiter_id is not None else false()
    return (
        named.join(Payout, Payout.placement_id == Placement.id)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(Payout.id == bindparam("subject"), own | _of_company(viewer))
    )


def _invoice(placed: Selected, viewer: Actor) -> Selected:
    billed = placed.add_columns(Invoice.number, Invoice.total_minor.label("amount_minor"), Invoice.currency)
    of_placement = billed.join(Invoice, Invoice.placement_id == Placement.id)
    return of_placement.where(Invoice.id == bindparam("subject"), _of_company(viewer))


def _of_company(viewer: Actor) -> ColumnElement[bool]:
    """Select whether the viewer sees the money of a placement for its company."""
    is_own = Placement.company_id == viewer.organisation_id
    return is_own if viewer.has(Permission.INVOICE_VIEW) else false()


def _with_job(query: Selected, of: type[Proposal] | type[Placement]) -> Selected:
    """Add the job and the company of a proposal or a placement."""
    titled = query.add_columns(Job.title.label("job_title"), Organisation.name.label("company_name"))
    return titled.join(Job, Job.id == of.job_id).join(Organisation, Organisation.id == of.company_id)
