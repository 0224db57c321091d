"""What becomes of what a recruiter holds who leaves (domain.md §1): it passes to a successor, or ends.

Claims, open and accepted proposals, and shares of sheets that are open pass on. Shares that are locked stay whose they
are. Without a successor claims end and open proposals are withdrawn.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from sqlalchemy import exists, func, or_, select

from portal import access
from portal.domain import people, texts
from portal.domain.contacts import email_key
from portal.domain.errors import InvalidInput, StaleVersion, existing
from portal.domain.events import RecruiterHandedOver
from portal.domain.permissions import Actor, Permission, Role
from portal.models import Membership, Placement, Proposal, Recruiter, User
from portal.queries.admin.people import held_by
from portal.services import delegation, interviews, proposals_in_bulk
from portal.services.candidates import ownership
from portal.services.identity import accounts
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import collaboration

UNKNOWN = InvalidInput.field("successor", "Enter the email address of another active recruiter.")
CANDIDATE = InvalidInput.field(
    "successor", "This recruiter is a candidate in what would be handed over. Choose someone else."
)
OWN = "You’d be transferring this work to yourself, so another admin has to do it."


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How much passed to a successor, or ended."""

    claims: int = 0
    proposals: int = 0
    placements: int = 0
    interviews: int = 0  # to come, in which the person takes part no longer


def remove_member(
    membership_id: uuid.UUID, *, actor: Actor, successor: str = "", seen: str | None = None
) -> HandedOver:
    """Take a role away at once; what a recruiter held who has no other place passes to a successor, or ends.

    `seen` is the mark of what the form listed.

    Raises:
        Conflict: nobody else would administer the organisation.
        InvalidInput: the successor's address is no other active recruiter's, or a candidate's of what is handed over.
        NotPermitted: the successor is the actor.
    """
    address = texts.clean("successor", successor, most=texts.LINE)
    with unit_of_work(actor) as uow:
        gone = accounts.remove_member(uow, membership_id)
        released = HandedOver(interviews=_release(uow, gone))
        if gone.role != Role.RECRUITER or _recruits_elsewhere(uow, gone.user_id):
            return released
        _check_listed(uow, gone.user_id, seen)
        leaver = uow.session.scalars(select(Recruiter.id).where(Recruiter.user_id == gone.user_id)).one()
        return _leave(uow, leaver, address)


def hand_over(user_id: uuid.UUID, *, actor: Actor, successor: str, seen: str | None = None) -> HandedOver:
    """Hand over to a successor what belongs to a recruiter who stays away: suspended, say, or with a closed account.

    `seen` is the mark of what the form listed.

    Raises:
        InvalidInput: the successor's address is no other active recruiter's, or a candidate's of what is handed over.
        NotPermitted: the actor administers no people, or is the successor.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    address = texts.clean("successor", successor, most=texts.LINE)
    with unit_of_work(actor) as uow:
        leaver = existing(uow.session.scalars(select(Recruiter.id).where(Recruiter.user_id == user_id)).one_or_none())
        if not address:
            raise UNKNOWN
        _check_listed(uow, user_id, seen)
        return _leave(uow, leaver, address)


def _check_listed(uow: UnitOfWork, user_id: uuid.UUID, seen: str | None) -> None:
    """Refuse a form that listed something else than the recruiter holds; None listed nothing.

    Raises:
        StaleVersion: what passes on, or ends, is something else by now.
    """
    if seen is not None and seen != held_by(user_id, uow.now, uow.session).mark:
        raise StaleVersion(
            "What this recruiter holds has changed since you opened this. Nothing was done; check the list below."
        )


def _release(uow: UnitOfWork, gone: Membership) -> int:
    """Let whoever has no role there any more have nothing in hand, nor a part in interviews, and count the latter."""
    stays = exists().where(Membership.user_id == gone.user_id, Membership.organisation_id == gone.organisation_id)
    if uow.ask(stays)[0]:
        return 0
    delegation.release(uow, gone.user_id, gone.organisation_id)
    return interviews.release(uow, gone.user_id, gone.organisation_id)


def _recruits_elsewhere(uow: UnitOfWork, user_id: uuid.UUID) -> bool:
    left = exists().where(Membership.user_id == user_id, Membership.role == Role.RECRUITER)
    return bool(uow.session.scalars(select(left)).one())


def _leave(uow: UnitOfWork, leaver: uuid.UUID, successor: str) -> HandedOver:
    heir = _heir(uow, leaver, successor) if successor else None
    claims = ownership.leave(uow, leaver, heir)
    if heir is None:
        count = proposals_in_bulk.withdraw_open(uow, Proposal.recruiter_id == leaver, cause="recruiter_left")
        return HandedOver(claims, count)
    done = HandedOver(claims, proposals_in_bulk.pass_on(uow, leaver, heir), collaboration.pass_on(uow, leaver, heir))
    uow.record(
        RecruiterHandedOver(
            recruiter_id=heir,
            former_recruiter_id=leaver,
            claims=done.claims,
            proposals=done.proposals,
            placements=done.placements,
        )
    )
    return done


def _heir(uow: UnitOfWork, leaver: uuid.UUID, address: str) -> uuid.UUID:
    query = (
        select(Recruiter.id)
        .join(User, User.id == Recruiter.user_id)
        .where(func.lower(User.email) == people.folded(address), access.may_join(), Recruiter.id != leaver)
    )
    heir = uow.session.scalars(query).one_or_none()
    if heir is None:
        raise UNKNOWN
    uow.still_recruits(heir, UNKNOWN)
    uow.refuse_own(Recruiter.id == heir, OWN)
    _refuse_candidate(uow, leaver, address)
    return heir


def _refuse_candidate(uow: UnitOfWork, leaver: uuid.UUID, address: str) -> None:
    """Refuse a successor who would propose themselves, or share in their own placement (ADR 0095)."""
    heir = replace(uow.actor, mailbox=email_key(address))
    proposed = proposals_in_bulk.held_by(leaver), access.is_candidate(heir, Proposal.candidate_id)
    placed = collaboration.held_by(leaver), access.is_candidate(heir, Placement.candidate_id)
    if uow.ask(or_(exists().where(*proposed), exists().where(*placed)))[0]:
        raise CANDIDATE
