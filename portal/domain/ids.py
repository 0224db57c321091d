"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by time and one index serves identity and order."""

from __future__ import annotations

import re
import secrets
import threading
import uuid
from collections import OrderedDict
from datetime import UTC, datetime

SYSTEM_USER_ID = uuid.UUID("00000000-0000-7000-8000-000000000001")
PLATFORM_ORGANISATION_ID = uuid.UUID("00000000-0000-7000-8000-000000000002")

_COUNTER = 32  # bits behind the version and the variant: 12 + 20
_REMEMBERED = 1024  # milliseconds; a slow transaction's ids still follow each other after faster ones' ids

_WRITTEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)

_lock = threading.Lock()
_counters: OrderedDict[int, int] = OrderedDict()


def new_id(at: datetime) -> uuid.UUID:
    """Make a UUIDv7 of the time `at`; ids made in one process for the same millisecond keep their order.

    The counter is that of RFC 9562, section 6.2, method 1. Transactions that run side by side take turns, each with
    the time it began: so the counters of many milliseconds are remembered.
    """
    millis = int(at.timestamp() * 1000)
    counter = _counted(millis)
    high, low = counter >> 20, counter & (1 << 20) - 1
    value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 42 | secrets.randbits(42)
    return uuid.UUID(int=value)


def _counted(millis: int) -> int:
    with _lock:
        counter = _counters.pop(millis, None)
        counter = secrets.randbits(_COUNTER - 1) if counter is None else (counter + 1) % (1 << _COUNTER)
        _counters[millis] = counter
        if len(_counters) > _REMEMBERED:
            _counters.popitem(last=False)
    return counter


def written_id(text: str) -> uuid.UUID:
    """Return the id that a text is.

    Raises:
        ValueError: it is none, or one only to a parser that takes braces, `urn:uuid:` and missing hyphens.
    """
    if not _WRITTEN.fullmatch(text):
        raise ValueError("no id")
    return uuid.UUID(text)


def lowest_id(at: datetime) -> uuid.UUID:
    """Return the smallest UUIDv7 of the time `at`, to turn a range of times into a range of ids."""
    millis = max(int(at.timestamp() * 1000), 0)  # before 1970 no id was made
    return uuid.UUID(int=millis << 80 | 0x7 << 76 | 0b10 << 62)


def time_of(row_id: uuid.UUID) -> datetime:
    """Return the time that a UUIDv7 was made of, to the millisecond."""
    return datetime.fromtimestamp((row_id.int >> 80) / 1000, UTC)
