"""How far a page or a search reaches among the rows that are somebody's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Select,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
    union,
)

from portal.domain.permissions import Actor
from portal.queries.prepared import written

FEW = 2_000  # rows that a search looks at one by one; of more, it gathers those that have the words
Ways = Sequence[tuple[Any, ColumnElement[bool]]]  # of being visible: a column with ids, and the condition of one's own
EDGE: BindParameter[uuid.UUID] = bindparam("edge_id", type_=Uuid())


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a page reaches when it is in the order of ids and nothing narrows it; without a `turn` from the end."""

    turn: str | None
    size: int
    falls: bool

    def cut(self, ids: Select[Any], column: Any) -> Select[Any]:
        """Limit ids to those that the page may have, of this way of being visible."""
        if self.turn is not None:
            ids = ids.where(column < EDGE if self.falls else column > EDGE)
        return ids.order_by(column.desc() if self.falls else column).limit(self.size + 1)


@dataclass(frozen=True, slots=True)
class Few:
    """Rows that are somebody's own: whether they are few, and the condition that a row is one of them."""

    sees: Callable[[Actor], bool]
    rows: Callable[[Actor], ColumnElement[bool]]


def is_many(ways: Ways) -> ColumnElement[bool]:
    """Return the condition that one of the ways leads to more than a few rows."""
    return or_(*(exists(select(column).where(own).order_by(column).offset(written(FEW))) for column, own in ways))


def is_one(row_id: Any, ways: Ways) -> ColumnElement[bool]:
    """Return the condition that a row is one of these; an array, because of one the planner expects few rows."""
    ids = union(*(select(column).where(own) for column, own in ways))
    is_found: ColumnElement[bool] = row_id == any_(func.array(ids.scalar_subquery(), type_=ARRAY(Uuid)))
    return is_found
