"""How a party reads what others wrote in a case about a candidate who is not known to it (ADR 0060)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from portal.domain.disclosure import Identity, before_acceptance, tag
from portal.models import Candidate

CONTACT = (Candidate.email, Candidate.phone, Candidate.linkedin_url)


def reader(row: Any) -> Callable[[str], str]:
    """Return how the viewer of a case reads what others wrote: nothing of a candidate who is not known there.

    The row has the candidate's name and contact data, and whether the viewer `knows` them.
    """
    if row.is_known:
        return str
    person = Identity(row.full_name, tag(row.candidate_id), row.email, row.phone or "", row.linkedin_url or "")
    return partial(before_acceptance, person=person)
