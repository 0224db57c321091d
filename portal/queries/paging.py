"""Keyset paging by UUIDv7: the page after an id costs the same at any depth."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import reading

T = TypeVar("T")
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page, newest first; `older` and `newer` are ids to go on from, or None at an end.

    `begins` is since when the log has all of it, where earlier months were archived.
    """

    rows: tuple[T, ...]
    older: uuid.UUID | None = None
    newer: uuid.UUID | None = None
    begins: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """A part of a list, newest first, and the length of all of it; `older` is the id to go on from, None at the end."""

    rows: tuple[T, ...]
    total: int
    older: uuid.UUID | None


def newest(
    query: Select[*tuple[Any, ...]],
    id: InstrumentedAttribute[uuid.UUID],
    make: Callable[[Row[*tuple[Any, ...]]], T],
    *,
    older_than: uuid.UUID | None,
    limit: int,
) -> Counted[T]:
    """Return a part of what a query finds, the newest first, and how much that is."""
    total = reading().execute(select(func.count()).select_from(query.with_only_columns(id).order_by(None).subquery()))
    if older_than is not None:
        query = query.where(id < older_than)
    found = reading().execute(query.order_by(None).order_by(id.desc()).limit(limit + 1))
    return counted([make(row) for row in found], limit, total.scalar_one())


def counted(found: Sequence[Any], size: int, total: int) -> Counted[Any]:
    """Cut a part from one row too many."""
    rows, more = cut(found, size)
    return Counted(rows, total, rows[-1].id if more else None)


def cut(rows: Sequence[T], size: int) -> tuple[tuple[T, ...], bool]:
    """Cut a page from one row too many and tell whether there are more."""
    return tuple(rows[:size]), len(rows) > size
