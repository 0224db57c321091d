"""What waits around emails: those that nobody got, and events that nobody was told of yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from portal.domain.permissions import Actor, Role
from portal.models import Delivery, MarketplaceEvent, OutboxEntry
from portal.queries.waiting.kinds import waits
from portal.queries.waiting.rows import number

LAG = timedelta(minutes=1)


@waits(
    Role.PLATFORM_ADMIN,
    what="emails couldn’t be delivered",
    one="email couldn’t be delivered",
    verb="Review",
    path="/admin/deliveries?state=dead",
    icon="mail-x",
)
def dead(_viewer: Actor, kind: str) -> Select[Any]:
    return number(kind, select(Delivery.id).where(Delivery.state == "dead"))


@waits(
    Role.PLATFORM_ADMIN,
    what="events have waited over a minute for their emails",
    one="event has waited over a minute for its emails",
    verb="Review",
    path="/admin/deliveries",
    icon="alert-triangle",
)
def lag(viewer: Actor, kind: str) -> Select[Any]:
    late = select(OutboxEntry.event_id).join(MarketplaceEvent, MarketplaceEvent.id == OutboxEntry.event_id)
    return number(kind, late.where(MarketplaceEvent.at < viewer.now - LAG))
