"""In-app notices."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Time


class Notice(Answer):
    """A notice and the page that it leads to."""

    id: UUID
    kind: str
    title: str
    path: str
    at: Time
    is_read: bool


class Notices(Answer):
    """Notices, unread ones first, then newest first; `next_cursor` leads to the next page."""

    unread: int
    notices: Annotated[list[Notice], From("rows")]
    next_cursor: str | None


class Marked(Answer):
    """How many notices were marked as read."""

    marked: int
