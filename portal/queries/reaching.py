"""How far a page or a search reaches among the rows that are somebody's own.

What is in many rows is soon found among the newest of one's own, each looked at by itself: that costs the same however
many there are. Only if these do not do, all rows that have the words are gathered.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    union,
    union_all,
)

from portal.queries.prepared import written

NEAR = 4_000  # of the rows of one's own, so many of the newest are looked at one by one
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
        return ids.order_by(column.desc() if self.falls else column).limit(written(self.size + 1))


@dataclass(frozen=True, slots=True)
class Near:
    """The newest rows of one's own, and those of them in which a search finds its words, as far as they are wanted."""

    rows: CTE
    found: CTE

    @property
    def is_all(self) -> ColumnElement[bool]:
        """Return the condition that there are no others."""
        return _counted(self.rows) < written(NEAR)

    def has_more_than(self, number: int) -> ColumnElement[bool]:
        """Return the condition that these do: as many are found as are wanted, or there are no others."""
        return or_(_counted(self.found) > written(number), self.is_all)

    def count(self, limit: int, all_of_them: ColumnElement[int]) -> ColumnElement[int]:
        """Return how many rows are found, up to a limit and one more."""
        return case((self.has_more_than(limit), func.least(_counted(self.found), limit + 1)), else_=all_of_them)

    def is_one(self, row_id: Any, enough: ColumnElement[bool], all_of_them: Select[Any]) -> ColumnElement[bool]:
        """Return the condition that a row is one of those found, here if that is enough."""
        ids = (func.array(of.scalar_subquery(), type_=ARRAY(Uuid)) for of in (select(self.found.c.id), all_of_them))
        here, anywhere = ids
        is_found: ColumnElement[bool] = row_id == any_(case((enough, here), else_=anywhere))
        return is_found


def near(row_id: Any, own: Select[Any], found: Select[Any], *, most: int, name: str) -> Near:
    """Look at the newest rows of one's own, from the newest on, until enough are found that have the words.

    They are looked at as a subquery: before version 17, PostgreSQL forgets the order of a CTE, looks at all and sorts.
    """
    newest = own.limit(written(NEAR))
    rows = newest.subquery()
    each = found.with_only_columns(row_id.label("id")).join(rows, rows.c.id == row_id)
    each = each.order_by(rows.c.id.desc()).limit(written(most))
    return Near(newest.cte(f"near_{name}"), each.cte(f"found_near_{name}"))


def newest(ways: Ways, *, turn: str | None = None) -> Select[Any]:
    """Select the ids of the newest rows that are somebody's own, in each way as many as are looked at."""
    window = Reach(turn, NEAR, falls=True)
    own = (window.cut(select(column.label("id")).where(own).distinct(), column) for column, own in ways)
    ids = union(*(select(each.subquery().c.id) for each in own)).subquery()
    return select(ids.c.id).order_by(ids.c.id.desc())


def is_one(row_id: Any, ways: Ways) -> ColumnElement[bool]:
    """Return the condition that a row is somebody's own."""
    found: ColumnElement[bool] = row_id.in_(
        union_all(*(select(column).where(own).correlate(None) for column, own in ways))
    )
    return found


def _counted(rows: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(rows).scalar_subquery()
