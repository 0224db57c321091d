"""Events that rows name by id, looked up one by one in the month of each."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause

from portal.models import MarketplaceEvent


def event_of(event_id: InstrumentedAttribute[uuid.UUID]) -> LateralFromClause:
    """Return the event of a row, to be joined on true.

    A plain join would be planned as a walk through all months: PostgreSQL takes the look into one for a look into each.
    """
    table = MarketplaceEvent.__table__
    return select(table).where(table.c.id == event_id).offset(0).lateral()
