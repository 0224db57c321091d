"""The figures of the frame around every page: asked with the session, or in a query of their own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    func,
    select,
)

from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN
from portal.models import Membership, Notice, Organisation, Proposal, Recruiter, SavedView, User
from portal.queries.prepared import ORGANISATION, RECRUITER, USER, prepared

COUNT_LIMIT = 100  # a badge shows 99+; counting further costs and tells nothing


@dataclass(frozen=True, slots=True)
class ShellCounts:
    """Unread notices, proposals that wait for this person's company, organizations to switch between, saved views."""

    unread: int
    open_proposals: int
    memberships: int
    views: int


def shell_counts(actor: Actor) -> ShellCounts:
    """Count for the frame."""
    return ShellCounts(*_counted(actor).one())


@prepared
def _counted(_viewer: Actor) -> Select[*tuple[Any, ...]]:
    return select(*counts(USER, organisation=ORGANISATION, recruiter=RECRUITER))


def counts(
    viewer: SQLColumnExpression[uuid.UUID],
    *,
    organisation: SQLColumnExpression[uuid.UUID],
    recruiter: SQLColumnExpression[uuid.UUID],
) -> tuple[ColumnElement[int], ...]:
    """Return the columns of ShellCounts, in its order, for whoever acts.

    An organization that is no company has no proposals to decide on; `recruiter` is null for whoever does not recruit.
    """
    memberships = select(func.count(func.distinct(Membership.organisation_id))).where(Membership.user_id == viewer)
    return (
        _few(select(Notice.id).where(Notice.user_id == viewer, Notice.read_at.is_(None))),
        _open(Proposal.company_id == organisation) + _open(Proposal.recruiter_id == recruiter),
        memberships.correlate(User).scalar_subquery(),
        _few(select(SavedView.id).where(SavedView.user_id == viewer, SavedView.organisation_id == organisation)),
    )


def _open(of_whom: ColumnElement[bool]) -> ScalarSelect[int]:
    return _few(select(Proposal.id).where(Proposal.state.in_(OPEN), of_whom))


def _few(found: Select[Any]) -> ScalarSelect[int]:
    """Count up to the limit."""
    some = found.correlate(User, Organisation, Recruiter).limit(COUNT_LIMIT).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
