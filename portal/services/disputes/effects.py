"""What rulings do: through the services that do it otherwise, in the transaction of the ruling (disputes.md §6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.domain.collaboration import Agreed, CollaboratorRole, agreed_lines
from portal.domain.disputes import AGAINST_PLATFORM, IN_PERCENT, Effect, FreezeKind, SubjectType
from portal.domain.errors import Conflict
from portal.domain.placements import PlacementState
from portal.models import (
    CandidateSourcer,
    Collaborator,
    Dispute,
    DisputeFreeze,
    DisputeParty,
    DisputeRuling,
    Placement,
    stands,
)
from portal.queries.candidates.records import is_of
from portal.services import proposals
from portal.services.billing import awards
from portal.services.candidates import ownership
from portal.services.machinery.unit_of_work import UnitOfWork
from portal.services.placements import amendments, undoing

WON_ELSEWHERE = Conflict(
    "Another dispute gave this sourcing credit to someone who isn’t a party here, so leave it as it is.",
    code="CLAIM_ENDED",
)
_OF_MONEY = (SubjectType.GUARANTEE, *AGAINST_PLATFORM)  # what could not be taken back waits until no appeal is possible


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling on a locked case; `lines` and `percent_bp` are its figures, `first` is appealed against."""

    dispute: Dispute
    parties: Sequence[DisputeParty]
    effect: Effect
    reason: str
    lines: tuple[Agreed, ...] = ()
    percent_bp: int = 0
    first: DisputeRuling | None = None


def act(uow: UnitOfWork, ruled: Ruled) -> dict[str, object]:
    """Do at once what a ruling does to sourcing credit and split sheets, and return its figures; the rest waits.

    A second ruling takes back what the first one did and it does not.
    """
    if ruled.dispute.subject_type in _OF_MONEY:
        return _check_award(uow, ruled)
    did = None if ruled.first is None else ruled.first.effect
    if did == Effect.SHARE:
        _share(uow, ruled, 0)
    heir = _transfer(uow, ruled) if (ruled.effect is Effect.TRANSFER) is not (did == Effect.TRANSFER) else None
    if ruled.effect is Effect.TRANSFER:
        return {"to": str(heir)} if ruled.first is None or heir else ruled.first.figures
    if ruled.effect is Effect.SHARE:
        return {"percent_bp": ruled.percent_bp, "to": str(_share(uow, ruled, ruled.percent_bp))}
    if ruled.effect is Effect.AMEND:
        return _amend(uow, ruled, ruled.lines)
    if ruled.first is not None and did == Effect.AMEND:
        return _amend(uow, ruled, agreed_lines({"lines": ruled.first.figures["before"]}))
    return {}


def _check_award(uow: UnitOfWork, ruled: Ruled) -> dict[str, object]:
    """Refuse an award that could not be booked, and return its figures; money moves when no appeal is possible."""
    if ruled.effect is Effect.REMEDY:
        awards.check_remedy(uow, _placement(uow, ruled.dispute))
    if ruled.effect is Effect.VOID:
        awards.check_void(uow, _placement(uow, ruled.dispute).id)
    if ruled.effect in {Effect.CREDIT, Effect.CANCEL}:
        awards.check_credit(uow, _placement(uow, ruled.dispute).id, _payout_id(ruled.dispute))
    return {"percent_bp": ruled.percent_bp} if ruled.effect in IN_PERCENT else {}


def _payout_id(dispute: Dispute) -> uuid.UUID | None:
    """Return the one payout that a case is about; None when it is about a whole fee."""
    return dispute.subject_id if dispute.subject_type == SubjectType.PAYOUT else None


def _placement(uow: UnitOfWork, dispute: Dispute) -> Placement:
    """Lock the placement that a case is about."""
    query = select(Placement).where(Placement.id == dispute.placement_id).with_for_update(key_share=True)
    return uow.session.scalars(query).one()


def _amend(uow: UnitOfWork, ruled: Ruled, lines: Sequence[Agreed]) -> dict[str, object]:
    """Put shares in force, and return them with those that they replace."""
    placement_id = ruled.dispute.placement_id
    assert placement_id is not None
    before = _team(uow, placement_id)
    amendments.enact(uow, placement_id, lines, ruled.reason)
    return {"before": _written(before), "lines": _written(lines)}


def _written(lines: Sequence[Agreed]) -> list[list[object]]:
    return [[str(line.recruiter_id), line.role, line.split_bp] for line in lines]


def _team(uow: UnitOfWork, placement_id: uuid.UUID) -> list[Agreed]:
    query = select(Collaborator.recruiter_id, Collaborator.role, Collaborator.split_bp)
    rows = uow.session.execute(query.where(Collaborator.placement_id == placement_id).order_by(Collaborator.position))
    return [Agreed(*row) for row in rows]


def act_later(uow: UnitOfWork, dispute: Dispute, ruling: DisputeRuling) -> None:
    """Do what a ruling does once no appeal is possible any more: it could not be undone."""
    if dispute.subject_type in _OF_MONEY:
        _award(uow, dispute, ruling)
    elif ruling.effect == Effect.VOID:
        assert dispute.proposal_id is not None
        proposals.void(uow, dispute.proposal_id, notes=ruling.reason)
        _end_hire(uow, dispute.proposal_id, ruling.reason)


def _award(uow: UnitOfWork, dispute: Dispute, ruling: DisputeRuling) -> None:
    placement = _placement(uow, dispute)
    percent_bp = ruling.figures.get("percent_bp", awards.WHOLE)
    assert isinstance(percent_bp, int)
    if ruling.effect == Effect.REFUND:
        awards.refund(uow, placement.id, percent_bp)
    elif ruling.effect in {Effect.CREDIT, Effect.CANCEL}:
        awards.credit(uow, placement.id, percent_bp, _payout_id(dispute))
    elif ruling.effect == Effect.REMEDY:
        awards.remedy(uow, placement)
    elif ruling.effect == Effect.VOID:
        awards.void(uow, placement.id)


def _end_hire(uow: UnitOfWork, proposal_id: uuid.UUID, reason: str) -> None:
    """Undo the hire from a voided proposal, or give back its fee when it has begun."""
    query = select(Placement).where(Placement.proposal_id == proposal_id, stands(Placement)).with_for_update()
    placement = uow.session.scalars(query).one_or_none()
    if placement is None:
        return
    if placement.activated_at is None and placement.state == PlacementState.HIRED:
        undoing.undo_hire(uow, placement, reason)
    else:
        awards.refund(uow, placement.id)


def _transfer(uow: UnitOfWork, ruled: Ruled) -> uuid.UUID:
    """Give the disputed claim, from its start, and the sourcer's share of the hires under it, to the other side."""
    dispute = ruled.dispute
    claim, heir = _disputed_claim(uow, ruled)
    owner = claim.recruiter_id
    ownership.transfer(uow, claim, heir)
    for placement_id in _frozen(uow, dispute.id, FreezeKind.PLACEMENT):
        lines = _passed_on(uow, placement_id, owner, heir)
        if lines:
            amendments.enact(uow, placement_id, lines, ruled.reason)
    return heir


def _share(uow: UnitOfWork, ruled: Ruled, bp: int) -> uuid.UUID:
    """Divide what the disputed claim earns next between its owner and the other side; 0 takes that back."""
    claim, other = _disputed_claim(uow, ruled)
    ownership.share(uow, claim, other, bp)
    return other


def _disputed_claim(uow: UnitOfWork, ruled: Ruled) -> tuple[CandidateSourcer, uuid.UUID]:
    """Lock the disputed claim, and return it with the recruiter on the other side of its owner.

    Raises:
        Conflict: it has ended, or belongs to somebody by the ruling of another case, who was not heard in this one.
    """
    dispute = ruled.dispute
    claim = ownership.disputed_claim(uow, dispute.candidate_id, _frozen(uow, dispute.id, FreezeKind.CLAIM))
    owner = claim.recruiter_id
    if owner not in {party.recruiter_id for party in ruled.parties}:
        if _won_elsewhere(uow, claim):
            raise WON_ELSEWHERE
        owner = _owner_at_opening(uow, ruled, claim.candidate_id)  # whose successor has it now
    other = next(party.recruiter_id for party in ruled.parties if party.recruiter_id != owner)
    assert other is not None
    return claim, other


def _won_elsewhere(uow: UnitOfWork, claim: CandidateSourcer) -> bool:
    """Return whether another case about the candidate has the claim's owner as a party."""
    party = select(DisputeParty.id).join(Dispute, Dispute.id == DisputeParty.dispute_id)
    of_owner = party.where(
        is_of(Dispute.candidate_id, claim.candidate_id), DisputeParty.recruiter_id == claim.recruiter_id
    )
    return uow.session.scalar(of_owner.where(Dispute.subject_type == SubjectType.CANDIDATE).limit(1)) is not None


def _owner_at_opening(uow: UnitOfWork, ruled: Ruled, claimed_on: uuid.UUID) -> uuid.UUID:
    """Return which party had the claim, on the record that it is on, when the case was opened."""
    claim, parties = CandidateSourcer, [party.recruiter_id for party in ruled.parties]
    of = (claim.candidate_id == claimed_on, claim.recruiter_id.in_(parties))
    then = select(claim.recruiter_id).where(*of, claim.id < ruled.dispute.id)
    return uow.session.scalars(then.order_by(claim.id.desc()).limit(1)).one()


def _frozen(uow: UnitOfWork, dispute_id: uuid.UUID, kind: FreezeKind) -> Sequence[uuid.UUID]:
    query = select(DisputeFreeze.row_id).where(DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.kind == kind)
    return uow.session.scalars(query.order_by(DisputeFreeze.id)).all()


def _passed_on(uow: UnitOfWork, placement_id: uuid.UUID, owner: uuid.UUID, heir: uuid.UUID) -> tuple[Agreed, ...]:
    """Return the shares of a team in which one recruiter's part as the sourcer is another's."""
    present = _team(uow, placement_id)
    sourcer = CollaboratorRole.SOURCER
    if all(line.key != (owner, sourcer) for line in present):
        return ()
    if any(line.key == (heir, sourcer) for line in present):
        raise Conflict("Both share a placement as sourcers; change that split instead.", code="BOTH_SOURCED")
    return tuple(Agreed(heir, x.role, x.split_bp) if x.key == (owner, sourcer) else x for x in present)
