"""The event log, and the outcome of checking it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.answers.values import Answer, Part, Time


class Event(Answer):
    """An event: what happened, who did it, what it is about, and the figures at the time."""

    id: UUID
    type: str
    at: Time
    actor_id: UUID | None
    actor: str | None
    organisation_id: UUID | None
    organisation: str | None
    candidate_id: UUID | None
    job_id: UUID | None
    proposal_id: UUID | None
    placement_id: UUID | None
    recruiter_id: UUID | None
    user_id: UUID | None
    payload: dict[str, Any]
    correlation_id: str


class Events(Part):
    """Events, newest first; `next_cursor` leads to older ones."""

    events: list[Event]


class Problem(Answer):
    """The first entry that doesn't match."""

    kind: str
    number: int
    event_id: str
    sentence: str


class Verdict(Answer):
    """The result; if only a part was checked, `next` is where to continue."""

    ok: bool
    checked: int
    head_number: int
    head_hash: str
    next: int | None
    problem: Problem | None
