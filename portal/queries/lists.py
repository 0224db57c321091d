"""One list kit: a list is declared once and gets filters, sorting, keyset paging, a bounded count and its CSV.

What a declaration is made of (`Sort`, `Column`, `Cell`) is in `list_parts`.

A new list costs four things. **One query and one declaration**, in the query module of its noun::

    INVOICES = Listing(
        name="invoices", noun=("invoice", "invoices"), path="/invoices", looked_at="invoices", id=Invoice.id,
        among=lambda viewer: select(Invoice.id).where(visible(Invoice, viewer)),  # which rows the viewer may see
        shows=lambda viewer: select(Invoice.id, Invoice.number, Invoice.total_minor, Invoice.currency),
        make=as_selected(InvoiceRow),
        filters=(
            Search("q", "Number", text=Invoice.number),
            Choice("state", "Status", options=STATE_LABELS, on=lambda state: Invoice.state == state, tabs=True),
            Days("issued", "Issued", on=Invoice.issued_at),
        ),
        sorts=(
            Sort("issued", "Issued", Invoice.id, NEWEST, falls=True),  # the first one is the list's own order
            Sort("total", "Total", Invoice.total_minor, HIGHEST, falls=True),
        ),
        columns=(Column("Number"), Column("Issued", sort="issued"), Column("Total", "n", sort="total")),
        cells=(Cell("Number", lambda row: row.number), Cell("Total", in_major(lambda row: row.total_minor))),
    )

**One view of one line**, `return lists.show(INVOICES, "invoices/index.html")` (`portal.requests.lists`), which also
answers HTMX and `?format=csv`; **one template** that extends `lists/page.html` and draws the rows in its block `rows`;
**one test**: a row of the table in tests/pages/test_lists.py, which proves all that the kit promises.

What decides how a statement is built (the viewer's shape, which filters are set, order, direction) is its key, so that
it is built once; everything that varies is a parameter. `among` and `shows` are called with a stand-in of the viewer
whose values are parameters (`prepared`). Rows are told apart by `(sort, id)`, so that rows that arrive meanwhile double
and hide none. A sort that may be null names what stands for it: `func.coalesce(column, EARLIEST)`.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, tuple_, union_all

from portal.domain.permissions import Actor
from portal.extensions import READ_BIND, db, reading
from portal.queries.filters import Choice, Filter, Values
from portal.queries.list_parts import READ, Cell, Column, Sort
from portal.queries.paging import PAGE_SIZE, Counted, Page, cut
from portal.queries.prepared import Shape, ask, shape_of, values_of, written
from portal.queries.reaching import EDGE, NEAR, Near, Reach, Ways, near, newest

T = TypeVar("T")
Ids = Select[Any]  # of the rows that a filter finds
COUNT_LIMIT = 2_000  # counting further costs and tells nothing
BROAD_LIMIT = 50  # of what a search finds in very many rows, each of which is looked at by itself
EXPORT_CHUNK = 1_000
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """The row that a page goes on from, `back` towards the first; `number` is the place of the row after it."""

    id: uuid.UUID
    key: object = None
    number: int | None = None
    back: bool = False


BY_PATH: dict[str, AnyList[Any]] = {}


@dataclass(frozen=True, eq=False, kw_only=True)
class AnyList(ABC, Generic[T]):
    """What a list declares wherever its rows come from; `own_order` is its order for those of some filters.

    `zone` reads where its days begin, in filters and files alike, if that is not where the viewer is. `looked_at` is
    how the log names the list when a platform admin has looked at it, or NOBODY if its rows name none.
    """

    name: str
    noun: tuple[str, str]
    path: str
    looked_at: str | None = None
    filters: tuple[Filter[Any], ...] = ()
    sorts: tuple[Sort, ...]
    columns: tuple[Column, ...] = ()
    cells: tuple[Cell, ...] = ()
    own_order: Callable[[Values], str] | None = None
    zone: Callable[[], str] | None = None

    def __post_init__(self) -> None:
        """Let the list be found by its path: saved views name it so."""
        BY_PATH[self.path] = self

    @abstractmethod
    def page(self, viewer: Actor, asked: Asked, *, size: int = PAGE_SIZE) -> Shown[T]:
        """Return one page of what the viewer may see and asks for."""

    @abstractmethod
    def export(self, viewer: Actor, asked: Asked) -> Iterator[T]:
        """Stream all that the viewer may see and asks for, in its order."""

    @abstractmethod
    def counts(self, viewer: Actor, asked: Asked, tabs: Choice) -> Mapping[str, int]:
        """Count what stands behind each tab under the other filters, up to COUNT_LIMIT and one more.

        Nothing is counted where that would cost more than it tells.
        """

    @abstractmethod
    def carries_key(self, sort: Sort) -> bool:
        """Return whether the address of a page needs a row's sort key beside its id."""

    def own(self, values: Values) -> str:
        """Return the order that the list has when none is asked for: `name`, or `-name` when it falls."""
        if self.own_order is not None:
            return self.own_order(values)
        return f"-{self.sorts[0].name}" if self.sorts[0].falls else self.sorts[0].name

    def order(self, viewer: Actor, asked: Asked) -> tuple[Sort, bool]:
        """Return the order that is asked for, the list's own if none of that name is offered, and whether it falls."""
        offered = {sort.name: sort for sort in self.sorts if sort.offered(viewer)}
        wanted = asked.sort if asked.sort.removeprefix("-") in offered else self.own(asked.values)
        return offered[wanted.removeprefix("-")], wanted.startswith("-")


@dataclass(frozen=True, eq=False, kw_only=True)
class Listing(AnyList[T]):
    """A list of rows of the database; `complete` reads what a page of rows needs beside its statement.

    `reach` is for lists that are visible in several ways: it limits the rule of visibility to ids that indexes give.
    `ways` are these, by which a search looks at the newest rows first; without any, the rule of visibility says which.
    `parts` are conditions of which each row meets one, so that a count stops in the first part that has enough.
    `among_few` is `among` as it is asked of rows that were found by themselves, whoever may see them.
    """

    id: Any
    among: Callable[[Actor], Select[Any]]
    among_few: Callable[[Actor], Select[Any]] | None = None
    shows: Callable[[Actor], Select[Any]]
    make: Callable[[Any, Actor], T]
    reach: Callable[[Actor, Reach | None], ColumnElement[bool]] | None = None
    ways: Callable[[Actor], Ways] = lambda _viewer: ()
    parts: Callable[[Actor], Sequence[ColumnElement[bool]]] | None = None
    complete: Callable[[list[T], Actor], list[T]] | None = None

    def carries_key(self, sort: Sort) -> bool:
        """Return whether the order is another one than that of ids."""
        return sort.by is not self.id

    def page(self, viewer: Actor, asked: Asked, *, size: int = PAGE_SIZE) -> Shown[T]:
        return _shown(self, viewer, asked, size, reading(), counted=True)

    def slice(
        self, viewer: Actor, values: Values, *, before: uuid.UUID | None = None, size: int = PAGE_SIZE
    ) -> Page[T]:
        """Return the rows after one in the list's own order, which is that of its ids; for the API."""
        asked = Asked(values, edge=Edge(before) if before else None)
        found = _shown(self, viewer, asked, size, reading(), counted=False)
        return Page(found.rows, older=found.last.id if found.last else None)

    def counted(
        self, viewer: Actor, values: Values, *, before: uuid.UUID | None = None, size: int = PAGE_SIZE
    ) -> Counted[T]:
        """Return a slice with the length of the whole list."""
        part, found = self.slice(viewer, values, before=before, size=size), self.matching(viewer, Asked(values))
        total = reading().execute(select(func.count()).select_from(found.order_by(None).subquery())).scalar_one()
        return Counted(part.rows, total, part.older)

    def export(self, viewer: Actor, asked: Asked) -> Iterator[T]:
        """Stream all rows, a chunk at a time: a slow reader holds no transaction open."""
        edge: Edge | None = None
        while True:
            with db.engines[READ_BIND].connect() as connection:
                part = replace(asked, edge=edge)
                found = _shown(self, viewer, part, EXPORT_CHUNK, connection, counted=False)
            yield from found.rows
            if found.last is None:
                return
            edge = found.last

    def matching(self, viewer: Actor, asked: Asked) -> Ids:
        """Select the ids of all rows that the filters find, for one statement that changes them all."""
        forms, values = _narrowed(self, viewer, asked)
        return _among(self, viewer, _conditions(self, forms), None).with_only_columns(self.id).params(values)

    def counts(self, viewer: Actor, asked: Asked, tabs: Choice) -> Mapping[str, int]:
        """Count in one statement, unless a search finds very many among many."""
        forms, values = _narrowed(self, viewer, asked, but=tabs)
        row = ask(_tally(self, shape_of(viewer), forms, tabs), values).one_or_none()
        return dict(row._mapping) if row else {}


def as_selected(kind: Callable[..., T]) -> Callable[[Any, Actor], T]:
    """Return what makes a row of its columns in their order, without the three that the kit puts behind them."""
    return lambda row, _viewer: kind(*row[:-3])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked for: the values of its filters by name, an order (`name` or `-name`), where to go on.

    What is found out about a value serves the page and its tabs.
    """

    values: Values = field(default_factory=dict)
    sort: str = ""
    edge: Edge | None = None
    found_out: dict[str, Any] = field(default_factory=dict, compare=False)

    def looked_up(self, of: Filter[Any]) -> Any:
        """Return the value of a filter with what had to be found out about it; None when it is not set."""
        value = self.values.get(of.name)
        if value is not None and of.name not in self.found_out:
            self.found_out[of.name] = of.looked_up(value)
        return self.found_out[of.name] if value is not None else None


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """One page: its rows, the place of the first one, and the rows that the pages around it go on from.

    `total` is at most what the list counts to, and `is_more` tells that there are more than that.
    """

    rows: tuple[T, ...] = ()
    first_number: int | None = 1
    total: int = 0
    is_more: bool = False
    first: Edge | None = None
    last: Edge | None = None


def _shown(
    listing: Listing[T], viewer: Actor, asked: Asked, size: int, connection: Connection, *, counted: bool
) -> Shown[T]:
    sort, falls = listing.order(viewer, asked)
    edge = asked.edge
    back = edge is not None and edge.back
    turn = None if edge is None else "back" if back else "on"
    forms, values = _narrowed(listing, viewer, asked)
    statement = _statement(listing, shape_of(viewer), forms, sort, falls, turn, size, counted)
    if edge is not None:
        values |= {"edge_id": edge.id, "edge_key": edge.key}
    found = ask(statement, values, on=connection).all()
    rows, more = cut(found, size)
    limit = BROAD_LIMIT if _is_broad(forms) else COUNT_LIMIT
    return _page(listing, viewer, rows[::-1] if back else rows, edge, more=more, limit=limit)


def _page(
    listing: Listing[T], viewer: Actor, rows: Sequence[Any], edge: Edge | None, *, more: bool, limit: int
) -> Shown[T]:
    """Make the rows, and note the keys of the first and the last."""
    made = [listing.make(row, viewer) for row in rows]
    return numbered(
        listing.complete(made, viewer) if listing.complete and made else made,
        edge,
        rows[0][-1] or 0 if rows else 0,
        more=more,
        keys=[(row[-2], row[-3]) for row in rows],
        limit=limit,
    )


def numbered(
    rows: Sequence[Any],
    edge: Edge | None,
    total: int,
    *,
    more: bool,
    keys: Sequence[tuple[uuid.UUID, object]] | None = None,
    limit: int | None = None,
) -> Shown[Any]:
    """Number the rows of a page and note where the pages around it go on; `more` is beyond, seen from its edge."""
    if not rows:
        return Shown(first_number=None if edge else 1)
    back = edge is not None and edge.back
    number = edge.number if edge else 1
    if back:
        number = 1 if not more else None if number is None else max(1, number - len(rows))
    has_earlier, has_later = (more, True) if back else (edge is not None, more)
    ends: Sequence[tuple[uuid.UUID, object]] = keys or [(rows[0].id, None), (rows[-1].id, None)]
    (first_id, first_key), (last_id, last_key) = ends[0], ends[-1]
    return Shown(
        rows=tuple(rows),
        first_number=number,
        total=min(total, limit or COUNT_LIMIT),
        is_more=total > (limit or COUNT_LIMIT),
        first=Edge(first_id, first_key, number, back=True) if has_earlier else None,
        last=Edge(last_id, last_key, number and number + len(rows)) if has_later else None,
    )


Forms = tuple[tuple[Filter[Any], Any], ...]  # of the filters that are set: they decide how a statement is built


def _narrowed(
    listing: Listing[Any], viewer: Actor, asked: Asked, *, but: Filter[Any] | None = None
) -> tuple[Forms, dict[str, object]]:
    """Return the forms of the filters that are set, but for one, and all parameters but those of the edge."""
    looked_up = [(f, asked.looked_up(f)) for f in listing.filters if f is not but]
    active = [(f, value) for f, value in looked_up if value is not None]
    values = values_of(viewer)
    for f, value in active:
        values |= f.values(value, viewer)
    return tuple((f, f.form(value)) for f, value in active), values


@lru_cache(maxsize=1024)
def _statement(
    listing: Listing[Any],
    shape: Shape,
    forms: Forms,
    sort: Sort,
    falls: bool,  # noqa: FBT001 - keys of a cache
    turn: str | None,
    size: int,
    counted: bool,  # noqa: FBT001 - keys of a cache
) -> Select[Any]:
    """Build the statement of a page: the ids and sort keys first, so that the rows' joins touch no others."""
    viewer, narrowed, first = shape.stand_in(), _conditions(listing, forms), None
    by_id, downwards = sort.by is listing.id, falls != (turn == "back")
    window = Reach(turn, size, downwards) if by_id and not forms else None
    own = _among(listing, viewer, narrowed, window)
    ids = _from_edge(listing, own, sort, turn, downwards=downwards).limit(written(size + 1))
    if narrowed.is_broad and counted:
        first = _near(listing, viewer, narrowed, None, most=max(size, BROAD_LIMIT) + 1)
        if by_id and downwards:
            here = first if turn is None else _near(listing, viewer, narrowed, turn, most=size + 1, name="page")
            ids = _nearest(listing, here, ids, size)
    page = ids.subquery("page")
    total = _count(listing, viewer, narrowed, window, first) if counted else func.coalesce(0)
    return (
        listing.shows(viewer)
        .join(page, page.c.id == listing.id)
        .add_columns(page.c.key, page.c.id.label("row_id"), total.label("total"))
        .order_by(*_turned([page.c.id] if by_id else [page.c.key, page.c.id], downwards=downwards))
    )


def _from_edge(
    listing: Listing[Any], own: Select[Any], sort: Sort, turn: str | None, *, downwards: bool
) -> Select[Any]:
    """Select ids and sort keys in an order, from the edge of a page on."""
    by_id, keyed = sort.by is listing.id, list[Any]([listing.id.label("id"), sort.by.label("key")])
    ids = own.with_only_columns(*keyed)
    if turn is not None:
        ids = ids.where(_beyond(listing, sort, by_id=by_id, downwards=downwards))
    return ids.order_by(*_turned([listing.id] if by_id else [sort.by, listing.id], downwards=downwards))


def _nearest(listing: Listing[Any], here: Near, ids: Select[Any], size: int) -> Select[Any]:
    """Take the page from the newest rows, if they fill it."""
    enough, anywhere = here.has_more_than(size), ids.with_only_columns(listing.id)
    found = select(listing.id.label("id"), listing.id.label("key")).where(here.is_one(listing.id, enough, anywhere))
    return found.order_by(listing.id.desc()).limit(written(size + 1))


def _turned(columns: list[Any], *, downwards: bool) -> list[Any]:
    return [column.desc() if downwards else column for column in columns]


class _Narrowed(NamedTuple):
    """The conditions of the filters, and whether they find rows by themselves or very many.

    `by_row` are the same, to be asked of each row by itself, and `tabs` those of the tab.
    """

    conditions: list[ColumnElement[bool]]
    by_row: list[ColumnElement[bool]]
    tabs: list[ColumnElement[bool]]
    is_by_itself: bool
    is_broad: bool


def _conditions(listing: Listing[Any], forms: Forms) -> _Narrowed:
    gathered = {f for f, form in forms if f.is_gathered(form, listing.id)}
    conditions: list[ColumnElement[bool]] = []
    for f, form in forms:
        conditions += f.gathered(form, listing.id) if f in gathered else f.where(form)
    by_row = [condition for f, form in forms for condition in f.where(f.by_row(form))]
    tabs = [condition for f, form in forms if isinstance(f, Choice) and f.tabs for condition in f.where(form)]
    return _Narrowed(conditions, by_row, tabs, _is_narrow(forms) or bool(gathered), _is_broad(forms))


def _is_narrow(forms: Forms) -> bool:
    return any(f.is_narrow(form) for f, form in forms)


def _is_broad(forms: Forms) -> bool:
    return not _is_narrow(forms) and any(f.is_broad(form) for f, form in forms)


def _among(listing: Listing[Any], viewer: Actor, narrowed: _Narrowed, window: Reach | None) -> Select[Any]:
    among = (narrowed.is_by_itself and listing.among_few) or listing.among
    query = among(viewer).where(*narrowed.conditions)
    if listing.reach is None or narrowed.is_by_itself:
        return query
    return query.where(listing.reach(viewer, window))


def _near(
    listing: Listing[Any], viewer: Actor, narrowed: _Narrowed, turn: str | None, *, most: int, name: str = "all"
) -> Near:
    """Look at the newest rows of the viewer's own, those behind the tab, beyond the edge of the page."""
    among = (listing.among_few or listing.among)(viewer)
    if ways := listing.ways(viewer):
        own = newest(ways, turn=turn)
    else:
        own = among.with_only_columns(listing.id.label("id")).where(*narrowed.tabs).order_by(listing.id.desc())
        own = own if turn is None else own.where(listing.id < EDGE)
    return near(listing.id, own, among.where(*narrowed.by_row), most=most, name=name)


def _beyond(listing: Listing[Any], sort: Sort, *, by_id: bool, downwards: bool) -> ColumnElement[bool]:
    """Limit to the rows beyond the edge."""
    edge: ColumnElement[Any] = EDGE
    place: ColumnElement[Any] = listing.id
    if not by_id:
        place, edge = tuple_(sort.by, listing.id), tuple_(bindparam("edge_key", type_=sort.by.type), edge)
    return place < edge if downwards else place > edge


def _count(
    listing: Listing[Any], viewer: Actor, narrowed: _Narrowed, window: Reach | None, first: Near | None = None
) -> ColumnElement[int]:
    """Count what the filter finds, as far as the limit and one more."""
    limit = BROAD_LIMIT if narrowed.is_broad else COUNT_LIMIT
    most = written(limit + 1)
    if window is not None and listing.parts is not None and (parts := listing.parts(viewer)):
        ids = listing.among(viewer).with_only_columns(listing.id)
        counted: Any = union_all(*(ids.where(part).limit(most) for part in parts))
    else:
        reach = Reach(None, limit, falls=True) if window else None
        counted = _among(listing, viewer, narrowed, reach).with_only_columns(listing.id)
    total = select(func.count()).select_from(counted.limit(most).subquery()).scalar_subquery()
    return total if first is None else first.count(limit, total)


@lru_cache(maxsize=256)
def _tally(listing: Listing[Any], shape: Shape, forms: Forms, tabs: Choice) -> Select[Any]:
    viewer = shape.stand_in()
    narrowed = _conditions(listing, forms)
    if narrowed.is_broad:
        here = _near(listing, viewer, narrowed, None, most=NEAR)
        behind: list[Any] = [func.count().filter(*tabs.where(name)).label(name) for name in tabs.options]
        found = select(*behind).join_from(here.found, listing.id.class_, listing.id == here.found.c.id)
        return found.where(here.is_all).having(here.is_all)
    counted: list[Any] = []
    for name in tabs.options:
        tab = narrowed._replace(conditions=[*narrowed.conditions, *tabs.where(name)])
        counted.append(_count(listing, viewer, tab, None).label(name))
    return select(*counted)


# --- the edge of a page as the address has it ------------------------------------------------------------------

LONGEST_EDGE = 400


def write_edge(listing: AnyList[Any], sort: Sort, edge: Edge) -> str:
    """Write an edge for an address: the place in the list, the sort key unless it is the id, the id."""
    parts = [str(edge.number or ""), str(edge.id)]
    if listing.carries_key(sort):
        key = edge.key
        parts.insert(1, key.isoformat() if isinstance(key, date) else str(key))
    return "~".join(parts)


def read_edge(listing: AnyList[Any], sort: Sort, text: str, *, back: bool) -> Edge | None:
    """Read an edge from an address; None for what is none, which is the first page."""
    if not text.isprintable() or len(text) > LONGEST_EDGE:
        return None
    number, _, rest = text.partition("~") if "~" in text else ("", "", text)
    key, _, row_id = rest.rpartition("~")
    try:
        read_key = READ[sort.by.type.python_type](key) if listing.carries_key(sort) else None
        return Edge(uuid.UUID(row_id), read_key, int(number) if number else None, back=back)
    except (ValueError, ArithmeticError):
        return None
