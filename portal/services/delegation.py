"""Handing a proposal to a colleague and back (domain.md §3): it says who sees to it, and takes nobody's right away."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import ProposalDelegated, ProposalHandedBack
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import OPEN
from portal.models import Proposal, ProposalAssignment
from portal.queries.proposals import assignments
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.proposals import about, refuse_own


def delegate(proposal_id: uuid.UUID, *, actor: Actor, user_id: uuid.UUID | None) -> uuid.UUID:
    """Hand a proposal that waits for a decision to somebody of its company, who is told, and return its id.

    Raises:
        InvalidInput: this is nobody of the company who decides.
        NotPermitted: the actor made the proposal or shares in it.
        Conflict: it is decided, or this person has it already.
    """
    with unit_of_work(actor) as uow:
        proposal = uow.load(Proposal, proposal_id, Permission.PROPOSAL_DECIDE)
        refuse_own(uow, proposal)
        if proposal.state not in OPEN:
            raise Conflict("Only a proposal waiting for a decision can be handed over.", code="WRONG_STATE")
        if user_id is None or uow.session.scalar(assignments.among_deciders(proposal.company_id, [user_id])) is None:
            raise InvalidInput.field("user_id", "Choose someone at the company.")
        if not _assign(uow, proposal, user_id):
            raise Conflict("This person is already handling it.", code="ALREADY_DELEGATED")
        uow.record(ProposalDelegated(**about(proposal), user_id=user_id))
        return proposal.id


def hand_back(proposal_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Hand a proposal back, which whoever handed it over is told, and return its id.

    Raises:
        Conflict: the actor has it not in hand, or it is decided.
    """
    with unit_of_work(actor) as uow:
        proposal = uow.load(Proposal, proposal_id, Permission.PROPOSAL_DECIDE)
        if proposal.state not in OPEN:
            raise Conflict(
                "This proposal has already been decided, so there is nothing to hand back.", code="WRONG_STATE"
            )
        own = (ProposalAssignment.proposal_id == proposal_id, ProposalAssignment.assigned_to == actor.user_id)
        giver = uow.session.scalar(delete(ProposalAssignment).where(*own).returning(ProposalAssignment.assigned_by))
        if giver is None:
            raise Conflict("You aren’t handling this proposal.", code="NOT_IN_HAND")
        uow.record(ProposalHandedBack(**about(proposal), user_id=giver, former_user_id=actor.user_id, has_left=False))
        return proposal.id


def release(uow: UnitOfWork, user_id: uuid.UUID, company_id: uuid.UUID) -> None:
    """Let whoever left a company have nothing of it in hand, and tell who had handed it over."""
    of_company = select(Proposal.id).where(Proposal.company_id == company_id)
    had = (ProposalAssignment.assigned_to == user_id, ProposalAssignment.proposal_id.in_(of_company))
    gone = delete(ProposalAssignment).where(*had)
    rows = uow.session.execute(gone.returning(ProposalAssignment.proposal_id, ProposalAssignment.assigned_by))
    givers = {row.proposal_id: row.assigned_by for row in rows}
    waiting = select(Proposal).where(Proposal.id.in_(givers), Proposal.state.in_(OPEN)).order_by(Proposal.id)
    for proposal in uow.session.scalars(waiting):
        giver = givers[proposal.id]
        uow.record(ProposalHandedBack(**about(proposal), user_id=giver, former_user_id=user_id, has_left=True))


def _assign(uow: UnitOfWork, proposal: Proposal, user_id: uuid.UUID) -> bool:
    """Return whether somebody else, or nobody, had it."""
    said = {"assigned_to": user_id, "assigned_by": uow.actor.user_id, "assigned_at": uow.now}
    had = select(ProposalAssignment.assigned_to).where(ProposalAssignment.proposal_id == proposal.id)
    if uow.session.scalar(had) == user_id:
        return False
    new = insert(ProposalAssignment).values(proposal_id=proposal.id, **said)
    uow.session.execute(new.on_conflict_do_update(index_elements=["proposal_id"], set_=said))
    return True
