"""The figures of the frame around every page, in one query."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, Uuid, bindparam, func, select

from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Membership, Notice, Proposal
from portal.queries.prepared import ORGANISATION, RECRUITER, values_of

COUNT_LIMIT = 100  # a badge shows 99+; counting further costs and tells nothing


@dataclass(frozen=True, slots=True)
class ShellCounts:
    """Hold unread notices, proposals that wait for this person's company, and the organisations to switch between."""

    unread: int
    open_proposals: int
    memberships: int


def shell_counts(actor: Actor) -> ShellCounts:
    """Count for the frame."""
    query = _statement(of_company=actor.scope(Permission.PROPOSAL_DECIDE) is Scope.COMPANY)
    row: Any = reading().execute(query, {**values_of(actor), "viewer": actor.user_id}).one()
    return ShellCounts(*row)


@cache
def _statement(*, of_company: bool) -> Select[Any]:
    """Build the counts of whoever decides for a company, or of whoever proposes."""
    viewer: BindParameter[uuid.UUID] = bindparam("viewer", type_=Uuid())
    unread = select(Notice.id).where(Notice.user_id == viewer, Notice.read_at.is_(None)).limit(COUNT_LIMIT)
    mine = Proposal.company_id == ORGANISATION if of_company else Proposal.recruiter_id == RECRUITER
    waiting = select(Proposal.id).where(Proposal.state.in_(OPEN), mine).limit(COUNT_LIMIT)
    memberships = select(func.count(func.distinct(Membership.organisation_id))).where(Membership.user_id == viewer)
    return select(
        select(func.count()).select_from(unread.subquery()).scalar_subquery(),
        select(func.count()).select_from(waiting.subquery()).scalar_subquery(),
        memberships.scalar_subquery(),
    )
