"""Precedents: what everybody may read of a ruling, which therefore names nobody (disputes.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import or_, select

from portal.domain import disclosure
from portal.domain.errors import InvalidInput
from portal.models import (
    Candidate,
    Dispute,
    DisputeParty,
    DisputeStatement,
    Membership,
    Organisation,
    Proposal,
    Recruiter,
    User,
)
from portal.queries.candidates.identities import KNOWN_AS, identity
from portal.services.machinery.unit_of_work import UnitOfWork


def refuse_names(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty], text: str) -> None:
    """Refuse a precedent that names the candidate, a party, its people, a company or an agency, or who rules."""
    if not text:
        return
    for name in _people(uow, dispute, rows):
        if disclosure.names(text, name):
            raise _refusal(name)
    for name in _organisations(uow, dispute, rows):
        if name.casefold() in text.casefold():
            raise _refusal(name)


def _refusal(name: str) -> InvalidInput:
    return InvalidInput.field("precedent", f"Everyone can read this; leave out {name}.")


def _recruiters(rows: Sequence[DisputeParty]) -> list[uuid.UUID]:
    return [row.recruiter_id for row in rows if row.recruiter_id is not None]


def _people(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> Iterator[str]:
    candidate = select(Candidate.full_name, KNOWN_AS).where(Candidate.id == dispute.candidate_id)
    yield from (known.full_name for known in identity(uow.session.execute(candidate).one(), "").known_as)
    recruiting = select(Recruiter.user_id).where(Recruiter.id.in_(_recruiters(rows)))
    speaking = select(DisputeStatement.by).where(DisputeStatement.dispute_id == dispute.id)
    of_company = select(Membership.user_id).where(Membership.organisation_id.in_(_companies(dispute, rows)))
    who = or_(*(User.id.in_(people) for people in (recruiting, speaking, of_company)))
    yield from uow.session.scalars(select(User.name).where(who | User.id.in_((dispute.opened_by, uow.actor.user_id))))


def _organisations(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> Sequence[str]:
    agencies = select(Recruiter.agency_id).where(Recruiter.id.in_(_recruiters(rows)))
    proposed_to = select(Proposal.company_id).where(Proposal.candidate_id == dispute.candidate_id)
    which = or_(*(Organisation.id.in_(of) for of in (agencies, proposed_to, _companies(dispute, rows))))
    return uow.session.scalars(select(Organisation.name).where(which)).all()


def _companies(dispute: Dispute, rows: Sequence[DisputeParty]) -> list[uuid.UUID]:
    found = {row.organisation_id for row in rows} | {dispute.company_id}
    return [key for key in found if key is not None]
