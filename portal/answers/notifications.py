"""In-app notices."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Time


class Notice(Answer):
    """A notification and the page it links to."""

    id: UUID
    kind: str
    title: str
    path: str
    at: Time
    is_read: bool


class Notices(Answer):
    """Notifications, unread first, then newest first; `next_cursor` leads to the next page."""

    unread: int
    notices: Annotated[list[Notice], From("rows")]
    next_cursor: str | None


class Marked(Answer):
    """How many notifications were marked as read."""

    marked: int
