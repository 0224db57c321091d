"""Whether something that an open page may show has changed since it was drawn: one statement, on indexes alone.

An id holds its time, so that a page needs to know no more than when it was drawn.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Uuid, and_, bindparam, exists, or_, select

from portal.access import visible
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Permission, Role
from portal.models import Candidate, Collaborator, Job, MarketplaceEvent, Notice, Placement, Proposal
from portal.queries.prepared import ORGANISATION, RECRUITER, USER, prepared

SLACK = timedelta(seconds=10)  # an event is written with the time at which its transaction began
LOOKS = ("candidate.viewed", "delivery.viewed", "list.viewed")
SUBJECTS: dict[str, Any] = {"candidate": Candidate, "job": Job, "proposal": Proposal, "placement": Placement}
WATCHED = (*SUBJECTS, "recruiter")
AFTER: BindParameter[uuid.UUID] = bindparam("after", type_=Uuid())
SUBJECT: BindParameter[uuid.UUID] = bindparam("subject", type_=Uuid())
E = MarketplaceEvent


def changed_since(millis: int, *, viewer: Actor, subject: tuple[str, uuid.UUID] | None = None) -> bool:
    """Return whether others changed what concerns the viewer, or the subject, since a time in milliseconds."""
    latest = int(viewer.now.timestamp() * 1000)
    since = datetime.fromtimestamp(max(0, min(millis, latest)) / 1000, UTC)
    after = lowest_id(max(since - SLACK, datetime.fromtimestamp(0, UTC)))
    kind, subject_id = subject or ("", None)
    return bool(_changed(viewer, kind, after=after, subject=subject_id).scalar_one())


@prepared
def _changed(viewer: Actor, kind: str) -> Select[*tuple[Any, ...]]:
    told = exists().where(Notice.user_id == USER, Notice.id > AFTER)
    return select(or_(told, *(_happened(rule) for rule in _scopes(viewer)), *_at_subject(viewer, kind)))


def _happened(concerns: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """Ask for an event of somebody else; to look is no change."""
    rules = (E.id > AFTER, E.actor_id != USER, E.type.not_in(LOOKS))
    return exists().where(*rules, *([] if concerns is None else [concerns]))


def _scopes(viewer: Actor) -> list[ColumnElement[bool] | None]:
    """List what concerns the viewer on every page: None stands for everything."""
    if Role.PLATFORM_ADMIN in viewer.roles:
        return [None]
    own: list[ColumnElement[bool] | None] = [E.recruiter_id == RECRUITER] if viewer.recruiter_id is not None else []
    return [*own, E.organisation_id == ORGANISATION] if viewer.has(Permission.PROPOSAL_DECIDE) else own


def _at_subject(viewer: Actor, kind: str) -> list[ColumnElement[bool]]:
    """Ask about the object that the page shows; nothing is said of one that the viewer may not see."""
    if kind == "recruiter":
        return [_happened(and_(E.recruiter_id == SUBJECT, E.type == "reputation.updated"))]
    if kind not in SUBJECTS:
        return []
    model = SUBJECTS[kind]
    seen = exists().where(model.id == SUBJECT, visible(model, viewer))
    return [and_(_happened(getattr(E, f"{kind}_id") == SUBJECT), seen), *_at_its_recruiters(viewer, kind)]


def _at_its_recruiters(viewer: Actor, kind: str) -> list[ColumnElement[bool]]:
    """Ask about the scores that a proposal and the team of a placement show beside the names."""
    team = select(Collaborator.recruiter_id).join(Placement, Placement.id == Collaborator.placement_id)
    recruiters = {
        "proposal": select(Proposal.recruiter_id).where(Proposal.id == SUBJECT, visible(Proposal, viewer)),
        "placement": team.where(Placement.id == SUBJECT, visible(Placement, viewer)),
    }
    if kind not in recruiters:
        return []
    return [_happened(and_(E.recruiter_id.in_(recruiters[kind]), E.type == "reputation.updated"))]
