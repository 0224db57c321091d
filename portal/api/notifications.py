"""In-app notices of the caller."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.notifications import Marked, Notices
from portal.api.endpoint import Api
from portal.api.types import Query
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries import notifications as queries
from portal.queries.lists import Asked, Edge
from portal.services.messages import notices

bp = Api("notifications", __name__, tag="Notifications")
READ, UNREAD = "read", "unread"
CURSOR = rf"^({READ}|{UNREAD})-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$"


class NoticesQuery(Query):
    """Where to go on."""

    cursor: Annotated[str, Field(pattern=CURSOR)] | None = None


@bp.reads("/notifications", Notices, Permission.ACCOUNT_USE)
def list_notices(query: NoticesQuery) -> Notices:
    """List the caller's notifications."""
    where, _, after = (query.cursor or "").partition("-")
    viewer, edge = current_actor(), Edge(uuid.UUID(after), key=int(where == UNREAD)) if after else None
    page = queries.NOTICES.page(viewer, Asked(edge=edge))
    cursor = f"{UNREAD if page.last.key else READ}-{page.last.id}" if page.last else None
    return Notices.of(page, unread=queries.unread_count(viewer), next_cursor=cursor)


@bp.changes("/notifications/<uuid:notice_id>/read", None, Permission.ACCOUNT_USE)
def read_notice(notice_id: uuid.UUID) -> None:
    """Mark a notification as read."""
    notices.read(notice_id, actor=current_actor())


@bp.changes("/notifications/read", Marked, Permission.ACCOUNT_USE)
def read_all_notices() -> Marked:
    """Mark all notifications as read."""
    return Marked(marked=notices.read_all(actor=current_actor()))
