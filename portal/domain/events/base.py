"""What happened: one frozen dataclass an event type, the payload of the event log and of the mails (domain.md §7).

Payloads carry ids and the figures that were true then; no names, no contact data. Money is in minor units, shares in
basis points, times are aware UTC. Fields named in REFERENCES are columns of the log as well, for its filters.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import ClassVar

REFERENCES = ("candidate_id", "job_id", "proposal_id", "placement_id", "recruiter_id", "user_id")

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
_WRITTEN_LATER = (uuid.UUID, datetime)
EVENT_TYPES: dict[str, type[Event]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Be the common form of all events; `organisation_id` is the company or agency concerned."""

    type: ClassVar[str]
    organisation_id: uuid.UUID | None = None

    def __init_subclass__(cls) -> None:
        if "." in cls.type:  # the shared forms below are no types of their own
            EVENT_TYPES[cls.type] = cls

    def payload(self) -> dict[str, Json | uuid.UUID | datetime]:
        """Give the fields as JSON values, except ids and times, which whoever writes the JSON turns into text."""
        found = ((name, getattr(self, name)) for name in _names(self.type))
        return {name: value if isinstance(value, _WRITTEN_LATER) else as_json(value) for name, value in found}

    def references(self) -> dict[str, uuid.UUID | None]:
        """Give the entities that the event is about."""
        return {name: getattr(self, name) for name in REFERENCES if hasattr(self, name)}


@cache
def _names(event_type: str) -> tuple[str, ...]:
    """List what the payload of a type holds."""
    return tuple(f.name for f in fields(EVENT_TYPES[event_type]) if f.name != "organisation_id")


def as_json(value: object) -> Json:
    """Turn the value of a field into JSON: ids and times as text, everything else as it is."""
    if isinstance(value, uuid.UUID):  # most values are ids
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple | list):
        return [as_json(v) for v in value]
    if isinstance(value, dict):
        return {str(k): as_json(v) for k, v in value.items()}
    return str(value)
