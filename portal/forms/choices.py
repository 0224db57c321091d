"""What a select offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms.fields.choices import SelectChoice


def choices(labels: Mapping[Any, str] | Iterable[tuple[Any, str]], *, nothing: str = "") -> list[SelectChoice]:
    """Return a choice for each value and its label, below one of `nothing` where that is said."""
    offered = labels.items() if isinstance(labels, Mapping) else labels
    first = [SelectChoice("", nothing)] if nothing else []
    return [*first, *(SelectChoice(str(value), label) for value, label in offered)]
