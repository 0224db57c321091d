"""Rows that a statement gathers as JSON beside the row that they belong to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any


def rows(found: list[dict[str, Any]] | None) -> Iterator[Any]:
    """Read what was gathered: a row's own id, and its times."""
    for one in found or ():
        read: dict[str, Any] = {
            name: datetime.fromisoformat(at) for name, at in one.items() if at and name.split("_")[-1] == "at"
        }
        if "id" in one:
            read["id"] = uuid.UUID(one["id"])
        yield SimpleNamespace(**{**one, **read})
