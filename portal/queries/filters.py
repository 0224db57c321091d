"""The filters of the list kit: how each is read from an address, worded as a chip, and turned into conditions.

`form` is what decides how a statement is built, so that one statement serves every value of one form; the values travel
as parameters. Reading raises ValueError with a sentence for the person who typed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Date, Select, Text, Uuid, bindparam, false, literal_column, or_

from portal.domain.ids import lowest_id, written_id
from portal.domain.permissions import Actor
from portal.domain.times import write_day
from portal.extensions import reading
from portal.queries.finding import Form, Often, Place, Word, by_themselves, is_gathered, is_narrow, occurs, words_of
from portal.queries.lookups import USUAL, Bounds, Lookup, look_up

V = TypeVar("V")
Values = Mapping[str, Any]
SEARCHED = 100
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
DAY = timedelta(days=1)
_ALL = "all"


def everybody(_viewer: Actor) -> bool:
    """Offer a filter to everyone who sees the list."""
    return True


def typed(text: str | None) -> str:
    """Return what a person typed, without unprintable characters, which a database can't even compare."""
    return "".join(c if c.isprintable() else " " for c in (text or "")[:SEARCHED]).strip()


@dataclass(frozen=True, eq=False)
class Filter(ABC, Generic[V]):
    """One filter of a list: `name` is its name in the address; `more` puts it behind “More filters”."""

    kind: ClassVar[str]
    name: str
    label: str
    offered: Callable[[Actor], bool] = field(default=everybody, kw_only=True)
    more: bool = field(default=False, kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its parameters in the address."""
        return (self.name,)

    @abstractmethod
    def read(self, args: Mapping[str, str]) -> V | None:
        """Return the requested value, or None if there is none.

        Raises:
            ValueError: what was typed makes no sense; the message says what to type.
        """

    def write(self, value: V | None) -> dict[str, str]:
        """Return the parameters of the address; None has none."""
        return {} if value is None else {self.name: str(value)}

    @abstractmethod
    def said(self, value: V) -> str:
        """Return the words of the chip."""

    def looked_up(self, value: V) -> Any:
        """Return what the methods below take: the value, with whatever had to be looked up about it."""
        return value

    def is_narrow(self, _form: Any) -> bool:
        """Return whether the conditions of a form leave a few rows, which are found by their ids."""
        return False

    def is_gathered(self, _form: Any, _row_id: Any) -> bool:
        """Return whether rows are found by an index of their text, regardless of who can see them."""
        return False

    def gathered(self, form: Any, _row_id: Any) -> list[ColumnElement[bool]]:
        """Return the conditions of a form that finds rows this way."""
        return self.where(form)

    def by_row(self, form: Any) -> Any:
        """Return the form in which rows are looked at one by one."""
        return form

    def is_broad(self, _form: Any) -> bool:
        """Return whether the conditions of a form can leave a great many rows, each of which takes time to find."""
        return False

    @abstractmethod
    def form(self, value: V) -> Hashable:
        """Return what decides how the conditions are built."""

    @abstractmethod
    def where(self, form: Any) -> list[ColumnElement[bool]]:
        """Return the conditions of a form."""

    @abstractmethod
    def values(self, value: V, viewer: Actor) -> dict[str, object]:
        """Return the parameters of the conditions."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The words of a search, and how often each occurs in each text."""

    words: Sequence[Word]
    lookups: Sequence[Sequence[Lookup]]


WordForm = tuple[Form, tuple[Often, ...]]
Says = Callable[[Place, Sequence[Any], Often, Any, Form], ColumnElement[bool]]


@dataclass(frozen=True, eq=False)
class Search(Filter[Any]):
    """Words that all occur in a text; `text` is an expression, or several that are joined with spaces.

    `of` is for texts of several tables: each word occurs in one of them. `through` leads from a text of another table
    to the list's own: it makes one condition of those of the words.
    """

    kind = "search"
    text: Any = field(default=None, kw_only=True)
    of: Sequence[Place] = field(default=(), kw_only=True)
    hint: str = field(default="", kw_only=True)
    bounds: Bounds = field(default=USUAL, kw_only=True)
    through: Callable[[list[ColumnElement[bool]]], ColumnElement[bool]] | None = field(default=None, kw_only=True)

    def read(self, args: Mapping[str, str]) -> str | None:
        return typed(args.get(self.name)) or None

    def said(self, value: str) -> str:
        """Quote the words; the search itself need not say where it looks."""
        return f"“{value}”" if self.name == "q" else f"{self.label}: “{value}”"

    def looked_up(self, value: str) -> Sought:
        """Count how often each word occurs in each text."""
        words = words_of(value)
        return Sought(words, look_up(words, self.of, bounds=self.bounds).at(self.of))

    def is_narrow(self, form: Sequence[WordForm]) -> bool:
        """Return whether the rows are known of one word, in whatever place it occurs."""
        return is_narrow([often for _, often in form])

    def is_gathered(self, form: Sequence[WordForm], row_id: Any) -> bool:
        """Return whether a word is looked for by the index of a text that the rows themselves lead to."""
        own = self.through is None and all(place.key.class_ is row_id.class_ for place in self.of)
        return own and is_gathered([often for _, often in form])

    def gathered(self, form: Sequence[WordForm], row_id: Any) -> list[ColumnElement[bool]]:
        """Return a condition for the words that are in some rows, and one for each word that is in most."""
        some = [(n, word) for n, word in enumerate(form) if Often.MOSTLY not in word[1]]
        rest = [self._has(n, word) for n, word in enumerate(form) if Often.MOSTLY in word[1]]
        words = [self._in_places(n, word, Place.leads) for n, word in some]
        return [by_themselves(row_id, words, f"found_{self.name}"), *rest]

    def by_row(self, form: Sequence[WordForm]) -> tuple[WordForm, ...]:
        """Return the form that looks for each word in each row."""
        return tuple((word, tuple(one.by_row for one in often)) for word, often in form)

    def is_broad(self, form: Sequence[WordForm]) -> bool:
        """Return whether no word is known to be in a few rows alone."""
        return bool(self.of and form) and not self.is_narrow(form)

    def form(self, value: Sought) -> tuple[WordForm, ...]:
        """Return of each word whether it is to be found exactly, in how many orders, and how often it occurs where."""
        pairs = zip(value.words, value.lookups, strict=True)
        return tuple((word.form, tuple(one.often for one in found)) for word, found in pairs)

    def where(self, form: Sequence[WordForm]) -> list[ColumnElement[bool]]:
        """Return one condition per word."""
        found = [self._has(n, word) for n, word in enumerate(form)]
        return found if self.through is None else [self.through(found)]

    def _has(self, n: int, word: WordForm) -> ColumnElement[bool]:
        form, _ = word
        if not self.of:
            text = joined(*self.text) if isinstance(self.text, tuple) else self.text
            return occurs(text, self._patterns(n, form), exact=form.exact)
        return or_(false(), *self._in_places(n, word, Place.has))

    def _in_places(self, n: int, word: WordForm, says: Says) -> list[ColumnElement[bool]]:
        """Return the condition of a word for each text that it can be in."""
        form, often = word
        patterns = self._patterns(n, form)
        ids = [bindparam(f"{self.name}_{n}_in_{at}", type_=ARRAY(Uuid)) for at in range(len(self.of))]
        places = zip(self.of, often, ids, strict=True)
        return [says(place, patterns, one, known, form) for place, one, known in places if one is not Often.NEVER]

    def _patterns(self, n: int, form: Form) -> list[Any]:
        return [bindparam(f"{self.name}_{n}_{order}", type_=Text) for order in range(form.ways)]

    def values(self, value: Sought, viewer: Actor) -> dict[str, object]:  # noqa: ARG002 - days need the viewer's zone
        """Return the patterns of each word, and the ids of the rows where it occurs seldom."""
        found: dict[str, object] = {}
        for n, (word, lookups) in enumerate(zip(value.words, value.lookups, strict=True)):
            found |= {f"{self.name}_{n}_{order}": pattern for order, pattern in enumerate(word.patterns)}
            found |= {f"{self.name}_{n}_in_{at}": list(one.ids) for at, one in enumerate(lookups) if one.ids}
        return found


def joined(*columns: Any) -> ColumnElement[str]:
    """Join texts with spaces, as the expressions of indexes are written."""
    space: ColumnElement[str] = literal_column("' '", Text)
    text: ColumnElement[str] = columns[0]
    for column in columns[1:]:
        text = text.op("||")(space).op("||")(column)
    return text


@dataclass(frozen=True, eq=False)
class Choice(Filter[str]):
    """One of a few values; `tabs` draws them as tabs with their counts.

    `usual` is taken when the address names none; “all” then asks for every one.
    """

    kind = "choice"
    options: Mapping[str, str] = field(kw_only=True)
    on: Callable[[str], ColumnElement[bool]] = field(kw_only=True)
    any: str = field(default="All", kw_only=True)
    tabs: bool = field(default=False, kw_only=True)
    usual: str | None = field(default=None, kw_only=True)

    def read(self, args: Mapping[str, str]) -> str | None:
        """Return the choice, or None if it isn't one of those offered."""
        asked = args.get(self.name, "")
        return asked if asked in self.options else None if asked == _ALL else self.usual

    def write(self, value: str | None) -> dict[str, str]:
        """Return the choice, unless it is the usual one."""
        return {} if value == self.usual else {self.name: value or _ALL}

    @property
    def none(self) -> str:
        return _ALL if self.usual else ""

    def said(self, value: str) -> str:
        return f"{self.label}: {self.options[value]}"

    def form(self, value: str) -> str:
        """Return the choice itself: some indexes cover only certain values."""
        return value

    def where(self, form: str) -> list[ColumnElement[bool]]:
        return [self.on(form)]

    def values(self, value: str, viewer: Actor) -> dict[str, object]:  # noqa: ARG002 - each choice is a form
        return {}


def by_state(options: Mapping[str, str], on: Callable[[str], ColumnElement[bool]]) -> Choice:
    """Return the tabs of a list's states."""
    return Choice("state", "Status", options=options, on=on, tabs=True)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a day begins in a time zone."""
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from and to, both included; an open end is None."""

    since: date | None
    until: date | None


@dataclass(frozen=True, eq=False)
class Days(Filter[Span]):
    """A range of days in the viewer's time zone, on a time, a date, or an id that has the time in it."""

    kind = "days"
    on: Any = field(kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        return ("from", "to")

    @property
    def is_of_times(self) -> bool:
        """Return whether the days are those of moments, which depend on a zone."""
        return not isinstance(self.on.type, Date)

    def read(self, args: Mapping[str, str]) -> Span | None:
        since, until = (self._day(args.get(name, "").strip(), name) for name in self.names)
        if since and until and since > until:
            raise ValueError(f"{self.label}: the start date is after the end date. Swap them.")
        return Span(since, until) if since or until else None

    def _day(self, text: str, name: str) -> date | None:
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            day = FIRST_DAY - DAY
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(f"{self.label} ({name}): enter a date from 2000 onward, for example 2026-11-28.")
        return day

    def write(self, value: Span | None) -> dict[str, str]:
        ends = {"from": value.since, "to": value.until} if value else {}
        return {name: day.isoformat() for name, day in ends.items() if day}

    def said(self, value: Span) -> str:
        if value.since and value.until:
            same = value.since == value.until
            ends = write_day(value.since) if same else f"{write_day(value.since)} to {write_day(value.until)}"
        else:
            ends = f"from {write_day(value.since)}" if value.since else f"to {write_day(value.until or LAST_DAY)}"
        return f"{self.label}: {ends}"

    def form(self, value: Span) -> tuple[bool, bool]:
        return value.since is not None, value.until is not None

    def where(self, form: tuple[bool, bool]) -> list[ColumnElement[bool]]:
        """Return a half-open range."""
        since, until = (bindparam(f"{self.name}_{end}", type_=self.on.type) for end in self.names)
        ends = zip(form, (self.on >= since, self.on < until), strict=True)
        return [condition for is_set, condition in ends if is_set]

    def values(self, value: Span, viewer: Actor) -> dict[str, object]:
        """Return the moments, days or ids at which the range begins and ends."""
        ends = {"from": value.since, "to": value.until and value.until + DAY}
        return {f"{self.name}_{name}": self._edge(day, viewer) for name, day in ends.items() if day}

    def _edge(self, day: date, viewer: Actor) -> object:
        if not self.is_of_times:
            return day
        at = midnight(day, ZoneInfo(viewer.time_zone))
        return lowest_id(at) if isinstance(self.on.type, Uuid) else at


def _is_id(text: str) -> bool:
    try:
        return bool(written_id(text))
    except ValueError:
        return False


@dataclass(frozen=True, eq=False)
class Exact(Filter[Any]):
    """A text or an id that a column has; `suggested` is the address of a list of them.

    `named` selects the name of who has `:id`: where a page leads here with an id, that is what people see.
    """

    kind = "exact"
    on: Any = field(kw_only=True)
    hint: str = field(default="", kw_only=True)
    suggested: str = field(default="", kw_only=True)
    named: Select[Any] | None = field(default=None, kw_only=True)

    def is_given(self, text: str) -> bool:
        """Return whether it is not for typing: it takes an id that has a name, or has got one."""
        return self.named is not None and (isinstance(self.on.type, Uuid) or _is_id(text))

    def read(self, args: Mapping[str, str]) -> Any:
        """Return what was typed, an id as such."""
        text = typed(args.get(self.name))
        if not text or not isinstance(self.on.type, Uuid):
            return text or None
        try:
            return written_id(text)
        except ValueError as error:
            raise ValueError(f"{self.label}: paste the ID from its page’s address.") from error

    def said(self, value: Any) -> str:
        """Return what was typed, and of an id the name."""
        name = None
        if self.named is not None and _is_id(str(value)):
            name = reading().execute(self.named, {"id": str(value)}).scalar_one_or_none()
        return f"{self.label}: {name or value}"

    def form(self, value: Any) -> None:
        """Return nothing: every value has the same condition."""

    def where(self, form: None) -> list[ColumnElement[bool]]:  # noqa: ARG002 - there is one
        return [self.on == bindparam(self.name, type_=self.on.type)]

    def values(self, value: Any, viewer: Actor) -> dict[str, object]:  # noqa: ARG002 - days need the viewer's zone
        return {self.name: value}
