"""What happened: one frozen dataclass an event type, the payload of the event log and of the emails (domain.md §7).

An event is declared in one place, by `@event`: the rest of the portal reads how it looks and which emails it has there.

Payloads carry ids and the figures that were true then; no names, no contact data. Money is in minor units, shares in
basis points, times are aware UTC. Fields named in REFERENCES are columns of the log as well, for its filters.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, TypeVar, dataclass_transform

REFERENCES = ("candidate_id", "job_id", "proposal_id", "placement_id", "recruiter_id", "user_id")

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
_AS_IT_IS = frozenset({str, int, uuid.UUID, datetime})  # no enums: their text is read from them
EVENT_TYPES: dict[str, type[Event]] = {}


class Kind(StrEnum):
    """What notifications are about; a person chooses for each kind."""

    CANDIDATES = "candidates"
    PROPOSALS = "proposals"
    QUESTIONS = "questions"
    PLACEMENTS = "placements"
    GUARANTEES = "guarantees"
    SPLITS = "splits"
    MONEY = "money"
    DISPUTES = "disputes"
    REPUTATION = "reputation"
    DELIVERIES = "deliveries"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Shown:
    """How an event reads: `says` is a format over the payload, `recruiter` and `company`, see wording/event_words."""

    title: str
    says: str
    icon: str
    tone: str


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Event:
    """The form all events share; `organisation_id` is the company or agency concerned."""

    type: ClassVar[str]
    shown: ClassVar[Shown]
    notice: ClassVar[Kind | None]
    mails: ClassVar[tuple[str, ...]]
    organisation_id: uuid.UUID | None = None

    def payload(self) -> dict[str, Json | uuid.UUID | datetime]:
        """Return the fields as JSON values, but ids and times as they are: whoever writes the JSON makes them text."""
        found = ((name, getattr(self, name)) for name in _names(self.type))
        return {name: value if type(value) in _AS_IT_IS else as_json(value) for name, value in found}

    def references(self) -> dict[str, uuid.UUID | None]:
        """Return the entities that the event is about."""
        return {name: getattr(self, name) for name in _references(self.type)}


E = TypeVar("E", bound=Event)


def event(
    name: str,
    title: str,
    says: str = "",
    *,
    icon: str,
    tone: str = "",
    notice: Kind | None = None,
    mails: tuple[str, ...] | None = None,
) -> Callable[[type[E]], type[E]]:
    """Declare an event; `notice` is the kind under which people get its email, which is a notice in the portal, too.

    The email is the template of templates/email/ that is called as the event, if `mails` does not name others.
    Whom it goes to and what it says stands in portal/mailers/.
    """
    assert notice or not mails, f"{name}: mails need the kind that people choose by"
    templates = (name.replace(".", "_"),) if notice and mails is None else mails or ()

    def declare(declared: type[E]) -> type[E]:
        made = dataclass(frozen=True, kw_only=True)(declared)
        made.type, made.shown = name, Shown(title, says, icon, tone)
        made.notice, made.mails = notice, templates
        EVENT_TYPES[name] = made
        return made

    return declare


@cache
def _names(event_type: str) -> tuple[str, ...]:
    """List what the payload of a type holds."""
    return tuple(f.name for f in fields(EVENT_TYPES[event_type]) if f.name != "organisation_id")


@cache
def _references(event_type: str) -> tuple[str, ...]:
    """List which entities a type is about."""
    return tuple(name for name in REFERENCES if name in _names(event_type))


_READERS = {"date": date.fromisoformat, "datetime": datetime.fromisoformat}


def said(event_type: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a payload says of an event's fields: days and times as such, and the defaults of what it lacks."""
    declared = [f for f in fields(EVENT_TYPES[event_type]) if f.name != "organisation_id"]
    values = {f.name: f.default for f in declared if f.default is not MISSING} | dict(payload)
    kinds = {f.name: str(f.type).removesuffix(" | None") for f in declared}
    times = {name: _READERS[kind] for name, kind in kinds.items() if kind in _READERS and values.get(name)}
    return values | {name: read(values[name]) for name, read in times.items()}


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
