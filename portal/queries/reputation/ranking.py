"""The leaderboard as a list of the kit: the rows of a board, which is computed and kept as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Numeric, Text, column, true

from portal.domain.permissions import Actor
from portal.domain.reputation import LABELS, Period
from portal.queries.filters import Choice, Search, Values
from portal.queries.finding import words_of
from portal.queries.list_parts import HIGHEST, Cell, Column, Sort
from portal.queries.lists import NOBODY, AnyList, Asked, Edge, Shown, numbered
from portal.queries.paging import PAGE_SIZE
from portal.queries.reputation.leaderboard import PERIOD_LABELS, Ranked, board

Key = Callable[[Ranked], Any]
KEYS: Mapping[str, Key] = {
    "score": lambda row: row.figures.score,
    "name": lambda row: row.recruiter_name.casefold(),
    "hire": lambda row: row.figures.hire,
    "completion": lambda row: row.figures.completion,
    "collaboration": lambda row: row.figures.collaboration,
    "response": lambda row: row.figures.responsiveness,
    "placements": lambda row: row.figures.placements,
}


def period_of(values: Values) -> Period:
    """Return the period that is chosen, all time if none is."""
    return Period.read(values.get("period"))


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking(AnyList[Ranked]):
    """The best of a period, found and sorted among the rows of its board."""

    def page(self, viewer: Actor, asked: Asked, *, size: int = PAGE_SIZE) -> Shown[Ranked]:
        """Return one page, counted."""
        sort, falls = self.order(viewer, asked)
        rows, key = list(self.export(viewer, asked)), KEYS[sort.name]
        part, more = _window(rows, key, asked.edge, falls, size)
        keys = [(row.recruiter_id, key(row)) for row in part]
        return numbered(part, asked.edge, len(rows), more=more, keys=keys)

    def export(self, viewer: Actor, asked: Asked) -> Iterator[Ranked]:
        """Return all rows in their order."""
        sort, falls = self.order(viewer, asked)
        words = words_of(asked.values.get("q") or "")
        rows = board(viewer, period=period_of(asked.values)).rows
        found = [row for row in rows if all(word.is_in(f"{row.recruiter_name} {row.agency_name}") for word in words)]
        key = KEYS[sort.name]
        return iter(sorted(found, key=lambda row: (key(row), row.recruiter_id), reverse=falls))

    def counts(self, viewer: Actor, asked: Asked, tabs: Choice) -> Mapping[str, int]:
        """Return nothing: the leaderboard has no tabs."""
        _ = (viewer, asked, tabs)
        return {}

    def carries_key(self, sort: Sort) -> bool:
        """Return True: no order is that of ids."""
        return sort.name in KEYS


def _window(
    rows: Sequence[Ranked],
    key: Key,
    edge: Edge | None,
    falls: bool,  # noqa: FBT001 - as the kit passes it on
    size: int,
) -> tuple[Sequence[Ranked], bool]:
    """Return the rows of a page, and whether there are more beyond it."""
    if edge is None:
        return rows[:size], len(rows) > size
    place, is_later = (edge.key, edge.id), falls == edge.back
    beyond = [row for row in rows if (here := (key(row), row.recruiter_id)) != place and (here > place) is is_later]
    return beyond[-size:] if edge.back else beyond[:size], len(beyond) > size


LEADERBOARD = Ranking(
    name="leaderboard",
    noun=("recruiter", "recruiters"),
    path="/leaderboard",
    looked_at=NOBODY,
    filters=(
        Search("q", "Name or agency", text=None),  # found in the rows, not in a table
        Choice(
            "period",
            "Period",
            options={period: label for period, label in PERIOD_LABELS.items() if period is not Period.ALL_TIME},
            on=lambda _: true(),  # each period has a board of its own
            any=PERIOD_LABELS[Period.ALL_TIME],
        ),
    ),
    sorts=(
        Sort("score", "Score", column("score", Numeric), HIGHEST, falls=True),
        Sort("name", "Name", column("name", Text)),
        Sort("hire", LABELS["hire"], column("hire", Numeric), HIGHEST, falls=True),
        Sort("completion", LABELS["completion"], column("completion", Numeric), HIGHEST, falls=True),
        Sort("collaboration", LABELS["collaboration"], column("collaboration", Numeric), HIGHEST, falls=True),
        Sort("response", LABELS["responsiveness"], column("response", Numeric), HIGHEST, falls=True),
        Sort("placements", "Placements", column("placements", Integer), HIGHEST, falls=True),
    ),
    columns=(
        Column("Rank and recruiter", sort="name"),
        Column("Score", sort="score"),
        Column("Change", "n only-l"),
        Column(LABELS["hire"], "n only-l", sort="hire"),
        Column(LABELS["completion"], "n only-l", sort="completion"),
        Column(LABELS["collaboration"], "n only-l", sort="collaboration"),
        Column(LABELS["responsiveness"], "n only-l", sort="response"),
        Column("Placements", "n", sort="placements"),
    ),
    cells=(
        Cell("Recruiter", lambda row: row.recruiter_name),
        Cell("Rank", lambda row: row.rank),
        Cell("Agency", lambda row: row.agency_name),
        Cell("Score", lambda row: row.reputation_score),
        Cell("Change", lambda row: row.change),
        Cell(LABELS["hire"], lambda row: row.figures.hire),
        Cell(LABELS["completion"], lambda row: row.figures.completion),
        Cell(LABELS["collaboration"], lambda row: row.figures.collaboration),
        Cell(LABELS["responsiveness"], lambda row: row.figures.responsiveness),
        Cell("Placements", lambda row: row.figures.placements),
    ),
)
