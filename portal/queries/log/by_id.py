"""Events that are known by their ids, read from the months of these ids alone.

A plain join, or an IN, would be planned as a walk through all months: PostgreSQL takes the look into one for a look
into each.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Select, Uuid, any_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause

from portal.models import MarketplaceEvent

IDS: BindParameter[Any] = bindparam("ids", type_=ARRAY(Uuid))
FIRST, LAST = (bindparam(end, type_=Uuid) for end in ("first", "last"))


def event_of(event_id: InstrumentedAttribute[uuid.UUID]) -> LateralFromClause:
    """Return the event of a row, to be joined on true: each is looked up in its own month."""
    table = MarketplaceEvent.__table__
    return select(table).where(table.c.id == event_id).offset(0).lateral()


def events_between(*columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    """Select columns of the events that `ids_between` names, in the order of the ids."""
    event_id = MarketplaceEvent.__table__.c.id
    return select(*columns).where(event_id == any_(IDS), event_id >= FIRST, event_id <= LAST).order_by(event_id)


def ids_between(ids: Sequence[uuid.UUID]) -> dict[str, object]:
    """Return some ids, which are sorted and not none, as the parameters of `events_between`."""
    return {IDS.key: list(ids), FIRST.key: ids[0], LAST.key: ids[-1]}
