"""Whom the viewer may rate after a placement, and what the viewer said already (domain.md §6)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal import access
from portal.domain.collaboration import ROLE_LABELS
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.domain.placements import MACHINE
from portal.extensions import reading
from portal.models import Candidate, Collaborator, Feedback, Job, Placement, Recruiter, User

_ROLES: dict[str, str] = {role.value: label for role, label in ROLE_LABELS.items()}


@dataclass(frozen=True, slots=True)
class TeamMate:
    """A team mate and the viewer's own rating, None as long as there is none."""

    recruiter_id: uuid.UUID
    name: str
    roles: str
    stars: int | None
    remark: str


@dataclass(frozen=True, slots=True)
class OfPlacement:
    """A placement and the team mates of the viewer; nobody may be rated before it ended."""

    placement_id: uuid.UUID
    candidate_name: str
    job_title: str
    has_ended: bool
    mates: tuple[TeamMate, ...]

    @property
    def to_rate(self) -> tuple[TeamMate, ...]:
        return tuple(mate for mate in self.mates if mate.stars is None)

    @property
    def rated(self) -> tuple[TeamMate, ...]:
        return tuple(mate for mate in self.mates if mate.stars is not None)


def of_placement(placement_id: uuid.UUID, *, viewer: Actor) -> OfPlacement:
    """Return whom the viewer worked with on a placement."""
    rows = reading().execute(_team(placement_id, viewer)).all()
    if not any(row.recruiter_id == viewer.recruiter_id for row in rows):
        raise NotFound
    mates = tuple(
        TeamMate(r.recruiter_id, r.name, ", ".join(_ROLES[role] for role in r.roles), r.stars, r.remark or "")
        for r in rows
        if r.recruiter_id != viewer.recruiter_id
    )
    return OfPlacement(placement_id, rows[0].full_name, rows[0].title, MACHINE.states[rows[0].state].terminal, mates)


def _team(placement_id: uuid.UUID, viewer: Actor) -> Select[Any]:
    """Select the team of a placement with what the viewer has said of each."""
    roles = func.array_agg(aggregate_order_by(Collaborator.role, Collaborator.position))
    return (
        select(Placement.state, Candidate.full_name, Job.title, Collaborator.recruiter_id, User.name)
        .add_columns(
            roles.label("roles"), func.max(Feedback.stars).label("stars"), func.max(Feedback.remark).label("remark")
        )
        .join(Candidate, Candidate.id == Placement.candidate_id)
        .join(Job, Job.id == Placement.job_id)
        .join(Collaborator, Collaborator.placement_id == Placement.id)
        .join(Recruiter, Recruiter.id == Collaborator.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(
            Feedback,
            and_(
                Feedback.placement_id == Placement.id,
                Feedback.recruiter_id == Collaborator.recruiter_id,
                Feedback.by_recruiter_id == viewer.recruiter_id,
            ),
        )
        .where(Placement.id == placement_id, access.visible(Placement, viewer))
        .group_by(Placement.state, Candidate.full_name, Job.title, Collaborator.recruiter_id, User.name)
        .order_by(User.name, Collaborator.recruiter_id)
    )
