"""The event log of the platform: read, filter, verify."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from portal.answers.events import Event, Events, Verdict
from portal.api.endpoint import Api
from portal.api.types import Body, Id, Moment, PageQuery, check_order
from portal.domain.errors import InvalidInput
from portal.domain.events import EVENT_TYPES
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.log import event_log
from portal.queries.log.event_log import LogFilter
from portal.services.log import verification

bp = Api("events", __name__, tag="Events")
Word = Annotated[str, Field(max_length=100)]
MOST_VERIFIED = 100_000


def _known(event_type: str) -> str:
    if event_type and event_type not in EVENT_TYPES:
        raise ValueError("must be an event type, such as proposal.created")
    return event_type


class EventsQuery(PageQuery):
    """Actor and organization by id or part of a name; `subject` is the id of what the event is about."""

    type: Annotated[Word, AfterValidator(_known)] = ""
    actor: Word = ""
    organisation: Word = ""
    subject: Id | None = None
    correlation_id: Word = ""
    since: Moment | None = None
    until: Moment | None = None


class VerifyBody(Body):
    """The entry to start from, and how many to check."""

    after: Annotated[int, Field(ge=0, le=10**15)] = 0
    most: Annotated[int, Field(ge=1, le=MOST_VERIFIED)] = 20_000


@bp.reads("/events", Events, Permission.EVENTS_VIEW)
def list_events(query: EventsQuery) -> dict[str, object]:
    """List the event log."""
    check_order(query.since, query.until, name="until")
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
    names = Event.model_fields
    return {"events": [{name: row[name] for name in names} for row in page.rows], "next_cursor": page.older}


@bp.changes("/events/verify", Verdict, Permission.EVENTS_VIEW)
def verify_events(body: VerifyBody) -> verification.Verdict:
    """Verify the chain of seals and report the first entry that doesn't match."""
    if body.after and not verification.has_entry(body.after):
        raise InvalidInput.field("after", "The log has no entry with this number. Start after one that exists.")
    return verification.verify(after=body.after, most=body.most)
