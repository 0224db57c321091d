"""In-app notices of the caller."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Described
from portal.api.types import Out, Query, Time
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries import notifications as queries
from portal.services.messages import notices

bp = Api("notifications", __name__)
TAG = "Notifications"
READ, UNREAD = "read", "unread"
CURSOR = rf"^({READ}|{UNREAD})-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$"


class NoticeOut(Out):
    """A notice and the page that it leads to."""

    id: uuid.UUID
    kind: str
    title: str
    path: str
    at: Time
    is_read: bool


class NoticesOut(Out):
    """Notices, unread ones first, then newest first; `next_cursor` leads to the next page."""

    unread: int
    notices: list[NoticeOut]
    next_cursor: str | None


class NoticesQuery(Query):
    """Where to go on."""

    cursor: Annotated[str, Field(pattern=CURSOR)] | None = None


class ReadOut(Out):
    """How many notices were marked as read."""

    marked: int


@bp.endpoint(
    "/notifications",
    described=Described(tag=TAG, out=NoticesOut, permission=Permission.ACCOUNT_USE, query=NoticesQuery),
)
def list_notices(query: NoticesQuery) -> dict[str, object]:
    """List the caller's notices."""
    where, _, after = (query.cursor or "").partition("-")
    before = uuid.UUID(after) if after else None
    page = queries.listing(current_actor(), before=before, among_read=where == READ)
    edge = page.older
    cursor = None if edge is None else f"{READ if edge.is_read else UNREAD}-{edge.id}"
    return {"unread": page.unread, "notices": list(page.rows), "next_cursor": cursor}


@bp.endpoint(
    "/notifications/<uuid:notice_id>/read",
    method="POST",
    described=Described(tag=TAG, out=None, permission=Permission.ACCOUNT_USE, status=204),
)
def read_notice(notice_id: uuid.UUID) -> None:
    """Mark a notice as read."""
    notices.read(notice_id, actor=current_actor())


@bp.endpoint(
    "/notifications/read",
    method="POST",
    described=Described(tag=TAG, out=ReadOut, permission=Permission.ACCOUNT_USE),
)
def read_all_notices() -> dict[str, int]:
    """Mark all notices as read."""
    return {"marked": notices.read_all(actor=current_actor())}
