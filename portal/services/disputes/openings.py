"""Who may open a case about what, against whom, until when, and what it freezes (disputes.md §1, §3, §6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from portal import access
from portal.domain.billing.payouts import PayoutState
from portal.domain.business_days import deadline
from portal.domain.collaboration import CollaboratorRole
from portal.domain.disputes import OBJECTION_DAYS, OPENING_DAYS, TEAM, FreezeKind, SubjectType
from portal.domain.errors import Conflict, InvalidInput, NotFound, existing
from portal.domain.permissions import Permission
from portal.domain.proposals import ProposalState
from portal.models import (
    CandidateOutreach,
    CandidateSourcer,
    Collaborator,
    Fee,
    Invoice,
    OwnershipConflict,
    Payout,
    Placement,
    Proposal,
    SplitSheet,
    stands,
)
from portal.queries.candidates.records import is_of
from portal.services.candidates.claims import current_claim
from portal.services.disputes import parties
from portal.services.disputes.freezing import SETTLED, Frozen
from portal.services.disputes.parties import Party
from portal.services.machinery.unit_of_work import UnitOfWork

TOO_LATE = "Disputes must be opened within 30 business days; this happened earlier."
FORFEITED = (
    "You must object within 2 business days of seeing the name if you already knew the candidate;"
    " that deadline has passed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a case begins with; without a claimant the platform opens it, and asks everybody.

    `learned_at` is when its claimant learned of what it is about.
    """

    candidate_id: uuid.UUID
    proposal_id: uuid.UUID | None = None
    placement_id: uuid.UUID | None = None
    company_id: uuid.UUID | None = None
    claimant: Party | None
    respondents: tuple[Party, ...]
    learned_at: datetime
    frozen: tuple[Frozen, ...]

    @property
    def parties(self) -> tuple[Party, ...]:
        """Return everybody who takes part, the claimant first."""
        return ((self.claimant,) if self.claimant else ()) + self.respondents


def find(uow: UnitOfWork, subject: SubjectType, subject_id: uuid.UUID) -> Opening:
    """Lock what a case would be about and return what it begins with.

    Raises:
        NotFound: it is not the actor's to fight over.
        Conflict: there is nobody on the other side, or the time for it is over.
    """
    return _FINDERS[subject](uow, subject_id)


def _in_time(uow: UnitOfWork, opening: Opening, days: int = OPENING_DAYS, refusal: str = TOO_LATE) -> Opening:
    by_whom = opening.claimant
    zone = parties.zone_of(uow, by_whom) if by_whom else parties.platform_zone(uow)
    if uow.now >= deadline(opening.learned_at, days, zone):
        raise Conflict(refusal, code="DISPUTE_TOO_LATE")
    return opening


# --- the sourcing credit -------------------------------------------------------------------------------------------


def _ownership(uow: UnitOfWork, candidate_id: uuid.UUID) -> Opening:
    recruiter_id = access.require_recruiter(uow.actor)
    claim = current_claim(uow, candidate_id)
    rivals = _rivals(uow, candidate_id)
    if claim is None or recruiter_id not in {*rivals, claim.recruiter_id}:
        raise NotFound
    owner = claim.recruiter_id
    rivals.pop(owner, None)
    if not rivals:
        raise Conflict(
            "No other recruiter has tried to claim this candidate, so there’s nothing to dispute.",
            code="NOBODY_CONTESTS",
        )
    rival = max(rivals, key=lambda key: rivals[key]) if recruiter_id == owner else recruiter_id
    return _in_time(
        uow,
        Opening(
            candidate_id=candidate_id,
            claimant=Party(recruiter_id=recruiter_id),
            respondents=(Party(recruiter_id=rival if recruiter_id == owner else owner),),
            learned_at=rivals[rival],
            frozen=(Frozen(FreezeKind.CLAIM, claim.id), *_hired_under(uow, claim)),
        ),
    )


def refused_claim(uow: UnitOfWork, conflict_id: uuid.UUID) -> Opening:
    """Lock what a refused claim was about, and return a case between whoever was refused and whoever owns the claim.

    Raises:
        NotFound: no claim was refused so.
        Conflict: the claim that stood ended, or the time for it is over.
    """
    conflict = existing(uow.session.get(OwnershipConflict, conflict_id))
    claim = current_claim(uow, conflict.candidate_id)
    if claim is None or claim.id != conflict.claim_id:
        raise Conflict("The claim in question has ended, so there’s nothing left to decide.", code="CLAIM_ENDED")
    opening = Opening(
        candidate_id=conflict.candidate_id,
        claimant=None,
        respondents=(Party(recruiter_id=conflict.challenger_id), Party(recruiter_id=claim.recruiter_id)),
        learned_at=conflict.at,
        frozen=(Frozen(FreezeKind.CLAIM, claim.id), *_hired_under(uow, claim)),
    )
    return _in_time(uow, opening)


def _rivals(uow: UnitOfWork, candidate_id: uuid.UUID) -> dict[uuid.UUID, datetime]:
    """Return who was refused, proposed the candidate, or recorded an outreach, and when last."""
    found: dict[uuid.UUID, datetime] = {}
    sources = (
        (OwnershipConflict.challenger_id, OwnershipConflict.at, OwnershipConflict.candidate_id),
        (Proposal.recruiter_id, Proposal.proposed_at, Proposal.candidate_id),
        (CandidateOutreach.recruiter_id, CandidateOutreach.sent_at, CandidateOutreach.candidate_id),
    )
    for who, at, of in sources:
        query = select(who, func.max(at)).where(of == candidate_id).group_by(who)
        for recruiter_id, last in uow.session.execute(query):
            found[recruiter_id] = max(last, found.get(recruiter_id, last))
    return found


def _hired_under(uow: UnitOfWork, claim: CandidateSourcer) -> tuple[Frozen, ...]:
    """List the hires in which the claim earned its owner the sourcer's share and of which something is not paid."""
    query = (
        select(Placement.id)
        .join(Collaborator, Collaborator.placement_id == Placement.id)
        .where(
            is_of(Placement.candidate_id, claim.candidate_id),
            Placement.hired_at >= claim.sourced_at,
            Collaborator.recruiter_id == claim.recruiter_id,
            Collaborator.role == CollaboratorRole.SOURCER,
        )
    )
    return _unsettled(uow, query, role=CollaboratorRole.SOURCER)


def _unsettled(uow: UnitOfWork, query: Select[uuid.UUID], role: str | None = None) -> tuple[Frozen, ...]:
    """Limit placements to those whose fee is not paid out, and lock their payouts, as whoever collects them does."""
    paid = select(Payout.id).where(Payout.placement_id == Placement.id)
    unpaid = paid.where(Payout.state.not_in(SETTLED))
    open_ = unpaid.exists() | (~paid.exists())
    ids = uow.session.scalars(query.where(stands(Placement), Placement.state != "failed", open_)).all()
    _lock_money(uow, Payout.placement_id.in_(ids))
    return tuple(Frozen(FreezeKind.PLACEMENT, key, role) for key in ids)


def _lock_money(uow: UnitOfWork, which: ColumnElement[bool]) -> None:
    """Lock payouts as whoever collects them does, and before them their fees, as whoever books does."""
    fee_ids = select(Payout.fee_id).where(which)
    uow.session.execute(select(Fee.id).where(Fee.id.in_(fee_ids)).order_by(Fee.id).with_for_update(key_share=True))
    uow.session.execute(select(Payout.id).where(which).order_by(Payout.id).with_for_update(key_share=True))


# --- already known to the company ------------------------------------------------------------------------------------


def _known_before(uow: UnitOfWork, proposal_id: uuid.UUID) -> Opening:
    proposal = uow.load(Proposal, proposal_id, Permission.PROPOSAL_VIEW)
    if uow.actor.organisation_id != proposal.company_id:
        raise NotFound
    if proposal.state != ProposalState.ACCEPTED or proposal.closed_at is None:
        raise Conflict("You can object only to an accepted proposal; decline an open one instead.", code="WRONG_STATE")
    opening = Opening(
        candidate_id=proposal.candidate_id,
        proposal_id=proposal_id,
        company_id=proposal.company_id,
        claimant=Party(organisation_id=proposal.company_id),
        respondents=(Party(recruiter_id=proposal.recruiter_id),),
        learned_at=proposal.closed_at,
        frozen=(
            Frozen(FreezeKind.PROPOSAL, proposal_id),
            *_unsettled(uow, select(Placement.id).where(Placement.proposal_id == proposal_id)),
        ),
    )
    return _in_time(uow, opening, OBJECTION_DAYS, FORFEITED)


# --- the splits of a placement ---------------------------------------------------------------------------------------


def _splits(uow: UnitOfWork, placement_id: uuid.UUID) -> Opening:
    recruiter_id = access.require_recruiter(uow.actor)
    placement = uow.load(Placement, placement_id, Permission.SPLITS_AMEND)
    team = select(Collaborator.recruiter_id).where(Collaborator.placement_id == placement_id).distinct()
    others = sorted(set(uow.session.scalars(team)) - {recruiter_id})
    if not others:
        raise Conflict("No one else shares in this placement.", code="NOBODY_CONTESTS")
    written = select(func.max(SplitSheet.at)).where(SplitSheet.placement_id == placement_id)
    return _in_time(
        uow,
        _about(
            placement,
            claimant=Party(recruiter_id=recruiter_id),
            respondents=tuple(Party(recruiter_id=key) for key in others),
            learned_at=uow.session.scalars(written).one() or placement.hired_at,
            frozen=(Frozen(FreezeKind.PLACEMENT, placement_id, TEAM),),
        ),
    )


# --- how a placement ended -------------------------------------------------------------------------------------------


def _guarantee(uow: UnitOfWork, placement_id: uuid.UUID) -> Opening:
    placement = uow.load(Placement, placement_id, Permission.PLACEMENT_VIEW)
    team = select(Collaborator.recruiter_id).where(Collaborator.placement_id == placement_id).distinct()
    everybody = [Party(organisation_id=placement.company_id)]
    everybody += [Party(recruiter_id=key) for key in sorted(uow.session.scalars(team))]
    own = {uow.actor.recruiter_id, uow.actor.organisation_id}
    # Of those who see a placement, only its company and its team may open disputes.
    claimant = next(party for party in everybody if (party.recruiter_id or party.organisation_id) in own)
    ended_at = placement.failed_at or placement.completed_at
    if ended_at is None:
        raise Conflict("The guarantee hasn’t ended, so there’s nothing to dispute yet.", code="WRONG_STATE")
    return _in_time(
        uow,
        _about(
            placement,
            claimant=claimant,
            respondents=tuple(party for party in everybody if party != claimant),
            learned_at=ended_at,
            frozen=(Frozen(FreezeKind.PLACEMENT, placement_id),),
        ),
    )


# --- a payout, an invoice --------------------------------------------------------------------------------------------


def _payout(uow: UnitOfWork, payout_id: uuid.UUID) -> Opening:
    """Find a payout of the actor's, or of a hire of the actor's company, which would be credited with what it loses."""
    _lock_money(uow, Payout.id == payout_id)
    payout = uow.session.get(Payout, payout_id)
    if payout is None or payout.recruiter_id is None:
        raise NotFound
    placement = uow.session.get_one(Placement, payout.placement_id)
    recruiter, company = Party(recruiter_id=payout.recruiter_id), Party(organisation_id=placement.company_id)
    claimant = _who_may_dispute(uow, recruiter, company)
    if payout.state in {PayoutState.CANCELLED, PayoutState.REVERSED}:
        raise Conflict("Nothing is left of this payout; dispute the one that replaced it.", code="WRONG_STATE")
    return _in_time(
        uow,
        _about(
            placement,
            claimant=claimant,
            respondents=(company if claimant is recruiter else recruiter,),
            learned_at=payout.paid_at or payout.due_at or uow.now,  # until then each day withholds it anew
            frozen=(Frozen(FreezeKind.PAYOUT, payout_id),),
        ),
    )


def _who_may_dispute(uow: UnitOfWork, recruiter: Party, company: Party) -> Party:
    """Return for which party the actor may dispute a payout."""
    actor = uow.actor
    if actor.recruiter_id is not None and actor.recruiter_id == recruiter.recruiter_id:
        access.require_recruiter(actor)
        return recruiter
    if actor.organisation_id == company.organisation_id and actor.has(Permission.INVOICE_VIEW):
        return company
    raise NotFound


def _invoice(uow: UnitOfWork, invoice_id: uuid.UUID) -> Opening:
    """Find an invoice of the actor's company: the team would bear what is credited."""
    access.require(uow.actor, Permission.INVOICE_VIEW)
    invoice = uow.session.get(Invoice, invoice_id)
    if invoice is None or invoice.company_id != uow.actor.organisation_id:
        raise NotFound
    if uow.session.get_one(Fee, invoice.fee_id).invoice_id != invoice_id:
        raise Conflict("This invoice has been replaced by another; dispute that one.", code="WRONG_STATE")
    shares = select(Payout.recruiter_id).where(Payout.fee_id == invoice.fee_id, Payout.recruiter_id.is_not(None))
    team = sorted({key for key in uow.session.scalars(shares) if key is not None})
    return _in_time(
        uow,
        _about(
            uow.session.get_one(Placement, invoice.placement_id),
            claimant=Party(organisation_id=invoice.company_id),
            respondents=tuple(Party(recruiter_id=key) for key in team),
            learned_at=invoice.issued_at,
            frozen=(Frozen(FreezeKind.PLACEMENT, invoice.placement_id),),
        ),
    )


def _about(
    placement: Placement,
    *,
    claimant: Party,
    respondents: tuple[Party, ...],
    learned_at: datetime,
    frozen: tuple[Frozen, ...],
) -> Opening:
    return Opening(
        candidate_id=placement.candidate_id,
        proposal_id=placement.proposal_id,
        placement_id=placement.id,
        company_id=placement.company_id,
        claimant=claimant,
        respondents=respondents,
        learned_at=learned_at,
        frozen=frozen,
    )


_FINDERS: dict[SubjectType, Callable[[UnitOfWork, uuid.UUID], Opening]] = {
    SubjectType.CANDIDATE: _ownership,
    SubjectType.PROPOSAL: _known_before,
    SubjectType.PLACEMENT: _splits,
    SubjectType.GUARANTEE: _guarantee,
    SubjectType.PAYOUT: _payout,
    SubjectType.INVOICE: _invoice,
}


def read_subject(value: str) -> SubjectType:
    """Read what a case is about."""
    named = ", ".join(_FINDERS)
    if value not in set(_FINDERS):
        raise InvalidInput.field("subject", f"Choose one of these: {named}.")
    return SubjectType(value)
