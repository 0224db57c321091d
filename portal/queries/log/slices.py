"""The event log: the slice that a party sees, and the log that the platform filters (domain.md §7, §8)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal.domain.permissions import Actor, Role
from portal.models import Collaborator, MarketplaceEvent, Placement, Proposal, Recruiter, User
from portal.queries.prepared import prepared
from portal.wording.event_words import Told, say, shown

TIMELINE_LENGTH = 50
NOBODY = "Deleted user"
ANOTHER = "Another recruiter"
E = MarketplaceEvent
_of_recruiter = aliased(User)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a history as a sentence for people."""

    icon: str
    title: str
    at: datetime
    text: str
    by: str
    tone: str


def timeline(
    viewer: Actor,
    *,
    candidate_id: uuid.UUID | None = None,
    proposal_id: uuid.UUID | None = None,
    placement_id: uuid.UUID | None = None,
) -> tuple[TimelineEntry, ...]:
    """List what happened to one thing, newest first, at most 50; the caller has authorised the viewer."""
    about = {"candidate_id": candidate_id, "proposal_id": proposal_id, "placement_id": placement_id}
    ids = {name: id for name, id in about.items() if id is not None}
    # Only a candidate's history crosses agencies; the parties of a proposal or placement know each other.
    rival = viewer.recruiter_id if candidate_id is not None else None
    zone = ZoneInfo(viewer.time_zone)
    return tuple(_entry(row, zone, rival) for row in _selected(viewer, *ids, **ids))


@prepared
def _selected(viewer: Actor, *about: str) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(E.type, E.at, E.payload, E.recruiter_id, User.name.label("by"), _of_recruiter.name.label("recruiter"))
        .outerjoin(User, User.id == E.actor_id)
        .outerjoin(Recruiter, Recruiter.id == E.recruiter_id)
        .outerjoin(_of_recruiter, _of_recruiter.id == Recruiter.user_id)
        .add_columns(_who_left().label("left"))
        .where(*(getattr(E, name) == bindparam(name) for name in about))
        .order_by(E.id.desc())
        .limit(TIMELINE_LENGTH)
    )
    if "candidate_id" in about:
        query = query.where(*_concerning(viewer))
    if Role.PLATFORM_ADMIN not in viewer.roles:
        query = query.where(E.type != "feedback.given")  # the rated person learns a mean, nobody a single rating
    return query


def _who_left() -> ScalarSelect[Any]:
    """Select the names of those who are on the sheet of an event no more."""
    gone = func.jsonb_array_elements_text(E.payload["left_recruiter_ids"]).column_valued("gone")
    names = select(func.string_agg(User.name, aggregate_order_by(literal_column("', '"), User.name)))
    people = names.join(Recruiter, Recruiter.user_id == User.id).where(Recruiter.id == cast(gone, Uuid))
    return people.correlate(E).scalar_subquery()


def _entry(row: Any, zone: ZoneInfo, rival: uuid.UUID | None) -> TimelineEntry:
    """Word one line; a `rival` who is not concerned reads no names of recruiters (domain.md §2)."""
    stranger = rival is not None and row.recruiter_id not in {None, rival} and _owner(row) != str(rival)
    words, recruiter = shown(row.type), ANOTHER if stranger else row.recruiter or NOBODY
    by = ANOTHER if stranger and row.by == row.recruiter else row.by or NOBODY
    said = say(row.type, Told(row.payload, recruiter, zone))
    text = f"{said} No longer on it: {row.left}." if row.left else said
    return TimelineEntry(words.icon, words.title, row.at, text, by, words.tone)


def _owner(row: Any) -> str | None:
    owner: str | None = row.payload.get("owner_recruiter_id")
    return owner


def _concerning(viewer: Actor) -> tuple[ColumnElement[bool], ...]:
    """Limit a candidate's history to what concerns the viewer: rivals' proposals and outreach stay theirs."""
    if Role.PLATFORM_ADMIN in viewer.roles:
        return ()
    if viewer.recruiter_id is None:
        proposals = select(Proposal.id).where(
            Proposal.candidate_id == bindparam("candidate_id"), Proposal.company_id == viewer.organisation_id
        )
        placements = select(Placement.id).where(
            Placement.candidate_id == bindparam("candidate_id"), Placement.company_id == viewer.organisation_id
        )
        return (or_(E.proposal_id.in_(proposals), E.placement_id.in_(placements)),)
    shared = select(Collaborator.placement_id).where(Collaborator.recruiter_id == viewer.recruiter_id)
    # Who is removed reads of every sheet that named them up to the one that does so no more.
    named = func.jsonb_build_array(func.jsonb_build_array(cast(viewer.recruiter_id, Text)))
    was_on_the_sheet = E.payload["shares_before"].contains(named)
    own_conflict = E.payload["owner_recruiter_id"].astext == cast(viewer.recruiter_id, Text)
    return (
        or_(
            E.recruiter_id == viewer.recruiter_id,
            E.actor_id == viewer.user_id,
            own_conflict,
            E.type.in_(("candidate.added", "candidate.changed", "candidate.sourced")),
            E.placement_id.in_(shared),
            was_on_the_sheet,
        ),
    )
