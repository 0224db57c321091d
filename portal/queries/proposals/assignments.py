"""Who of a company has a proposal in hand: for those who decide there; whoever left the company has none."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, null, select
from sqlalchemy.orm import aliased

from portal import access
from portal.domain.errors import existing
from portal.domain.permissions import GRANTS, ROLES_OF_KIND, Actor, OrganisationKind, Permission
from portal.extensions import reading
from portal.models import Membership, Proposal, ProposalAssignment, User
from portal.queries.prepared import USER
from portal.queries.proposals.shortlists import reads_marks

P, A, M = Proposal, ProposalAssignment, Membership
DECIDERS = [role for role in ROLES_OF_KIND[OrganisationKind.COMPANY] if role in GRANTS[Permission.PROPOSAL_DECIDE]]
_having, _handing = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who has a proposal in hand, by whom and since when."""

    user_id: uuid.UUID
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody of a company who decides on proposals."""

    user_id: uuid.UUID
    name: str


def among_deciders(company_id: uuid.UUID, user_ids: Collection[uuid.UUID]) -> Select[uuid.UUID]:
    """Select those people who decide at a company and can sign in."""
    query = select(User.id).join(M, M.user_id == User.id).where(User.id.in_(user_ids), User.disabled_at.is_(None))
    return query.where(M.organisation_id == company_id, M.role.in_(DECIDERS)).distinct()


def deciders(proposal_id: uuid.UUID, *, viewer: Actor) -> tuple[Decider, ...]:
    """List who decides at the company of a proposal that the viewer may see, by name."""
    seen = select(P.company_id).where(P.id == proposal_id, access.visible(P, viewer))
    company_id = existing(reading().execute(seen).scalar_one_or_none())
    people = select(User.id, User.name).join(M, M.user_id == User.id).where(User.disabled_at.is_(None))
    people = people.where(M.organisation_id == company_id, M.role.in_(DECIDERS)).distinct().order_by(User.name, User.id)
    return tuple(Decider(*row) for row in reading().execute(people))


def _has_it() -> ColumnElement[bool]:
    """Select whether whoever was handed it still decides at the company, and can sign in."""
    at_company = (M.user_id == A.assigned_to, M.organisation_id == P.company_id, M.role.in_(DECIDERS))
    open_ = (User.id == M.user_id, User.disabled_at.is_(None))
    return exists().where(*at_company, *open_).correlate(A, P)


def assignee(viewer: Actor) -> Any:
    """Select the name of who has a proposal in hand; null to whoever does not decide for others."""
    if not reads_marks(viewer):
        return null()
    named = select(_having.name).select_from(A).join(_having, _having.id == A.assigned_to)
    return named.where(A.proposal_id == P.id, _has_it()).correlate(P).scalar_subquery()


def assignment(viewer: Actor) -> Any:
    """Select who has a proposal in hand, as JSON; null to whoever does not decide for others."""
    if not reads_marks(viewer):
        return null()
    one = func.jsonb_build_object(
        "user_id", A.assigned_to, "name", _having.name, "by", _handing.name, "at", A.assigned_at
    )  # fmt: skip
    found = select(one).select_from(A).join(_having, _having.id == A.assigned_to)
    found = found.join(_handing, _handing.id == A.assigned_by)
    return found.where(A.proposal_id == P.id, _has_it()).correlate(P).scalar_subquery()


def read(found: dict[str, Any] | None) -> Assignment | None:
    """Read what `assignment` selected."""
    if not found:
        return None
    return Assignment(uuid.UUID(found["user_id"]), found["name"], found["by"], datetime.fromisoformat(found["at"]))


def is_mine() -> ColumnElement[bool]:
    return exists().where(A.proposal_id == P.id, A.assigned_to == USER).correlate(P)


def is_nobodys() -> ColumnElement[bool]:
    """Select whether nobody of the company has a proposal in hand."""
    return ~exists().where(A.proposal_id == P.id, _has_it()).correlate(P)
