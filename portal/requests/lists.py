"""How a list's page answers: whole, as the panel that HTMX swaps, or as CSV; `queries.lists` says how it is declared.

A view is `return lists.show(JOBS, "jobs/index.html", may_post=...)`. Its template extends `lists/page.html`, has the
blocks `title`, `lede` and `actions` of every page, draws `rows` in the block `rows` and says in the block `first_use`
what will stand here one day. All state is in the address, and each address that is drawn here is the shortest one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import g, make_response, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.domain.errors import InvalidInput, existing
from portal.domain.permissions import Actor
from portal.policy import current_actor
from portal.queries import lists, saved_views
from portal.queries.filters import Choice, Exact, Filter, typed
from portal.queries.list_parts import Cell
from portal.queries.lists import AnyList, Asked, Ids, Listing, Shown
from portal.rendering import spreadsheets
from portal.requests import respond
from portal.wording.writing import number

Tab = tuple[str, str, int | None, bool]
CSV = "csv"
PICK = "pick"  # asks for the boxes
CHOSEN_IN = "list"  # the field of a form that carries the address of the list


@dataclass(frozen=True, slots=True)
class Field:
    """A control of the filter bar; `values` has what was typed, by the names of its parts."""

    filter: Filter[Any]
    values: Mapping[str, str]

    @property
    def is_set(self) -> bool:
        """Return whether anything is typed."""
        return any(self.values.values())


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: where it leads, and how the list is sorted by it now."""

    label: str
    cls: str
    url: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: `fits` says whether the list still has all of its filters and its order."""

    id: uuid.UUID
    name: str
    url: str
    is_chosen: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the rows of a list."""

    noun: tuple[str, str]
    path: str
    fields: tuple[Field, ...]
    more_fields: tuple[Field, ...]
    hidden: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    tabs: tuple[Tab, ...]
    views: tuple[View, ...]
    save_url: str
    chips: tuple[tuple[str, str], ...]
    heads: tuple[Head, ...]
    orders: tuple[tuple[str, str], ...]
    order: str
    said: str
    reset_url: str
    first_url: str
    query: str
    csv_url: str
    previous_url: str | None
    next_url: str | None
    is_filtered: bool
    is_beyond: bool
    zone: str  # in which its days count; empty if that is the viewer's own


def show(
    listing: AnyList[Any],
    template: str,
    *,
    also: Callable[[Sequence[Any]], Mapping[str, object]] | None = None,
    beside: Callable[[], Mapping[str, object]] | None = None,
    **context: Any,
) -> ResponseReturnValue:
    """Answer with a page of the list, or with its CSV; `also` gives what the template needs of the rows.

    `beside` gives what stands above the first page, which neither the panel of HTMX nor the CSV has.
    """
    viewer = _there(listing)
    read = _Address(listing, viewer, request.args)
    if request.args.get("format") == CSV:
        return _csv(read)
    found: Shown[Any] = Shown() if read.errors else listing.page(viewer, read.asked)
    is_panel = respond.wants_panel()
    picks = bool(context.get("picks"))
    frame = _frame(read, found, picks=picks)
    context |= {"list": frame, "rows": found.rows, "is_panel": is_panel, **(also(found.rows) if also else {})}
    context |= beside() if beside and not is_panel and read.asked.edge is None else {}
    page = respond.page(template, status=422 if read.errors else 200, **context)
    if not is_panel:
        return page
    answer = make_response(page)
    # What is typed replaces the address, so that Back leads off the list.
    answer.headers["HX-Replace-Url"] = read.here(picks=picks)
    return answer


def _there(listing: AnyList[Any]) -> Actor:
    """Return the viewer, in the zone in which the list counts its days."""
    viewer = current_actor()
    return replace(viewer, time_zone=listing.zone()) if listing.zone else viewer


class _Address:
    """The address of a list's page, read: what is asked for, and the addresses around it."""

    def __init__(self, listing: AnyList[Any], viewer: Actor, args: Mapping[str, str]) -> None:
        self.listing, self.viewer, self.path = listing, viewer, listing.path
        self.filters = tuple(f for f in listing.filters if f.offered(viewer))
        self.errors: list[str] = []
        self.typed = {f.name: {name: typed(args.get(name)) for name in f.names} for f in self.filters}
        values = {f.name: value for f in self.filters if (value := self._read(f, args)) is not None}
        self.sort, self.falls = listing.order(viewer, Asked(values, args.get("sort", "")))
        self.order = f"-{self.sort.name}" if self.falls else self.sort.name
        self.asks_order = self.order != listing.own(values)
        after, before = args.get("after", ""), args.get("before", "")
        edge = lists.read_edge(listing, self.sort, after or before, back=not after) if after or before else None
        self.edge = {"after" if after else "before": after or before} if edge else {}
        self.asked = Asked(values, self.order, edge)

    def _read(self, f: Filter[Any], args: Mapping[str, str]) -> Any:
        try:
            return f.read(args)
        except ValueError as error:
            self.errors.append(str(error))
            return None

    @property
    def is_filtered(self) -> bool:
        """Return whether anything narrows the list that the address does not have to name."""
        return bool(self.errors) or any(f.write(self.asked.values.get(f.name)) for f in self.filters)

    @property
    def query(self) -> str:
        """Return filters and order as the shortest address has them, wherever in the list the page is."""
        return self.url().partition("?")[2]

    def here(self, *, picks: bool = False) -> str:
        """Return the address of the page itself, with boxes to choose rows or without."""
        return self.url(edge=True, pick="1") if picks else self.url(edge=True)

    def parts(self, f: Filter[Any]) -> tuple[tuple[str, str], ...]:
        """Return what the address has of one filter."""
        return tuple(f.write(self.asked.values.get(f.name)).items())

    def url(
        self,
        *,
        chosen: tuple[Filter[Any], Any] | None = None,
        order: str | None = None,
        edge: bool = False,
        **more: str,
    ) -> str:
        """Return the address with these filters, or with one of them changed, another order, another place."""
        values = {**self.asked.values, **({chosen[0].name: chosen[1]} if chosen else {})}
        parts: dict[str, str] = {}
        for f in self.filters:
            parts |= f.write(values.get(f.name))
        order = order or (self.order if self.asks_order else "")
        if order and order != self.listing.own(values):
            parts["sort"] = order
        parts |= {**(self.edge if edge else {}), **more}
        return self.path + (f"?{urlencode(parts)}" if parts else "")


def _frame(read: _Address, found: Shown[Any], *, picks: bool) -> Frame:
    """Write everything around the rows."""
    fields = tuple(Field(f, read.typed[f.name]) for f in read.filters if not _is_carried(read, f))
    views = _views(read)
    before, after = (edge and lists.write_edge(read.listing, read.sort, edge) for edge in (found.first, found.last))
    return Frame(
        noun=read.listing.noun,
        path=read.path,
        fields=tuple(f for f in fields if not f.filter.more),
        more_fields=tuple(f for f in fields if f.filter.more),
        hidden=_hidden(read, picks=picks),
        errors=tuple(read.errors),
        tabs=tuple(tab for f in read.filters if isinstance(f, Choice) and f.tabs for tab in _tabs(read, f)),
        views=views,
        save_url=_save_url(read, views),
        chips=_chips(read),
        heads=_heads(read),
        orders=_orders(read),
        order=read.order,
        said=_said(read, found),
        reset_url=read.path,
        first_url=read.url(),
        query=read.url(edge=True).partition("?")[2],
        csv_url=read.url(format=CSV) if read.listing.cells and found.rows else "",
        previous_url=read.url(before=before) if before else None,
        next_url=read.url(after=after) if after else None,
        is_filtered=read.is_filtered,
        is_beyond=not found.rows and read.asked.edge is not None,
        zone=read.viewer.time_zone if read.listing.zone else "",
    )


def _hidden(read: _Address, *, picks: bool) -> tuple[tuple[str, str], ...]:
    """Return what the filter bar carries: which tab is chosen, whom a page led here for, and that there are boxes."""
    carried = tuple(part for f in read.filters if _is_carried(read, f) for part in read.parts(f))
    return (*carried, (PICK, "1")) if picks else carried


def _views(read: _Address) -> tuple[View, ...]:
    """List the person's views of the list; one that says more than the list understands fits no longer.

    Who has none, as the session tells with a whole page, costs no statement.
    """
    counted = g.get("shell_counts")
    if counted is not None and not counted.views:
        return ()
    return tuple(
        View(one.id, one.name, one.url, one.query == read.query, fits(read.listing, one.query, read.viewer))
        for one in saved_views.of_list(read.path, viewer=read.viewer)
    )


def _save_url(read: _Address, views: Sequence[View]) -> str:
    """Return where what the page shows is kept under a name: nothing where it is kept, or cannot be meant."""
    if not read.query or read.errors or any(view.is_chosen for view in views):
        return ""
    return f"/views/new?{urlencode({'path': read.path, 'query': read.query})}"


def fits(listing: AnyList[Any], query: str, viewer: Actor) -> bool:
    """Return whether a list understands all of an address: what it reads would be written as it stands there."""
    read = _Address(listing, viewer, dict(parse_qsl(query)))
    return not read.errors and read.query == query


def shortest(path: str, query: str, viewer: Actor) -> str:
    """Return filters and order of an address of a list as they are kept.

    Raises:
        NotFound: no list has this path.
        InvalidInput: a filter cannot be meant.
    """
    listing = existing(lists.BY_PATH.get(path))
    read = _Address(listing, viewer, dict(parse_qsl(query)))
    if read.errors:
        raise InvalidInput(" ".join(read.errors))
    return read.query


def chosen_in(listing: AnyList[Any]) -> str:
    """Return filters, order and place of the list in which rows were chosen, as the form carries them."""
    return _chosen_in(listing).here().partition("?")[2]


def matching(listing: Listing[Any]) -> Ids | None:
    """Select the ids that the list in which a form was drawn finds on all its pages; None without a filter."""
    read = _chosen_in(listing)
    if read.errors:
        raise InvalidInput(" ".join(read.errors))
    return listing.matching(read.viewer, read.asked) if read.is_filtered else None


def back(listing: AnyList[Any], *, picks: bool = False) -> str:
    """Return the address of the list in which rows were chosen, or of the same with its boxes."""
    return _chosen_in(listing).here(picks=picks)


def _chosen_in(listing: AnyList[Any]) -> _Address:
    return _Address(listing, current_actor(), dict(parse_qsl(request.values.get(CHOSEN_IN, ""))))


def _is_tabs(f: Filter[Any]) -> bool:
    return isinstance(f, Choice) and f.tabs


def _is_carried(read: _Address, f: Filter[Any]) -> bool:
    return _is_tabs(f) or (isinstance(f, Exact) and f.is_given(read.typed[f.name][f.name]))


def _chips(read: _Address) -> tuple[tuple[str, str], ...]:
    """List what is set, each with the address without it; tabs show by themselves what is chosen."""
    values = read.asked.values
    shown = [f for f in read.filters if f.name in values and not _is_tabs(f)]
    return tuple((f.said(values[f.name]), read.url(chosen=(f, None))) for f in shown)


def _tabs(read: _Address, f: Choice) -> list[Tab]:
    """List the choices with their counts; one that reached its limit is written with a plus."""
    chosen = read.asked.values.get(f.name)
    found = read.listing.counts(read.viewer, read.asked, f)
    tabs: list[Tab] = []
    for name, label in f.options.items():
        count = found.get(name)
        is_more = count is not None and count > lists.COUNT_LIMIT
        words = f"{label} {number(lists.COUNT_LIMIT)}+" if is_more else label
        tabs.append((words, read.url(chosen=(f, name)), None if is_more else count, name == chosen))
    return [*tabs, (f.any, read.url(chosen=(f, None)), None, chosen is None)]


def _heads(read: _Address) -> tuple[Head, ...]:
    """Write the heads; one that sorts leads to the list sorted by it, or turned round."""
    sorts = {sort.name: sort for sort in read.listing.sorts if sort.offered(read.viewer)}
    heads = []
    for column in read.listing.columns:
        if not column.offered(read.viewer):
            continue
        sort = sorts.get(column.sort)
        if sort is None:
            heads.append(Head(column.label, column.cls))
            continue
        is_present = sort is read.sort
        falls = not read.falls if is_present else sort.falls
        turned = ("descending" if read.falls else "ascending") if is_present else ""
        heads.append(Head(column.label, column.cls, read.url(order=f"-{sort.name}" if falls else sort.name), turned))
    return tuple(heads)


def _orders(read: _Address) -> tuple[tuple[str, str], ...]:
    """List the orders for a phone, where a table has no heads."""
    both = []
    for sort in (sort for sort in read.listing.sorts if sort.offered(read.viewer)):
        up, down = (sort.name, f"{sort.label}, {sort.words[0]}"), (f"-{sort.name}", f"{sort.label}, {sort.words[1]}")
        both += [down, up] if sort.falls else [up, down]
    return tuple(both)


def _said(read: _Address, found: Shown[Any]) -> str:
    """Write `1–50 of 1,240 jobs`, and after what they are sorted when that was chosen."""
    one, many = read.listing.noun
    shown = len(found.rows)
    total = max(found.total, shown)
    counted = f"{number(total)}{'+' if found.is_more else ''} {one if total == 1 else many}"
    if found.first_number is None:
        counted = f"{number(shown)} of {counted}"
    elif shown < total or found.is_more:
        counted = f"{number(found.first_number)}–{number(found.first_number + shown - 1)} of {counted}"
    if not read.asks_order:
        return counted
    return f"{counted}, sorted by {read.sort.label.lower()}, {read.sort.words[1 if read.falls else 0]}"


def exported(listing: AnyList[Any]) -> Iterator[Any]:
    """Stream the rows of the address's filter, for another kind of file."""
    read = _Address(listing, _there(listing), request.args)
    if read.errors:
        raise InvalidInput(" ".join(read.errors))
    return listing.export(read.viewer, read.asked)


# --- CSV --------------------------------------------------------------------------------------------------------


def style_of(viewer: Actor) -> spreadsheets.Style:
    """Return how the viewer's spreadsheet reads CSV."""
    return spreadsheets.style_of(viewer.number_format, viewer.time_zone)


def _csv(read: _Address) -> ResponseReturnValue:
    """Stream what the filter shows, in its order."""
    if read.errors:
        raise InvalidInput(" ".join(read.errors))
    viewer = read.viewer
    style = replace(style_of(current_actor()), zone=ZoneInfo(viewer.time_zone))
    name = f"{read.listing.name}-{viewer.now.date().isoformat()}.csv"
    return respond.file(stream_with_context(_lines(read, style)), name, "text/csv")


def _heading(cell: Cell, style: spreadsheets.Style) -> str:
    return f"{cell.label} ({style.zone.key})" if cell.is_time else cell.label


def _lines(read: _Address, style: spreadsheets.Style) -> Iterator[str]:
    cells = [cell for cell in read.listing.cells if cell.offered(read.viewer)]
    yield spreadsheets.BYTE_ORDER_MARK + spreadsheets.line([_heading(cell, style) for cell in cells], style)
    for row in read.listing.export(read.viewer, read.asked):
        yield spreadsheets.line([cell.value(row) for cell in cells], style)
