"""The signals of a day from the tables: what the live counters are rebuilt from."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import String, literal, select, union_all

from portal.extensions import reading
from portal.models import Placement, Proposal, stands

SIGNALS = ("proposals", "decisions", "hires", "completions")


def of_day(now: datetime) -> dict[str, list[uuid.UUID]]:
    """List the proposals and placements behind each signal of the day (UTC) of `now`."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=1)
    parts = (
        ("proposals", Proposal.id, Proposal.proposed_at, ()),
        ("decisions", Proposal.id, Proposal.closed_at, (Proposal.state.in_(("accepted", "declined")),)),
        ("hires", Placement.id, Placement.hired_at, (stands(Placement),)),
        ("completions", Placement.id, Placement.completed_at, ()),
    )
    queries = [
        select(literal(name, String), identity).where(at >= start, at < end, *also)
        for name, identity, at, also in parts
    ]
    found: dict[str, list[uuid.UUID]] = {name: [] for name in SIGNALS}
    for name, identity in reading().execute(union_all(*queries)):
        found[name].append(identity)
    return found
