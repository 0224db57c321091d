"""Handing a proposal to a colleague (domain.md §3): it says who sees to it, and takes nobody's right away."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import ProposalDelegated
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
            raise Conflict("Only a proposal that waits for a decision is handed over.", code="WRONG_STATE")
        if user_id is None or uow.session.scalar(assignments.among_deciders(proposal.company_id, [user_id])) is None:
            raise InvalidInput.field("user_id", "Choose somebody of the company.")
        if not _assign(uow, proposal, user_id):
            raise Conflict("This person has it already.", code="ALREADY_DELEGATED")
        uow.record(ProposalDelegated(**about(proposal), user_id=user_id))
        return proposal.id


def _assign(uow: UnitOfWork, proposal: Proposal, user_id: uuid.UUID) -> bool:
    """Return whether somebody else, or nobody, had it."""
    said = {"assigned_to": user_id, "assigned_by": uow.actor.user_id, "assigned_at": uow.now}
    had = select(ProposalAssignment.assigned_to).where(ProposalAssignment.proposal_id == proposal.id)
    if uow.session.scalar(had) == user_id:
        return False
    new = insert(ProposalAssignment).values(proposal_id=proposal.id, **said)
    uow.session.execute(new.on_conflict_do_update(index_elements=["proposal_id"], set_=said))
    return True
