"""Replacements that are owed (money.md §5, §9): days that the company took away prolong them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta


def waited(windows: Iterable[tuple[date, date]]) -> set[date]:
    """Return the days that proposals waited for a decision that never came, each day once."""
    return {first + timedelta(days=n) for first, last in windows for n in range(1, (last - first).days + 1)}
