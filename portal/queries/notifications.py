"""A person's in-app notices, unread ones first, and which ones they chose to get."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, exists, func, select

from portal.access import knows
from portal.domain.events import Kind
from portal.domain.notifications import CHOOSABLE, KIND_ICONS, KIND_LABELS, KIND_OF, NAME
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, MarketplaceEvent, Membership, Notice, NotificationPreference, Proposal
from portal.queries.filters import Choice as Picked
from portal.queries.filters import Days
from portal.queries.list_parts import NEWEST, Cell, Sort
from portal.queries.lists import Listing
from portal.queries.prepared import USER

N = Notice


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: uuid.UUID
    template: str
    title: str
    path: str
    at: datetime
    is_read: bool

    @property
    def kind(self) -> Kind:
        return KIND_OF[self.template]

    @property
    def icon(self) -> str:
        return KIND_ICONS[self.kind]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for a kind."""

    kind: Kind
    label: str
    hint: str
    by_mail: bool
    in_digest: bool
    in_app: bool


UNREAD = func.num_nulls(N.read_at, type_=Integer)  # 1 until it is read; the expression of ix_notices_order


def _shows(viewer: Actor) -> Select[Any]:
    known = (Candidate.id == N.candidate_id) & knows(viewer) & ~_is_undecided()
    name = func.coalesce(Candidate.full_name, N.alias).label("name")
    columns: tuple[Any, ...] = (N.id, N.template, N.title, N.path, N.at, N.read_at, name)
    return select(*columns).select_from(N).outerjoin(Candidate, known)


def _is_undecided() -> ColumnElement[bool]:
    """Return the condition that a notice is about a proposal which the person's company has not accepted."""
    return (
        exists()
        .where(MarketplaceEvent.id == N.event_id, Proposal.id == MarketplaceEvent.proposal_id)
        .where(Proposal.state != "accepted", Membership.organisation_id == Proposal.company_id)
        .where(Membership.user_id == USER)
        .correlate(N)
    )


def _row(row: Any, _viewer: Actor) -> NoticeRow:
    title = row.title.replace(NAME, row.name)
    return NoticeRow(row.id, row.template, title, row.path, row.at, row.read_at is not None)


def _about(kind: str) -> ColumnElement[bool]:
    return N.template.in_([template for template, of in KIND_OF.items() if of == kind])


NOTICES = Listing(
    name="notifications",
    noun=("notification", "notifications"),
    path="/notifications",
    looked_at="notifications",
    id=N.id,
    among=lambda _: select(N.id).where(N.user_id == USER),
    shows=_shows,
    make=_row,
    filters=(
        Picked(
            "state",
            "Status",
            options={"unread": "Unread", "read": "Read"},
            on=lambda state: N.read_at.is_(None) if state == "unread" else N.read_at.is_not(None),
            tabs=True,
        ),
        Picked("about", "About", options={str(kind): KIND_LABELS[kind][0] for kind in KIND_LABELS}, on=_about),
        Days("at", "Received", on=N.id, more=True),
    ),
    sorts=(
        Sort("unread", "Status", UNREAD, ("read first", "unread first"), falls=True),
        Sort("received", "Received", N.id, NEWEST, falls=True),
    ),
    cells=(
        Cell("Notification", lambda row: row.title),
        Cell("About", lambda row: KIND_LABELS[row.kind][0]),
        Cell("Received", lambda row: row.at, is_time=True),
        Cell("Read", lambda row: row.is_read),
    ),
)


def folded(rows: Sequence[NoticeRow]) -> list[tuple[NoticeRow, int]]:
    """Return the rows; consecutive ones that say the same are one row, the latest, with their number."""
    alike = (list(some) for _, some in groupby(rows, lambda row: (row.title, row.path, row.is_read)))
    return [(max(some, key=lambda row: row.id), len(some)) for some in alike]


def unread_count(viewer: Actor) -> int:
    return reading().execute(select(func.count()).where(N.user_id == viewer.user_id, N.read_at.is_(None))).scalar_one()


def choices(viewer: Actor) -> tuple[Choice, ...]:
    """List the kinds with what the person chose; by default, everything is sent immediately."""
    p = NotificationPreference
    query = select(p.kind, p.by_mail, p.in_digest, p.in_app).where(p.user_id == viewer.user_id)
    chosen = {row.kind: (row.by_mail, row.in_digest, row.in_app) for row in reading().execute(query)}
    return tuple(Choice(kind, *KIND_LABELS[kind], *chosen.get(kind, (True, False, True))) for kind in CHOOSABLE)
