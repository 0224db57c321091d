"""The months of the log: events stand in a partition a month, made ahead, so that an old one can leave at once.

What a partition needs (triggers, indexes, the key) is in `network.add_event_months`, for migrations and this alike.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, func, select, text

from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import MarketplaceEvent
from portal.services.machinery.unit_of_work import unit_of_work

AHEAD = timedelta(days=62)  # so that a ticker may stand still for two months before events have no month


class Months(NamedTuple):
    """Up to when there are months, and whether events lie outside of them."""

    end: datetime
    has_strays: bool


def add_ahead(*, actor: Actor) -> int:
    """Make the months to come and count them; events that had none get one as they lie."""
    with unit_of_work(actor) as uow:
        until = func.network.month_after(uow.now + AHEAD)
        added: int = uow.session.execute(select(func.network.add_event_months(until))).scalar_one()
        return added


def stand() -> Months:
    query = "SELECT network.event_months_end(), EXISTS (SELECT FROM network.marketplace_events_later)"
    return Months(*reading().execute(text(query)).one())


class Month(NamedTuple):
    """A partition: ids from `since_id` on and below `until_id`, which is the lowest of the time `until`."""

    table: str
    since_id: uuid.UUID
    until_id: uuid.UUID
    until: datetime


_CLOSED = """
    SELECT part.table, coalesce(substring(part.bounds FROM 'FROM \\(''([0-9a-f-]+)')::uuid, CAST(:lowest AS uuid)),
        part.until_id, network.time_of_event_id(part.until_id)
    FROM (
        SELECT c.relname AS table, pg_get_expr(c.relpartbound, c.oid) AS bounds,
            substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''([0-9a-f-]+)')::uuid AS until_id
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'network.marketplace_events'::regclass
    ) AS part
    WHERE network.time_of_event_id(part.until_id) <= :before ORDER BY part.until_id
"""


def closed(before: datetime) -> list[Month]:
    """List the months that were over at a time, oldest first; the first reaches back without end."""
    rows = reading().execute(text(_CLOSED), {"before": before, "lowest": uuid.UUID(int=0)})
    return [Month(*row) for row in rows]


def has_entries(month: Month) -> bool:
    event = exists().where(MarketplaceEvent.id >= month.since_id, MarketplaceEvent.id < month.until_id)
    return bool(reading().execute(select(event)).scalar_one())
