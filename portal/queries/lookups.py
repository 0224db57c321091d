"""How often the words of a search occur where it looks, found out before the rows are: see `Often`.

PostgreSQL plans a search by how often it believes that a word occurs. Of a parameter it knows nothing, and what is
right for a rare word takes seconds for one that all names have. So it is asked first, at a price that is bounded: the
newest rows tell what most rows have; of any other word, the ids are fetched by the text's index, up to a number.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, case, func, select

from portal.queries.finding import Form, Often, Place, Source, Word, is_known, is_narrow, occurs
from portal.queries.prepared import ask, written


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many of the newest rows are looked at, how many of them have what most have, how many ids are fetched."""

    newest: int = 60
    mostly: int = 6
    ids: int = 300


@dataclass(frozen=True, slots=True)
class Lookup:
    """How often a word occurs in a text, and the ids of the rows where it does so seldom."""

    often: Often
    ids: Sequence[uuid.UUID] = ()


USUAL = Bounds()


@dataclass(frozen=True, slots=True)
class Lookups:
    """How often each word occurs in each source, and in which of them most rows have all the words."""

    words: int
    found: Mapping[tuple[int, Source], Lookup]
    together: frozenset[Source]

    def at(self, places: Sequence[Place]) -> tuple[tuple[Lookup, ...], ...]:
        """Return of each word how often it occurs in each of the places, as a search in all of them needs it."""
        by_row = ((Lookup(Often.MOSTLY),) * len(places),) * self.words
        if any(place.source in self.together for place in places):
            return by_row
        found = tuple(tuple(self.found[n, place.source] for place in places) for n in range(self.words))
        if not is_narrow([[one.often for one in word] for word in found]):
            return found
        # The rows of one word are at hand, and few: in them the others are looked for.
        return tuple(
            word if is_known([one.often for one in word]) else rest for word, rest in zip(found, by_row, strict=True)
        )


def look_up(words: Sequence[Word], places: Sequence[Place], *, bounds: Bounds = USUAL) -> Lookups:
    """Find out in one statement how often the words occur where the places look."""
    sources = tuple(dict.fromkeys(place.source for place in places))
    if not words or not sources:
        return Lookups(len(words), {}, frozenset())
    named = {
        f"word_{n}_{order}": pattern for n, word in enumerate(words) for order, pattern in enumerate(word.patterns)
    }
    row = ask(_statement(tuple(word.form for word in words), sources, bounds), named).one()
    found = {
        (n, source): _lookup(getattr(row, f"ids_{n}_{at}"), bounds)
        for at, source in enumerate(sources)
        for n in range(len(words))
    }
    together = (source for at, source in enumerate(sources) if getattr(row, f"together_{at}") >= bounds.mostly)
    return Lookups(len(words), found, frozenset(together))


def _lookup(ids: Sequence[uuid.UUID] | None, bounds: Bounds) -> Lookup:
    if ids is None or len(ids) > bounds.ids:
        return Lookup(Often.OFTEN)
    return Lookup(Often.SELDOM, ids) if ids else Lookup(Often.NEVER)


@lru_cache(maxsize=256)
def _statement(forms: tuple[Form, ...], sources: tuple[Source, ...], bounds: Bounds) -> Select[Any]:
    words = [
        (form, [bindparam(f"word_{n}_{order}", type_=Text) for order in range(form.ways)])
        for n, form in enumerate(forms)
    ]
    parts = [_of_source(at, source, words, bounds) for at, source in enumerate(sources)]
    return select(*(column for part in parts for column in part))


def _of_source(at: int, source: Source, words: Sequence[tuple[Form, Any]], bounds: Bounds) -> list[Any]:
    """Select how many of the newest rows have all the words, and the ids of those that have each, unless many do."""
    latest = source.ids.add_columns(source.text.label("text")).order_by(source.id.desc())
    rows = latest.limit(written(bounds.newest)).cte(f"newest_{at}")
    each = [occurs(rows.c.text, patterns, exact=form.exact) for form, patterns in words]
    columns = [_counted(and_(*each)).label(f"together_{at}")]
    for n, ((form, patterns), condition) in enumerate(zip(words, each, strict=True)):
        is_rare = _counted(condition) < bounds.mostly
        ids = source.matching(patterns, form).where(is_rare).limit(written(bounds.ids + 1))
        known = case((is_rare, func.array(ids.scalar_subquery())))
        columns.append(known.label(f"ids_{n}_{at}"))
    return columns


def _counted(condition: ColumnElement[bool]) -> Any:
    return select(func.count()).where(condition).scalar_subquery()
