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
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal.access import names
from portal.domain.errors import NotFound
from portal.domain.events import EVENT_TYPES, billing
from portal.domain.permissions import Actor, Permission, Role
from portal.models import (
    Collaborator,
    EventArchive,
    EventSeal,
    Job,
    MarketplaceEvent,
    Organisation,
    Placement,
    Proposal,
    Recruiter,
    User,
)
from portal.queries.paging import Page, cut
from portal.queries.prepared import RECRUITER, prepared
from portal.wording.event_words import THE_COMPANY, Told, say, shown

NOBODY = "Deleted user"
ANOTHER = "Another recruiter"
LINES = 20  # of a history; it stands at the end of a page that is about something else
HIGHEST_ID = uuid.UUID(int=2**128 - 1)
E = MarketplaceEvent
# What each recruiter is paid, and owes of other placements, is nobody else's to read.
PAID_OUT = or_(E.type.startswith("payout."), E.type.startswith("clawback."))
# What moves because of a placement, which hiring managers do not see (ADR 0084).
_MONEY = [name for name, declared in EVENT_TYPES.items() if declared.__module__ == billing.__name__]
_of_recruiter = aliased(User)
_of_placement = aliased(Placement)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a history as a sentence for people, with its place in the log: no number before it is sealed.

    `path` opens the entry: in the log, or for whoever does not read all of it as far as this history shows it.
    """

    id: uuid.UUID
    icon: str
    title: str
    at: datetime
    text: str
    by: str
    tone: str
    number: int | None
    path: str


def timeline(
    viewer: Actor, *, money: bool = False, before: uuid.UUID | None = None, **about: uuid.UUID
) -> Page[TimelineEntry]:
    """List what happened to one thing, newest first, below `before`; `money` is only what moved any.

    The thing is named by its reference: `candidate_id`, `proposal_id` or `placement_id`. The caller has authorised the
    viewer.
    """
    # Only a candidate's history crosses agencies; the parties of a proposal or placement know each other.
    rival = viewer.recruiter_id if "candidate_id" in about else None
    zone = ZoneInfo(viewer.time_zone)
    path = _path(viewer, **about)
    found = _selected(viewer, "money" if money else "all", *about, **about, before=before or HIGHEST_ID).all()
    rows, more = cut([_entry(row, zone, rival, path) for row in found if row.id], LINES)
    return Page(rows, older=rows[-1].id if more else None, begins=found[0].begins)


def entry(viewer: Actor, event_id: uuid.UUID, **about: uuid.UUID) -> TimelineEntry:
    """Return one entry of the history of one thing, which `timeline` lists."""
    after = uuid.UUID(int=min(event_id.int + 1, HIGHEST_ID.int))
    for row in timeline(viewer, money=False, before=after, **about).rows[:1]:
        if row.id == event_id:
            return row
    raise NotFound


def _path(viewer: Actor, **about: uuid.UUID) -> str:
    """Return where an entry is opened, its id left out."""
    if viewer.has(Permission.EVENTS_VIEW):
        return "/admin/events?event="
    ((name, id),) = about.items()
    return f"/{name.removesuffix('_id')}s/{id}/log/"


@prepared
def _selected(viewer: Actor, kind: str, *about: str) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(E.id, E.type, E.at, E.payload, E.recruiter_id, EventSeal.number)
        .add_columns(User.name.label("by"), _of_recruiter.name.label("recruiter"))
        .add_columns(Organisation.name.label("company"), _of_placement.time_zone.label("there"))
        .outerjoin(EventSeal, EventSeal.event_id == E.id)
        .outerjoin(User, User.id == E.actor_id)
        .outerjoin(Recruiter, Recruiter.id == E.recruiter_id)
        .outerjoin(_of_recruiter, _of_recruiter.id == Recruiter.user_id)
        .outerjoin(Job, Job.id == E.job_id)
        .outerjoin(Organisation, Organisation.id == Job.company_id)
        .outerjoin(_of_placement, _of_placement.id == E.placement_id)
        .add_columns(_who_left().label("left"))
        .where(*(getattr(E, name) == bindparam(name) for name in about))
        .where(E.id < bindparam("before"), E.payload.has_key("amount_minor") if kind == "money" else true())
        .order_by(E.id.desc())
        .limit(LINES + 1)
    )
    if "candidate_id" in about:
        query = query.where(*_concerning(viewer))
    if Role.PLATFORM_ADMIN not in viewer.roles:
        query = query.where(E.type != "feedback.given")  # the rated person learns a mean, nobody a single rating
        query = query.where(or_(not_(PAID_OUT), E.recruiter_id == RECRUITER))
    if not viewer.has(Permission.MONEY_VIEW):
        query = query.where(E.type.not_in(_MONEY))
    events = query.subquery()
    # One row at least, which says where the log begins.
    start = select(func.max(EventArchive.until).label("begins")).subquery()
    return select(events, start.c.begins).select_from(start.outerjoin(events, true())).order_by(events.c.id.desc())


def _who_left() -> ScalarSelect[Any]:
    """Select the names of those who are on the sheet of an event no more."""
    gone = func.jsonb_array_elements_text(E.payload["left_recruiter_ids"]).column_valued("gone")
    names = select(func.string_agg(User.name, aggregate_order_by(literal_column("', '"), User.name)))
    people = names.join(Recruiter, Recruiter.user_id == User.id).where(Recruiter.id == cast(gone, Uuid))
    return people.correlate(E).scalar_subquery()


def _entry(row: Any, zone: ZoneInfo, rival: uuid.UUID | None, path: str) -> TimelineEntry:
    """Word one line; a `rival` who is not concerned reads no names of recruiters (domain.md §2)."""
    stranger = rival is not None and row.recruiter_id not in {None, rival} and _owner(row) != str(rival)
    words, recruiter = shown(row.type), ANOTHER if stranger else row.recruiter or NOBODY
    by = ANOTHER if stranger and row.by == row.recruiter else row.by or NOBODY
    said = say(row.type, Told(row.payload, recruiter, zone, row.company or THE_COMPANY, there=row.there))
    text = f"{said} No longer on the team: {row.left}." if row.left else said
    return TimelineEntry(row.id, words.icon, words.title, row.at, text, by, words.tone, row.number, f"{path}{row.id}")


def _owner(row: Any) -> str | None:
    owner: str | None = row.payload.get("owner_recruiter_id")
    return owner


def _concerning(viewer: Actor) -> tuple[ColumnElement[bool], ...]:
    """Limit a candidate's history to what concerns the viewer: rivals' proposals and outreach stay theirs."""
    if Role.PLATFORM_ADMIN in viewer.roles:
        return ()
    if viewer.recruiter_id is None:
        proposals = select(Proposal.id).where(
            Proposal.candidate_id == bindparam("candidate_id"),
            Proposal.company_id == viewer.organisation_id,
            names(viewer),
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
