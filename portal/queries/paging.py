"""Keyset paging by UUIDv7: the page after an id costs the same at any depth."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page, newest first; `older` and `newer` are ids to go on from, or None at an end."""

    rows: tuple[T, ...]
    older: uuid.UUID | None = None
    newer: uuid.UUID | None = None


def cut(rows: Sequence[T], size: int) -> tuple[tuple[T, ...], bool]:
    """Cut a page from one row too many and tell whether there are more."""
    return tuple(rows[:size]), len(rows) > size
