"""In-app notices of a person, unread ones first, and what the person chose to be told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all

from portal.access import knows
from portal.domain.events import Kind
from portal.domain.notifications import CHOOSABLE, KIND_LABELS, KIND_OF, NAME
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, Notice, NotificationPreference
from portal.queries.paging import PAGE_SIZE, cut

N = Notice


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Hold one notice."""

    id: uuid.UUID
    template: str
    title: str
    path: str
    at: datetime
    is_read: bool

    @property
    def kind(self) -> Kind:
        """Give what it is about."""
        return KIND_OF[self.template]


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Hold one page; `older` is the last row when there are more."""

    rows: tuple[NoticeRow, ...]
    unread: int
    older: NoticeRow | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold what a person chose for a kind."""

    kind: Kind
    label: str
    hint: str
    by_mail: bool
    in_digest: bool
    in_app: bool


def listing(viewer: Actor, *, before: uuid.UUID | None = None, among_read: bool = False) -> NoticePage:
    """List a person's notices, unread first, newest first; the page after a row costs the same at any depth."""
    columns = (N.id, N.template, N.title, N.path, N.at, N.candidate_id, N.alias)
    mine = N.user_id == viewer.user_id
    newest = N.id.desc()
    unread = select(*columns, literal(False).label("is_read")).where(mine, N.read_at.is_(None))
    read = select(*columns, literal(True).label("is_read")).where(mine, N.read_at.is_not(None))
    if before is not None:
        unread, read = (unread, read.where(N.id < before)) if among_read else (unread.where(N.id < before), read)
    parts = [read] if among_read else [unread, read]
    limited = [part.order_by(newest).limit(PAGE_SIZE + 1).subquery() for part in parts]
    both = union_all(*(select(part) for part in limited)).subquery()
    known = (Candidate.id == both.c.candidate_id) & knows(viewer)
    query = select(both, func.coalesce(Candidate.full_name, both.c.alias).label("name")).outerjoin(Candidate, known)
    query = query.order_by(both.c.is_read, both.c.id.desc()).limit(PAGE_SIZE + 1)
    rows, more = cut([_row(row) for row in reading().execute(query)], PAGE_SIZE)
    return NoticePage(rows, unread_count(viewer), rows[-1] if more else None)


def _row(row: Any) -> NoticeRow:
    return NoticeRow(row.id, row.template, row.title.replace(NAME, row.name), row.path, row.at, row.is_read)


def unread_count(viewer: Actor) -> int:
    """Count the unread notices."""
    return reading().execute(select(func.count()).where(N.user_id == viewer.user_id, N.read_at.is_(None))).scalar_one()


def choices(viewer: Actor) -> tuple[Choice, ...]:
    """List the kinds with what the person chose; who chose nothing gets everything at once."""
    p = NotificationPreference
    query = select(p.kind, p.by_mail, p.in_digest, p.in_app).where(p.user_id == viewer.user_id)
    chosen = {row.kind: (row.by_mail, row.in_digest, row.in_app) for row in reading().execute(query)}
    return tuple(Choice(kind, *KIND_LABELS[kind], *chosen.get(kind, (True, False, True))) for kind in CHOOSABLE)
