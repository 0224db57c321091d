"""The event log of the platform: read, filter, verify."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from portal.api.endpoint import Api, Described
from portal.api.types import Body, Limit, Out, Query, Time
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.log import event_log
from portal.queries.log.event_log import LogFilter
from portal.services import seals

bp = Api("events", __name__)
TAG = "Events"
Word = Annotated[str, Field(max_length=100)]
MOST_VERIFIED = 100_000


class EventOut(Out):
    """An event: what happened, who did it, what it is about, and the figures that were true then."""

    id: uuid.UUID
    type: str
    at: Time
    actor_id: uuid.UUID | None
    actor: str | None
    organisation_id: uuid.UUID | None
    organisation: str | None
    candidate_id: uuid.UUID | None
    job_id: uuid.UUID | None
    proposal_id: uuid.UUID | None
    placement_id: uuid.UUID | None
    recruiter_id: uuid.UUID | None
    user_id: uuid.UUID | None
    payload: dict[str, Any]
    correlation_id: str


class EventsOut(Out):
    """Events, newest first; `next_cursor` leads to older ones."""

    events: list[EventOut]
    next_cursor: uuid.UUID | None


class EventsQuery(Query):
    """Actor and organisation by id or part of a name; `subject` is the id of what the event is about."""

    type: Word = ""
    actor: Word = ""
    organisation: Word = ""
    subject: uuid.UUID | None = None
    correlation_id: Word = ""
    since: datetime | None = None
    until: datetime | None = None
    cursor: uuid.UUID | None = None
    limit: Limit = 50


class VerifyBody(Body):
    """From which entry on, and how many."""

    after: Annotated[int, Field(ge=0, le=10**15)] = 0
    most: Annotated[int, Field(ge=1, le=MOST_VERIFIED)] = 20_000


class ProblemOut(Out):
    """The first bad entry."""

    kind: str
    number: int
    event_id: str
    sentence: str


class VerdictOut(Out):
    """The outcome; `next` is where to go on when only a part was checked."""

    ok: bool
    checked: int
    head_number: int
    head_hash: str
    next: int | None
    problem: ProblemOut | None


@bp.endpoint(
    "/events", described=Described(tag=TAG, out=EventsOut, permission=Permission.EVENTS_VIEW, query=EventsQuery)
)
def list_events(query: EventsQuery) -> dict[str, object]:
    """List the event log."""
    wanted = LogFilter(
        type=query.type,
        actor=query.actor,
        organisation=query.organisation,
        subject=query.subject,
        correlation=query.correlation_id,
        since=query.since,
        until=query.until,
    )
    page = event_log.whole(current_actor(), wanted, before=query.cursor, size=query.limit)
    names = EventOut.model_fields
    return {"events": [{name: row[name] for name in names} for row in page.rows], "next_cursor": page.older}


@bp.endpoint(
    "/events/verify",
    method="POST",
    described=Described(tag=TAG, out=VerdictOut, permission=Permission.EVENTS_VIEW, body=VerifyBody),
)
def verify_events(body: VerifyBody) -> dict[str, object]:
    """Recompute the chain of seals and name the first bad entry."""
    return seals.verify(after=body.after, most=body.most).as_json()
