"""The parties of a case, by whose clock each is asked, and what the events of a case refer to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select

from portal.domain.errors import NotPermitted
from portal.models import Dispute, DisputeParty, Organisation
from portal.queries.disputes import zones
from portal.services.machinery.unit_of_work import UnitOfWork

NO_PARTY = NotPermitted("Only the parties to a dispute can do this.")


@dataclass(frozen=True, slots=True)
class Party:
    """A recruiter or a company."""

    recruiter_id: uuid.UUID | None = None
    organisation_id: uuid.UUID | None = None

    @property
    def key(self) -> str:
        """Return what names the party within a pair."""
        return str(self.recruiter_id or self.organisation_id)


class About(TypedDict):
    """What every event of a case refers to."""

    organisation_id: uuid.UUID | None
    dispute_id: uuid.UUID
    subject_type: str
    candidate_id: uuid.UUID
    proposal_id: uuid.UUID | None
    placement_id: uuid.UUID | None
    recruiter_ids: tuple[uuid.UUID, ...]
    company_ids: tuple[uuid.UUID, ...]


def about(dispute: Dispute, parties: Sequence[DisputeParty]) -> About:
    """Return what every event of a case refers to."""
    return About(
        organisation_id=dispute.company_id,
        dispute_id=dispute.id,
        subject_type=dispute.subject_type,
        candidate_id=dispute.candidate_id,
        proposal_id=dispute.proposal_id,
        placement_id=dispute.placement_id,
        recruiter_ids=tuple(p.recruiter_id for p in parties if p.recruiter_id is not None),
        company_ids=tuple(p.organisation_id for p in parties if p.organisation_id is not None),
    )


def of(uow: UnitOfWork, dispute_id: uuid.UUID) -> Sequence[DisputeParty]:
    """Return the parties of a case, who opened it first."""
    query = select(DisputeParty).where(DisputeParty.dispute_id == dispute_id)
    return uow.session.scalars(query.order_by(DisputeParty.side, DisputeParty.id)).all()


def own(uow: UnitOfWork, parties: Sequence[DisputeParty]) -> DisputeParty:
    """Return the party for which the actor speaks."""
    for party in parties:
        if party.recruiter_id is not None and party.recruiter_id == uow.actor.recruiter_id:
            return party
        if party.organisation_id is not None and party.organisation_id == uow.actor.organisation_id:
            return party
    raise NO_PARTY


def zone_of(uow: UnitOfWork, party: Party) -> str:
    """Return the time zone of a party: of its organization, else of the person, else of the platform."""
    if party.organisation_id is None:
        return str(uow.session.scalars(zones.of_recruiter(party.recruiter_id)).one())
    query = select(zones.of_organisation()).where(Organisation.id == party.organisation_id)
    return str(uow.session.scalars(query).one())


def platform_zone(uow: UnitOfWork) -> str:
    """Return the time zone in which the platform counts its own days."""
    return uow.session.scalars(zones.of_platform()).one()
