"""What waits around emails: those that nobody got, and events that nobody was told of yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from portal.domain.permissions import Actor, Role
from portal.models import Delivery, OutboxEntry
from portal.queries.waiting.kinds import A_MINUTE_AGO, Wanted, waits
from portal.queries.waiting.rows import number


@waits(
    Role.PLATFORM_ADMIN,
    counts="email",
    what="Couldn’t be delivered",
    verb="Review",
    path="/admin/deliveries?state=dead",
    icon="mail-x",
)
def dead(_viewer: Actor, wanted: Wanted) -> Select[Any]:
    return number(wanted, select(Delivery.id).where(Delivery.state == "dead"))


@waits(
    Role.PLATFORM_ADMIN,
    counts="event",
    what="Emails more than a minute late",
    verb="Review",
    path="/admin/deliveries",
    icon="alert-triangle",
)
def lag(_viewer: Actor, wanted: Wanted) -> Select[Any]:
    """Count by the time that the ids of events have in them: a join would look into every month of the log."""
    return number(wanted, select(OutboxEntry.event_id).where(OutboxEntry.event_id < A_MINUTE_AGO))
