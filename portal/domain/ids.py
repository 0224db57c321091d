"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by time and one index serves identity and order."""

from __future__ import annotations

import secrets
import threading
import uuid
from datetime import datetime

SYSTEM_USER_ID = uuid.UUID("00000000-0000-7000-8000-000000000001")
PLATFORM_ORGANISATION_ID = uuid.UUID("00000000-0000-7000-8000-000000000002")

_lock = threading.Lock()
_last: tuple[int, int] = (0, 0)


def new_id(at: datetime) -> uuid.UUID:
    """Make a UUIDv7 of the time `at`; ids made in one process for the same millisecond keep their order."""
    global _last
    millis = int(at.timestamp() * 1000)
    with _lock:
        counter = _last[1] + 1 if _last[0] == millis and _last[1] < 0xFFF else secrets.randbelow(0x400)
        _last = (millis, counter)
    value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def lowest_id(at: datetime) -> uuid.UUID:
    """Return the smallest UUIDv7 of the time `at`, to turn a range of times into a range of ids."""
    millis = int(at.timestamp() * 1000)
    return uuid.UUID(int=(millis & (1 << 48) - 1) << 80 | 0x7 << 76 | 0b10 << 62)
