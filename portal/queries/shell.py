"""The figures of the frame around every page, in one query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Membership, Notice, Proposal

COUNT_LIMIT = 100  # a badge shows 99+; counting further costs and tells nothing


@dataclass(frozen=True, slots=True)
class ShellCounts:
    """Hold unread notices, proposals that wait for this person's company, and the organisations to switch between."""

    unread: int
    open_proposals: int
    memberships: int


def shell_counts(actor: Actor) -> ShellCounts:
    """Count for the frame."""
    unread = select(Notice.id).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None)).limit(COUNT_LIMIT)
    waiting = select(Proposal.id).where(Proposal.state.in_(OPEN)).limit(COUNT_LIMIT)
    if actor.scope(Permission.PROPOSAL_DECIDE) is Scope.COMPANY:
        waiting = waiting.where(Proposal.company_id == actor.organisation_id)
    else:
        waiting = waiting.where(Proposal.recruiter_id == actor.recruiter_id)
    memberships = select(func.count(func.distinct(Membership.organisation_id))).where(
        Membership.user_id == actor.user_id
    )
    query = select(
        select(func.count()).select_from(unread.subquery()).scalar_subquery(),
        select(func.count()).select_from(waiting.subquery()).scalar_subquery(),
        memberships.scalar_subquery(),
    )
    return ShellCounts(*reading().execute(query).one())
