"""The log of the platform: filtered, paged by id at the same cost at any depth, exported (domain.md §8)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Select,
    any_,
    bindparam,
    exists,
    func,
    join,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import times
from portal.domain.errors import existing
from portal.domain.events import EVENT_TYPES
from portal.domain.ids import lowest_id, written_id
from portal.domain.permissions import Actor, Permission
from portal.extensions import READ_BIND, db, reading
from portal.models import (
    Candidate,
    EventSeal,
    Job,
    MarketplaceEvent,
    Organisation,
    Placement,
    Proposal,
    Recruiter,
    User,
)
from portal.queries.filters import DAY, Choice, Days, Exact, Span, midnight
from portal.queries.finding import has
from portal.queries.list_parts import NEWEST, Cell, Column, Sort
from portal.queries.lists import COUNT_LIMIT, AnyList, Asked, Edge, Shown, numbered
from portal.queries.paging import PAGE_SIZE, Page, cut
from portal.queries.prepared import written
from portal.wording.event_words import shown

E = MarketplaceEvent
SAME_REQUEST_LIMIT = 1_000
MONTHS = timedelta(days=60)  # of the log, which a look begins with
EXPORT_CHUNK = 1_000
EXPORTED = (
    "id",
    "type",
    "at",
    "actor_id",
    "actor",
    "organisation_id",
    "organisation",
    "candidate_id",
    "job_id",
    "proposal_id",
    "placement_id",
    "recruiter_id",
    "user_id",
    "correlation_id",
    "payload",
)
_SUBJECTS: Mapping[Any, Any] = {
    E.candidate_id: Candidate,
    E.job_id: Job,
    E.proposal_id: Proposal,
    E.placement_id: Placement,
    E.recruiter_id: Recruiter,
}
_of_recruiter, _subject_user = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the log is limited to: parts of names, of people also ids, and the whole correlation; `until` is open."""

    type: str = ""
    actor: str = ""
    organisation: str = ""
    subject: uuid.UUID | None = None
    correlation: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log; `path` leads to the thing that it is about, or is empty."""

    id: uuid.UUID
    type: str
    tone: str
    at: datetime
    actor: str
    subject: str
    path: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event with everything that the drawer shows; without a seal, it has not been sealed yet."""

    row: LogRow
    title: str
    actor_id: uuid.UUID
    organisation_id: uuid.UUID | None
    organisation: str
    payload: dict[str, object]
    same_request: int
    seal_number: int | None
    seal_hash: str


def log(
    viewer: Actor, wanted: LogFilter, *, edge: Edge | None = None, falls: bool = True, size: int = PAGE_SIZE
) -> Shown[LogRow]:
    """Return a page of the log that goes on from an edge, newest first, or oldest first unless it falls."""
    access.require(viewer, Permission.EVENTS_VIEW)
    back = edge is not None and edge.back
    ids, total = _found(viewer, wanted, edge, size + 1, upwards=falls == back)
    line = _these(ids)
    found = reading().execute(_rows(line).order_by(line.id if falls == back else line.id.desc())).all()
    rows, more = cut(found, size)
    lines = [_log_row(row) for row in (rows[::-1] if back else rows)]
    return numbered(lines, edge, total, more=more)


def _found(
    viewer: Actor, wanted: LogFilter, edge: Edge | None, most: int, *, upwards: bool
) -> tuple[Sequence[uuid.UUID], int]:
    """Return the ids of a page, and the number of all entries up to a limit.

    A few months are searched first: searching all of them costs something for each, whatever it finds.
    """
    meant = _meant(wanted)
    if () in meant.named.values():
        return (), 0
    looks = [_near(viewer, wanted, edge, upwards=upwards), ([], [])]
    for near, lately in filter(None, looks):
        within = [*lately, *_span(wanted, None, None)]
        counted = _ids(wanted, meant, within, COUNT_LIMIT + 1, upwards=False).cte("counted")
        if edge is None and not upwards:  # what is counted begins with the page
            page = select(counted.c.id).order_by(counted.c.id.desc()).limit(written(most))
        else:
            page = _ids(wanted, meant, [*near, *_beyond(wanted, edge, upwards=upwards)], most, upwards=upwards)
        number = select(func.count()).select_from(counted).scalar_subquery()
        ids, total = reading().execute(select(func.array(page.scalar_subquery()), number)).one()
        if len(ids) == most and total > COUNT_LIMIT:
            break
    return ids, total


def _near(
    viewer: Actor, wanted: LogFilter, edge: Edge | None, *, upwards: bool
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]] | None:
    """Limit the page to the months beside its edge, and the count to the newest ones; None without a beginning."""
    newest = lowest_id(wanted.until or viewer.now)
    begin = edge.id if edge else newest if not upwards else lowest_id(wanted.since) if wanted.since else None
    if begin is None:
        return None
    page = E.id < _shifted(begin, MONTHS) if upwards else E.id >= _shifted(begin, -MONTHS)
    return [page], [E.id >= _shifted(newest, -MONTHS)]


def _shifted(event_id: uuid.UUID, span: timedelta) -> uuid.UUID:
    """Return an id that is later by a span: the first 48 bits of an id are milliseconds."""
    millis = span // timedelta(milliseconds=1)
    return uuid.UUID(int=min(max(0, event_id.int + millis * 2**80), 2**128 - 1))


def _beyond(wanted: LogFilter, edge: Edge | None, *, upwards: bool) -> list[ColumnElement[bool]]:
    at = edge.id if edge else None
    return _span(wanted, None if upwards else at, at if upwards else None)


def entry(viewer: Actor, event_id: uuid.UUID) -> LogEntry:
    """Return one event with its payload, its seal and the number of others of the same request."""
    access.require(viewer, Permission.EVENTS_VIEW)
    line = _these([event_id])
    query = (
        _rows(line)
        .add_columns(line.actor_id, line.organisation_id, line.payload, _of_same_request(line).label("same_request"))
        .add_columns(Organisation.name.label("organisation"), EventSeal.number, EventSeal.hash)
        .outerjoin(Organisation, Organisation.id == line.organisation_id)
        .outerjoin(EventSeal, EventSeal.event_id == line.id)
    )
    row = existing(reading().execute(query).one_or_none())
    return LogEntry(
        row=_log_row(row),
        title=shown(row.type).title,
        actor_id=row.actor_id,
        organisation_id=row.organisation_id,
        organisation=row.organisation or "",
        payload=row.payload,
        same_request=row.same_request,
        seal_number=row.number,
        seal_hash=row.hash.hex() if row.hash else "",
    )


def _of_same_request(line: Any) -> ScalarSelect[int]:
    """Count the other events of the same request, up to a limit."""
    same = select(E.id).where(E.correlation_id == line.correlation_id, E.id != line.id).correlate(line)
    return select(func.count()).select_from(same.limit(SAME_REQUEST_LIMIT).subquery()).scalar_subquery()


def export(viewer: Actor, wanted: LogFilter, *, falls: bool = True) -> Iterator[dict[str, object]]:
    """Stream everything that the filter shows, in chunks by id: a slow reader keeps no transaction open."""
    access.require(viewer, Permission.EVENTS_VIEW)
    query = _whole_rows().order_by(None).order_by(E.id.desc() if falls else E.id)
    edge: Edge | None = None
    meant = _meant(wanted)
    while True:
        ids = _ids(wanted, meant, _beyond(wanted, edge, upwards=not falls), EXPORT_CHUNK, upwards=not falls)
        with db.engines[READ_BIND].connect() as connection:
            found = connection.execute(ids).scalars().all()  # named one by one, each is looked for in its own month
            rows = connection.execute(query.where(E.id.in_(found))).mappings().all()
        yield from map(dict, rows)
        if len(rows) < EXPORT_CHUNK:
            return
        edge = Edge(rows[-1]["id"])


def whole(
    viewer: Actor, wanted: LogFilter, *, before: uuid.UUID | None = None, size: int = PAGE_SIZE
) -> Page[dict[str, Any]]:
    """List the log with all columns, newest first, below `before`."""
    access.require(viewer, Permission.EVENTS_VIEW)
    ids = _ids(wanted, _meant(wanted), _span(wanted, before, None), size + 1, upwards=False)
    found = reading().execute(_whole_rows().where(E.id.in_(ids))).mappings()
    rows, more = cut([dict(row) for row in found], size)
    return Page(rows, older=rows[-1]["id"] if more else None)


def _whole_rows() -> Select[Any]:
    columns = (*E.__table__.columns, User.name.label("actor"), Organisation.name.label("organisation"))
    joined = select(*columns).outerjoin(User, User.id == E.actor_id)
    return joined.outerjoin(Organisation, Organisation.id == E.organisation_id).order_by(E.id.desc())


def _these(ids: Sequence[uuid.UUID]) -> Any:
    """Return the events with some ids, to be joined to what they are about.

    Named one by one, each is looked for in its own month. The limit says how many there are: the planner expects each
    in every month, and would read all candidates to name those of a page.
    """
    return aliased(E, select(E).where(E.id.in_(ids)).limit(written(max(1, len(ids)))).subquery("line"))


def _rows(line: Any) -> Select[Any]:
    """Select what a line shows; the joins touch only the rows of the page.

    What happens to money names a placement alone, and some of an interview a proposal: their candidate is the subject.
    """
    candidate_id = func.coalesce(line.candidate_id, Placement.candidate_id, Proposal.candidate_id)
    name = func.coalesce(Candidate.full_name, Job.title, _of_recruiter.name, _subject_user.name, literal(""))
    return (
        select(line.id, line.type, line.at, line.correlation_id, User.name.label("actor"), name.label("subject"))
        .add_columns(line.candidate_id, line.job_id, line.proposal_id, line.placement_id, line.recruiter_id)
        .add_columns(line.payload["run_id"].astext.label("run_id"))
        .outerjoin(User, User.id == line.actor_id)
        .outerjoin(Placement, Placement.id == line.placement_id)
        .outerjoin(Proposal, Proposal.id == line.proposal_id)
        .outerjoin(Candidate, Candidate.id == candidate_id)
        .outerjoin(Job, Job.id == line.job_id)
        .outerjoin(Recruiter, Recruiter.id == line.recruiter_id)
        .outerjoin(_of_recruiter, _of_recruiter.id == Recruiter.user_id)
        .outerjoin(_subject_user, _subject_user.id == line.user_id)
    )


_PATHS = (
    ("placement_id", "/placements/", "Placement"),
    ("proposal_id", "/proposals/", "Proposal"),
    ("candidate_id", "/candidates/", "Candidate"),
    ("job_id", "/jobs/", "Job"),
    ("recruiter_id", "/recruiters/", "Recruiter"),
    ("run_id", "/admin/billing/runs/", "Payout run"),
)


def _log_row(row: Any) -> LogRow:
    """Make a line; it links to the nearest thing that the event is about, which is described if it has no name."""
    found = ((f"{start}{id}", noun) for name, start, noun in _PATHS if (id := getattr(row, name)))
    path, noun = next(found, ("", ""))
    subject, tone = row.subject or noun, shown(row.type).tone
    return LogRow(row.id, row.type, tone, row.at, row.actor or "Deleted user", subject, path, row.correlation_id)


def _span(wanted: LogFilter, before: uuid.UUID | None, after: uuid.UUID | None) -> list[ColumnElement[bool]]:
    """Turn times and places into ranges of ids: ids sort by time."""
    limits: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        limits.append(E.id >= lowest_id(wanted.since))
    if wanted.until is not None:
        limits.append(E.id < lowest_id(wanted.until))
    if before is not None:
        limits.append(E.id < before)
    if after is not None:
        limits.append(E.id > after)
    return limits


@dataclass(frozen=True, slots=True)
class Meant:
    """What a filter means: by column, the ids or types that a text names; and the columns that may have the subject."""

    named: Mapping[Any, tuple[Any, ...]]
    subjects: tuple[Any, ...]


def _meant(wanted: LogFilter) -> Meant:
    """Look up in one statement whom the names mean, and what the subject is: each look into the log costs its months.

    The log outlives what it tells of: a subject that is nowhere else may be anything.
    """
    asked: Mapping[Any, tuple[Any, str]] = {
        E.actor_id: (User, wanted.actor),
        E.organisation_id: (Organisation, wanted.organisation),
    }
    people = {column: _named(model, text) for column, (model, text) in asked.items() if text}
    types = {E.type: _types(wanted.type)} if wanted.type else {}
    subjects = tuple(_SUBJECTS) if wanted.subject else ()
    if not people and not subjects:
        return Meant(types, ())
    found = [func.array(ids.scalar_subquery()) for ids in people.values()]
    there = [select(exists().where(_SUBJECTS[column].id == wanted.subject)).scalar_subquery() for column in subjects]
    row = reading().execute(select(*found, *there)).one()
    known = tuple(column for column, is_one in zip(subjects, row[len(people) :], strict=True) if is_one)
    return Meant(dict(zip(people, map(tuple, row), strict=False)) | types, known or subjects)


def _types(text: str) -> tuple[str, ...]:
    """Return the type that is called so, or else those whose names contain the text; the log may have others still."""
    return (text,) if text in EVENT_TYPES else tuple(name for name in EVENT_TYPES if text.lower() in name) or (text,)


def _ids(
    wanted: LogFilter, meant: Meant, limits: list[ColumnElement[bool]], size: int, *, upwards: bool
) -> Select[Any]:
    """Select the ids of a page: each reference, person, organization or type walks its own index by id.

    A plain OR or IN would let the planner walk the whole log for a rare name.
    """
    conditions, named = limits, meant.named
    if wanted.correlation:
        conditions = [*limits, E.correlation_id == wanted.correlation]
    if wanted.subject is not None:
        narrowed = conditions + [_is_one_of(column, ids) for column, ids in named.items()]
        parts = [_walk([column == wanted.subject, *narrowed], size, upwards=upwards) for column in meant.subjects]
    elif named:
        (column, ids), *others = named.items()
        narrowed = conditions + [_is_one_of(other, these) for other, these in others]
        if len(ids) == 1:
            return _walk([column == ids[0], *narrowed], size, upwards=upwards)
        key = func.unnest(literal(list(ids), ARRAY(column.type)), type_=column.type).column_valued("named")
        walk = _walk([column == key, *narrowed], size, upwards=upwards).correlate(key.scalar_alias).lateral()
        parts = [select(walk.c.id).select_from(join(key.scalar_alias, walk, true()))]
    else:
        return _walk(conditions, size, upwards=upwards)
    hits = union_all(*parts).subquery()
    return select(hits.c.id).order_by(hits.c.id if upwards else hits.c.id.desc()).limit(written(size))


def _is_one_of(column: Any, ids: tuple[Any, ...]) -> ColumnElement[bool]:
    one = ids[0] if len(ids) == 1 else any_(literal(list(ids), ARRAY(column.type)))  # of one, an index has an order
    condition: ColumnElement[bool] = column == one
    return condition


def _walk(conditions: list[ColumnElement[bool]], size: int, *, upwards: bool) -> Select[Any]:
    return select(E.id).where(*conditions).order_by(E.id if upwards else E.id.desc()).limit(written(size))


def _named(model: type[User] | type[Organisation], text: str) -> Select[Any]:
    """Select who has this id, or whose name contains this text."""
    try:
        return select(model.id).where(model.id == written_id(text))
    except ValueError:
        return select(model.id).where(has(model.name, text))


# --- the log as a list of the kit -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class EventLog(AnyList[dict[str, Any]]):
    """The log as a list: its ids are found by walks of their own, since it is the longest table of all."""

    def page(self, viewer: Actor, asked: Asked, *, size: int = PAGE_SIZE) -> Shown[Any]:
        """Return one page of lines, counted."""
        return log(viewer, self._filter(viewer, asked), edge=asked.edge, falls=self.order(viewer, asked)[1], size=size)

    def export(self, viewer: Actor, asked: Asked) -> Iterator[dict[str, Any]]:
        """Stream whole rows, newest first or oldest first."""
        return export(viewer, self._filter(viewer, asked), falls=self.order(viewer, asked)[1])

    def counts(self, viewer: Actor, asked: Asked, tabs: Choice) -> Mapping[str, int]:
        """Return nothing: the log has no tabs."""
        _ = (viewer, asked, tabs)
        return {}

    def carries_key(self, sort: Sort) -> bool:
        """Return whether the order differs from that of the ids, which sort by time."""
        return sort.by is not E.id

    def _filter(self, viewer: Actor, asked: Asked) -> LogFilter:
        """Return the filter of the log; its days are those of the viewer's zone."""
        values = dict(asked.values)
        span, zone = values.pop("when", None) or Span(None, None), ZoneInfo(viewer.time_zone)
        since = midnight(span.since, zone) if span.since else None
        return LogFilter(**values, since=since, until=midnight(span.until + DAY, zone) if span.until else None)


def _name_of(model: type[User] | type[Organisation]) -> Select[Any]:
    return select(model.name).where(model.id == bindparam("id"))


def _time(row: dict[str, Any]) -> str:
    """Return the time as the API writes it: times in a log are not rounded."""
    return times.exact(row["at"])


EVENTS = EventLog(
    name="events",
    noun=("event", "events"),
    path="/admin/events",
    looked_at="event log",
    filters=(
        Exact("type", "Type", on=E.type, hint="Name contains", suggested="/admin/events/types"),
        Exact("actor", "Actor", on=User.name, hint="Name contains", named=_name_of(User)),
        Days("when", "When", on=E.id),
        Exact("subject", "Subject", on=E.candidate_id, hint="Subject ID", more=True),
        Exact(
            "organisation",
            "Organization",
            on=Organisation.name,
            hint="Name contains",
            more=True,
            named=_name_of(Organisation),
        ),
        Exact("correlation", "Request", on=E.correlation_id, hint="Correlation ID", more=True),
    ),
    sorts=(Sort("when", "When", E.id, NEWEST, falls=True),),
    columns=(Column("Event"), Column("Subject"), Column("Actor"), Column("When", "n", sort="when")),
    cells=tuple(Cell(name, _time if name == "at" else itemgetter(name)) for name in EXPORTED),
)
