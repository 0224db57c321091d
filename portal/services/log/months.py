"""The months of the log: events stand in a partition a month, made ahead, so that an old one can leave at once.

What a partition needs (triggers, indexes, the key) is in `network.add_event_months`, for migrations and this alike.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, text

from portal.domain.permissions import Actor
from portal.extensions import reading
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
    """Return how the months stand."""
    query = "SELECT network.event_months_end(), EXISTS (SELECT FROM network.marketplace_events_later)"
    return Months(*reading().execute(text(query)).one())
