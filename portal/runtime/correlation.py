"""The correlation id: one name for all that a request or job causes, in log lines, events, jobs and mails."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

_ALLOWED = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def new_correlation_id() -> str:
    """Make an id of 20 characters."""
    return secrets.token_hex(10)


def begin(offered: str | None = None) -> str:
    """Take an offered id if it has the allowed form (api-guide.md), else make one; it holds until the next `begin`."""
    value = offered if offered and _ALLOWED.match(offered) else new_correlation_id()
    _current.set(value)
    return value


def current() -> str:
    """Return the present id, beginning one where none was begun."""
    return _current.get() or begin()
