"""A candidate's name in what someone keeps who may no longer see the candidate: a label takes its place."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Label

from portal import access
from portal.domain.disclosure import label
from portal.domain.permissions import Actor
from portal.models import Candidate


def naming(viewer: Actor) -> tuple[Any, Any, Label[bool]]:
    """Return the columns that `named` reads: whom it is about, the name, and whether the viewer may read it."""
    return Candidate.id.label("candidate_id"), Candidate.full_name, access.knows(viewer).label("is_known")


def named(row: Any) -> str:
    """Return the name, or its label for a viewer who may not read it; an empty text where no candidate is."""
    if row.candidate_id is None:
        return ""
    return str(row.full_name) if row.is_known else label(row.full_name, row.candidate_id)
