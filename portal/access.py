"""Who may see and touch which rows: one scoping rule a model, used by lists and details alike (domain.md §1).

Someone else's object does not exist (NotFound); a missing permission on a visible object is refused (NotPermitted).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotPermitted, existing
from portal.domain.permissions import Actor, Permission, Role, Scope, scope_of
from portal.models import (
    Candidate,
    CandidateSourcer,
    Collaborator,
    Dispute,
    DisputeParty,
    Job,
    Membership,
    Payout,
    Placement,
    Proposal,
    Recruiter,
    User,
)

NO_RECRUITER = NotPermitted("Only recruiters can do this.")
NOT_ACTIVE = "Your recruiter profile is not active; ask the platform to activate it."
M = TypeVar("M", Candidate, Job, Proposal, Placement, Dispute)


def _own_candidate(actor: Actor) -> ColumnElement[bool]:
    # correlate: the query around may join the same tables for its own ends.
    claimed = (
        exists()
        .where(CandidateSourcer.candidate_id == Candidate.id, CandidateSourcer.recruiter_id == actor.recruiter_id)
        .correlate(Candidate)
    )
    proposed = (
        exists()
        .where(Proposal.candidate_id == Candidate.id, Proposal.recruiter_id == actor.recruiter_id)
        .correlate(Candidate)
    )
    return or_(Candidate.created_by_recruiter_id == actor.recruiter_id, claimed, proposed)


def _company_candidate(actor: Actor) -> ColumnElement[bool]:
    """A company meets a candidate through an accepted proposal; before that there is only the proposal."""
    accepted = exists().where(
        Proposal.candidate_id == Candidate.id,
        Proposal.company_id == actor.organisation_id,
        Proposal.state == "accepted",
    )
    return accepted.correlate(Candidate)


def _collaborates(actor: Actor) -> ColumnElement[bool]:
    own = exists().where(Collaborator.placement_id == Placement.id, Collaborator.recruiter_id == actor.recruiter_id)
    return own.correlate(Placement)


def _job_for_recruiters(actor: Actor) -> ColumnElement[bool]:
    proposed = exists().where(Proposal.job_id == Job.id, Proposal.recruiter_id == actor.recruiter_id)
    return or_(Job.status == "active", proposed.correlate(Job))


def _asked(of: type[M], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Ask of each row by itself; without OFFSET, PostgreSQL reads all that is somebody’s to look it up there."""
    return exists(select(true()).where(*conditions).offset(0).correlate(of))


def _one_of_few_jobs(actor: Actor) -> ColumnElement[bool]:
    proposed = _asked(Job, Proposal.job_id == Job.id, Proposal.recruiter_id == actor.recruiter_id)
    return or_(Job.status == "active", proposed)


def _own_one_of_few(actor: Actor) -> ColumnElement[bool]:
    own = (
        _asked(Candidate, model.candidate_id == Candidate.id, model.recruiter_id == actor.recruiter_id)
        for model in (CandidateSourcer, Proposal)
    )
    return or_(Candidate.created_by_recruiter_id == actor.recruiter_id, *own)


def _companys_one_of_few(actor: Actor) -> ColumnElement[bool]:
    own = Proposal.company_id == actor.organisation_id
    return _asked(Candidate, Proposal.candidate_id == Candidate.id, own, Proposal.state == "accepted")


def _collaborates_on_one_of_few(actor: Actor) -> ColumnElement[bool]:
    own = Collaborator.recruiter_id == actor.recruiter_id
    return _asked(Placement, Collaborator.placement_id == Placement.id, own)


def _companys_among_few_proposals(actor: Actor) -> ColumnElement[bool]:
    """Compare in a way that no index answers: to leave few out of a job's, all that the company ever got were read."""
    return Proposal.company_id.is_not_distinct_from(actor.organisation_id)


def _party(of: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(DisputeParty.dispute_id == Dispute.id, of).correlate(Dispute)


_Rule = Callable[[Actor], ColumnElement[bool]]
_RULES: dict[type, tuple[Permission, dict[Role, _Rule]]] = {
    Candidate: (
        Permission.CANDIDATE_VIEW,
        {
            Role.RECRUITER: _own_candidate,
            Role.COMPANY_ADMIN: _company_candidate,
            Role.HIRING_MANAGER: _company_candidate,
        },
    ),
    Job: (
        Permission.JOB_VIEW,
        {
            Role.RECRUITER: _job_for_recruiters,
            Role.COMPANY_ADMIN: lambda actor: Job.company_id == actor.organisation_id,
            Role.HIRING_MANAGER: lambda actor: Job.company_id == actor.organisation_id,
        },
    ),
    Proposal: (
        Permission.PROPOSAL_VIEW,
        {
            Role.RECRUITER: lambda actor: Proposal.recruiter_id == actor.recruiter_id,
            Role.COMPANY_ADMIN: lambda actor: Proposal.company_id == actor.organisation_id,
            Role.HIRING_MANAGER: lambda actor: Proposal.company_id == actor.organisation_id,
        },
    ),
    Placement: (
        Permission.PLACEMENT_VIEW,
        {
            Role.RECRUITER: _collaborates,
            Role.COMPANY_ADMIN: lambda actor: Placement.company_id == actor.organisation_id,
            Role.HIRING_MANAGER: lambda actor: Placement.company_id == actor.organisation_id,
        },
    ),
    Dispute: (
        Permission.DISPUTE_VIEW,
        {
            Role.RECRUITER: lambda actor: _party(DisputeParty.recruiter_id == actor.recruiter_id),
            Role.COMPANY_ADMIN: lambda actor: _party(DisputeParty.organisation_id == actor.organisation_id),
        },
    ),
}


def visible(model: type[M], actor: Actor) -> ColumnElement[bool]:
    """Return the condition that limits `model` to what the actor may see; who was erased exists for nobody."""
    return _visible(model, actor, _RULES[model][1])


_FEW: dict[type, dict[Role, _Rule]] = {
    Job: {Role.RECRUITER: _one_of_few_jobs},
    Candidate: {
        Role.RECRUITER: _own_one_of_few,
        Role.COMPANY_ADMIN: _companys_one_of_few,
        Role.HIRING_MANAGER: _companys_one_of_few,
    },
    Proposal: {
        Role.COMPANY_ADMIN: _companys_among_few_proposals,
        Role.HIRING_MANAGER: _companys_among_few_proposals,
    },
    Placement: {Role.RECRUITER: _collaborates_on_one_of_few},
}


def visible_among_few(model: type[M], actor: Actor) -> ColumnElement[bool]:
    """Return the same condition where few rows are looked at: each is asked for by itself."""
    return _visible(model, actor, {**_RULES[model][1], **_FEW.get(model, {})})


def _visible(model: type[M], actor: Actor, rules: Mapping[Role, _Rule]) -> ColumnElement[bool]:
    concerned = _concerned(actor, rules)
    return and_(Candidate.erased_at.is_(None), concerned) if model is Candidate else concerned


def _concerned(actor: Actor, rules: Mapping[Role, _Rule]) -> ColumnElement[bool]:
    if Role.PLATFORM_ADMIN in actor.roles:
        return true()
    conditions = [rules[role](actor) for role in sorted(actor.roles) if role in rules]
    return or_(*conditions) if conditions else false()


# Made once: an alias of a class costs more than the rest of a condition.
_RECORD, _OWN = aliased(Candidate), aliased(Candidate)


def may_join() -> ColumnElement[bool]:
    """Return the condition that a recruiter may be given something new: is active, recruits, and can sign in."""
    recruits = exists().where(
        Membership.user_id == User.id, Membership.role == Role.RECRUITER, User.disabled_at.is_(None)
    )
    there = recruits.where(User.id == Recruiter.user_id).correlate(Recruiter)
    return and_(Recruiter.status == "active", there)


def standing(candidate_id: SQLColumnExpression[uuid.UUID]) -> ScalarSelect[uuid.UUID]:
    """Select the record that stands for a candidate."""
    first = select(func.coalesce(_RECORD.merged_into_id, _RECORD.id)).where(_RECORD.id == candidate_id)
    return first.correlate_except(_RECORD).scalar_subquery()


def is_candidate(actor: Actor, candidate_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """Return the condition that the person is a candidate: signs in with an address that one of the records has."""
    same = func.coalesce(_OWN.merged_into_id, _OWN.id) == standing(candidate_id)
    return exists().where(_OWN.email_key == actor.mailbox, same).correlate_except(_OWN)


def takes_part(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person shares in a placement, whatever role they act in, or is the one placed."""
    own = exists().where(Collaborator.placement_id == Placement.id, Collaborator.recruiter_id == Recruiter.id)
    shares = own.where(Recruiter.user_id == actor.user_id).correlate(Placement)
    return or_(shares, is_candidate(actor, Placement.candidate_id))


def is_paid_by(actor: Actor, fee_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """Return the condition that a fee has a payout of the person's, whatever role they act in now (money.md §4)."""
    own = exists().where(Payout.fee_id == fee_id, Payout.recruiter_id == Recruiter.id)
    return own.where(Recruiter.user_id == actor.user_id).correlate_except(Payout, Recruiter)


def is_concerned(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person made a proposal, has a part of the sourcing credit, or is the candidate."""
    credited = exists().where(
        CandidateSourcer.candidate_id == standing(Proposal.candidate_id),
        CandidateSourcer.is_current,
        CandidateSourcer.protection_expires_at > actor.now,
        or_(CandidateSourcer.recruiter_id == Recruiter.id, CandidateSourcer.shared_with == Recruiter.id),
    )
    earns = or_(Recruiter.id == Proposal.recruiter_id, credited.correlate(Proposal, Recruiter))
    own = exists().where(Recruiter.user_id == actor.user_id, earns).correlate(Proposal)
    return or_(own, is_candidate(actor, Proposal.candidate_id))


def decides_for_others(actor: Actor, permission: Permission) -> bool:
    """Return whether the actor would use a permission for a company or the platform, not as a recruiter."""
    return actor.has(permission) and actor.scope(permission) is not Scope.OWN


def names(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which a proposal tells the actor who is proposed: a company once it accepted this one.

    That it met the person in another proposal tells it nothing of this.
    """
    of_company = actor.scope(Permission.PROPOSAL_DECIDE) is Scope.COMPANY
    return Proposal.state == "accepted" if of_company else true()


def knows(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor may read a candidate's name: sees the candidate, or a placement.

    Whoever could, still reads what others wrote once the candidate was erased, whose name is no name by then.
    """
    placed = exists().where(Placement.candidate_id == Candidate.id, visible(Placement, actor)).correlate(Candidate)
    return or_(_concerned(actor, _RULES[Candidate][1]), placed)


def known_by() -> Select[uuid.UUID, uuid.UUID]:
    """Select the pairs of candidate and user of whom `knows` is true, whatever organization the user acts for."""
    by_recruiter = [
        select(Candidate.id, Recruiter.user_id).join(Recruiter, Recruiter.id == Candidate.created_by_recruiter_id),
        *(
            select(model.candidate_id, Recruiter.user_id).join(Recruiter, Recruiter.id == model.recruiter_id)
            for model in (CandidateSourcer, Proposal)
        ),
        select(Placement.candidate_id, Recruiter.user_id)
        .join(Collaborator, Collaborator.placement_id == Placement.id)
        .join(Recruiter, Recruiter.id == Collaborator.recruiter_id),
    ]
    by_company = (
        select(Proposal.candidate_id, Membership.user_id)
        .join(Membership, Membership.organisation_id == Proposal.company_id)
        .where(Proposal.state == "accepted")
    )
    pairs = union_all(*by_recruiter, by_company).subquery("known")
    return select(*pairs.c)


# What a whole team may do with its placement; the rest is for the lead recruiter.
_OF_THE_TEAM = frozenset(
    {Permission.PLACEMENT_VIEW, Permission.SPLITS_AMEND, Permission.SPLITS_AGREE, Permission.FEEDBACK_GIVE}
)


def _owns(row: Any, actor: Actor, permission: Permission) -> bool:
    """Return whether the row is the recruiter's own: proposed by, led by or shared with, added by."""
    if actor.recruiter_id is None:
        return False
    match row:
        case Proposal():
            return bool(row.recruiter_id == actor.recruiter_id)
        case Placement():
            return permission in _OF_THE_TEAM or bool(row.lead_recruiter_id == actor.recruiter_id)
        case _:
            return True  # a candidate that the recruiter can see is the recruiter's own


def sees_every_candidate(actor: Actor) -> bool:
    return actor.scope(Permission.CANDIDATE_VIEW) is Scope.ANY


def allows(actor: Actor, row: Candidate | Job | Proposal | Placement | Dispute, permission: Permission) -> bool:
    """Return whether the actor has the permission on a row that the actor may see."""
    scope = actor.scope(permission)
    if scope is Scope.ANY:
        return True
    if scope is Scope.COMPANY:
        company = getattr(row, "company_id", actor.organisation_id)
        return bool(company == actor.organisation_id)
    return scope is Scope.OWN and _owns(row, actor, permission)


def require(actor: Actor, permission: Permission) -> None:
    """Refuse an actor who has the permission on nothing."""
    if not actor.has(permission):
        raise refusal(actor, permission)


def refusal(actor: Actor, permission: Permission) -> NotPermitted:
    """Return why the actor may not do this: the role, or that a recruiter who is not active can change nothing."""
    if actor.resting_roles(permission) and scope_of(actor.roles, permission) is not None:
        return NotPermitted(NOT_ACTIVE)
    return NotPermitted("Your role doesn’t allow this.", details={"permission": str(permission)})


def require_recruiter(actor: Actor) -> uuid.UUID:
    """Return the recruiter id of an actor who acts as an active recruiter."""
    if actor.recruiter_id is None:
        raise NO_RECRUITER
    if not actor.recruiter_active:
        raise NotPermitted(NOT_ACTIVE)
    return actor.recruiter_id


def load_for(
    session: Session,
    actor: Actor,
    model: type[M],
    row_id: uuid.UUID,
    permission: Permission,
    *,
    lock: bool = True,
) -> M:
    """Load a row that the actor may see and has the permission on, locked for the decision.

    Raises:
        NotPermitted: the actor sees it but may not do this.
    """
    query = select(model).where(and_(model.id == row_id, visible(model, actor)))
    if lock:
        query = query.with_for_update(of=model, key_share=True)
    row = existing(session.scalars(query).one_or_none())
    if not allows(actor, row, permission):
        raise refusal(actor, permission)
    return row
