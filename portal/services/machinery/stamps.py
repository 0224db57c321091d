"""The keys of the event log, and the stamp that each event carries from the transaction that wrote it.

A stamp is a keyed hash over the event's content. Whoever edits an event before it is sealed, or inserts one behind
the portal's back, lacks the key; the sealer would otherwise seal what it finds.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import orjson
from flask import current_app

from portal.domain.events import as_json

COLUMNS = (
    "id",
    "type",
    "at",
    "actor_id",
    "organisation_id",
    "candidate_id",
    "job_id",
    "proposal_id",
    "placement_id",
    "recruiter_id",
    "user_id",
    "payload",
    "correlation_id",
)
LEGACY = 0  # the number of what was sealed under SECRET_KEY, before seals had keys of their own


@dataclass(frozen=True, slots=True)
class SealKey:
    """A numbered key; a higher number is newer."""

    number: int
    secret: bytes

    def mac(self, purpose: bytes, content: bytes) -> bytes:
        """Return the keyed hash of some content for one purpose."""
        return hmac.digest(self.secret, purpose + b"\n" + content, "sha256")


def sealing_key() -> SealKey:
    """Return the key that seals: the one listed first."""
    return listed(str(current_app.config["EVENT_SEAL_KEYS"]))[0]


def key_numbered(number: int) -> SealKey | None:
    """Return a key by its number, or None when it is not known here."""
    return next((key for key in listed(str(current_app.config["EVENT_SEAL_KEYS"])) if key.number == number), None)


def unlisted(number: int) -> str:
    """Return the words for a key that is not known here: whether what it signed is genuine, only its owner can tell."""
    return f"key {number}, which is not in EVENT_SEAL_KEYS"


def with_new_key(secret: str) -> str:
    """Return the list of keys with a new one in front."""
    earlier = str(current_app.config["EVENT_SEAL_KEYS"]).strip()
    return f"{sealing_key().number + 1}:{secret},{earlier}"


@lru_cache(maxsize=8)
def listed(keys: str) -> tuple[SealKey, ...]:
    """Return the keys of EVENT_SEAL_KEYS, the newest first."""
    numbered = (entry.strip().split(":", 1) for entry in keys.split(","))
    return tuple(SealKey(int(number), secret.encode()) for number, secret in numbered)


def canonical(row: Mapping[str, object]) -> bytes:
    """Return an event's content as bytes: JSON of its columns, keys sorted, times in UTC."""
    at = row["at"]
    assert isinstance(at, datetime), "the log knows when everything was"
    plain = {name: row[name] for name in COLUMNS} | {"at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    return orjson.dumps(plain, default=as_json, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def stamp(row: Mapping[str, object]) -> str:
    """Return the stamp of an event that is about to be written."""
    return stamped(sealing_key(), canonical(row))


def stamped(key: SealKey, content: bytes) -> str:
    """Return the stamp of an event's content under a key."""
    return f"{key.number}:{key.mac(b'event', content).hex()}"


def stamp_number(written: str) -> int:
    """Return the number of the key that a stamp names, or LEGACY, which stamps nothing, when it names none."""
    number = written.partition(":")[0]
    return int(number) if number.isdecimal() and len(number) < 10 else LEGACY
