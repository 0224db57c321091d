"""What the declaration of a list is made of: its sort orders, its column heads, and the cells of its CSV."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from portal.domain.money import bp_to_percent, to_major
from portal.domain.permissions import Actor
from portal.queries.filters import everybody

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
# How the two directions of an order read: ascending, descending.
ALPHABET = ("A to Z", "Z to A")
NEWEST = ("oldest first", "newest first")
SOONEST = ("soonest first", "latest first")
HIGHEST = ("lowest first", "highest first")

# How the key of an order is read back from an address, by type.
READ: Mapping[type, Callable[[str], object]] = {
    str: str,
    int: int,
    Decimal: Decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    uuid.UUID: uuid.UUID,
}


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort order that a list offers; `falls` if it starts with the highest or newest."""

    name: str
    label: str
    by: Any
    words: tuple[str, str] = ALPHABET
    falls: bool = False
    offered: Callable[[Actor], bool] = everybody

    def __post_init__(self) -> None:
        """Refuse a key that can't be written in an address.

        Raises:
            TypeError: SQLAlchemy does not know the type; `func.lower(column, type_=Text)` says it.
        """
        if self.by.type.python_type not in READ:
            raise TypeError(f"the order {self.name!r} needs a type that an address can carry, not {self.by.type!r}")


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column on the page; `sort` names the order that its head switches to."""

    label: str
    cls: str = ""
    sort: str = ""
    offered: Callable[[Actor], bool] = everybody


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the CSV: numbers, days and times keep their types, so that a spreadsheet can compute with them.

    The heading of times names their zone.
    """

    label: str
    value: Callable[[Any], object]
    offered: Callable[[Actor], bool] = everybody
    is_time: bool = False


def in_major(minor: Callable[[Any], int | None]) -> Callable[[Any], Decimal | None]:
    """Return what reads an amount of a row for its cell, in the major units of the row's currency."""

    def read(row: Any) -> Decimal | None:
        amount = minor(row)
        return None if amount is None else to_major(amount, row.currency)

    return read


def in_percent(bp: Callable[[Any], int | None]) -> Callable[[Any], Decimal | None]:
    """Return what reads a share of a row for its cell."""

    def read(row: Any) -> Decimal | None:
        share = bp(row)
        return None if share is None else bp_to_percent(share)

    return read
