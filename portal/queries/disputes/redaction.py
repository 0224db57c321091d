"""How a party reads what others wrote in a case about a candidate who is not known to it (ADR 0060)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from portal.domain.disclosure import before_acceptance, tag
from portal.queries.candidates.identities import identity


def reader(row: Any) -> Callable[[str], str]:
    """Return how the viewer of a case reads what others wrote: nothing of a candidate who is not known there.

    The row has what the candidate is `KNOWN_AS`, and whether the viewer `knows` them.
    """
    if row.is_known:
        return str
    return partial(before_acceptance, person=identity(row, tag(row.candidate_id)))
