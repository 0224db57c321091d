"""What waits around proposals: questions, decisions, and hires to record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, select

from portal.access import visible
from portal.domain.permissions import Actor, Role
from portal.domain.proposals import OPEN
from portal.models import Job, Organisation, Placement, Proposal, ProposalQuestion, Recruiter, User, stands
from portal.queries.proposals.proposals import IS_OPEN, is_asked
from portal.queries.waiting.kinds import DAY, Wanted, waits
from portal.queries.waiting.rows import NEVER, is_hired, rows, with_names, worth_of_proposal


@waits(
    Role.RECRUITER,
    what="{about}: question to answer",
    verb="Answer",
    worth="Fee",
    path="/proposals/{id}",
    form="/proposals/{id}#questions",
    ahead="Answer due",
)
def question(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return rows(
        viewer,
        wanted,
        Proposal.id,
        ProposalQuestion.recruiter_id == viewer.recruiter_id,
        ProposalQuestion.answered_at.is_(None),
        start=with_names(Proposal).join(ProposalQuestion.__table__, ProposalQuestion.proposal_id == Proposal.id),
        due=case((Proposal.state.in_(OPEN), Proposal.expires_at)),
        money=worth_of_proposal(),
    )


@waits(
    Role.RECRUITER,
    Role.PLATFORM_ADMIN,
    what="{about}: waiting for {whom} to decide",
    verb="Open",
    worth="Fee",
    path="/proposals/{id}",
    others_act=True,
    ahead="Decision due",
)
def proposed(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """The platform hears of those alone that run out within a day, the recruiter of those that hold no question."""
    others = Proposal.expires_at <= viewer.now + DAY if Role.PLATFORM_ADMIN in viewer.roles else ~is_asked()
    return _proposals(viewer, wanted, visible(Proposal, viewer), IS_OPEN, others, whom=_company())


@waits(
    Role.RECRUITER,
    what="{about}: accepted, waiting for {whom} to record the hire",
    verb="Open",
    worth="Fee",
    path="/proposals/{id}",
    others_act=True,
)
def to_be_hired(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _proposals(viewer, wanted, *_waits_for_its_hire(viewer), due=NEVER, whom=_company())


@waits(
    Role.COMPANY_ADMIN,
    Role.HIRING_MANAGER,
    what="{about}: decision due",
    first="{about}: decision due, {whom} hasn’t answered yet",
    verb="Decide",
    worth="Fee",
    path="/proposals/{id}",
    form="/proposals?sel={id}",
    ahead="Decision due",
)
def decide(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _proposals(viewer, wanted, visible(Proposal, viewer), IS_OPEN, whom=case((is_asked(), _recruiter())))


@waits(
    Role.COMPANY_ADMIN,
    what="{about}: accepted, record the hire",
    verb="Record hire",
    worth="Fee",
    path="/proposals/{id}",
    form="/placements/new?proposal={id}",
)
def hire(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _proposals(viewer, wanted, *_waits_for_its_hire(viewer), due=NEVER)


def _proposals(
    viewer: Actor, wanted: Wanted, *conditions: ColumnElement[bool], due: Any = Proposal.expires_at, whom: Any = None
) -> Select[Any]:
    """Select proposals, which the conditions limit to the viewer's.

    Before acceptance a company reads initials, so their state comes along.
    """
    return rows(
        viewer,
        wanted,
        Proposal.id,
        *conditions,
        start=with_names(Proposal),
        due=due,
        state=Proposal.state,
        money=worth_of_proposal(),
        whom=whom,
    )


def _company() -> Any:
    named = select(Organisation.name).where(Organisation.id == Proposal.company_id)
    return named.correlate(Proposal).scalar_subquery()


def _recruiter() -> Any:
    named = select(User.name).join(Recruiter, Recruiter.user_id == User.id)
    return named.where(Recruiter.id == Proposal.recruiter_id).correlate(Proposal).scalar_subquery()


def _waits_for_its_hire(viewer: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an accepted proposal of the viewer that waits for its hire: the candidate is still free.

    Most were hired long ago. All but a few of those are left out by two indexes, so that no row of them is read. Whose
    it is, is said once: said of the rows again, PostgreSQL expects so few of them that it plans the whole queue anew
    for each person, which takes longer than to ask it.
    """
    recruits = viewer.recruiter_id is not None
    own = (
        Placement.lead_recruiter_id == viewer.recruiter_id
        if recruits
        else Placement.company_id == viewer.organisation_id
    )
    hired = exists().where(own, Placement.proposal_id == Proposal.id, stands(Placement)).correlate(Proposal)
    accepted = select(Proposal.id).where(visible(Proposal, viewer), Proposal.state == "accepted", ~hired)
    # In the order of the queue, so that the rest is read of no more than are shown. OFFSET 0 keeps the planner out of
    # it, and the order in: that of a CTE is forgotten before version 17.
    unhired = accepted.order_by(Proposal.id).offset(0).subquery("unhired")
    return Proposal.id == unhired.c.id, ~is_hired(), Job.status.in_(("active", "paused"))
