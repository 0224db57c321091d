"""What happened behind the log: a state, a step of a history, a claim, a split or a transfer that no event tells of.

A change and its event are of one transaction and so of one time; a row without an event of its time about the same
thing was written by somebody else.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, exists, select, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import reading
from portal.models import (
    CandidateSourcer,
    Dispute,
    DisputeStateChange,
    LedgerTransfer,
    MarketplaceEvent,
    Placement,
    PlacementStateChange,
    Proposal,
    ProposalStateChange,
    SplitSheet,
)

CHUNK = 20_000
E = MarketplaceEvent


@dataclass(frozen=True, slots=True)
class Told:
    """Rows that events tell of: what they are called, what they are about, when they were written, by which events."""

    noun: str
    about: InstrumentedAttribute[uuid.UUID]
    at: InstrumentedAttribute[Any]
    by: ColumnElement[bool]


P, R, S = PlacementStateChange, ProposalStateChange, SplitSheet
C, L, D = CandidateSourcer, LedgerTransfer, DisputeStateChange
TOLD = (
    Told("A step in a placement's history", P.placement_id, P.at, E.placement_id == P.placement_id),
    Told("A step in a proposal's history", R.proposal_id, R.at, E.proposal_id == R.proposal_id),
    Told(
        "A step in a dispute's history", D.dispute_id, D.at, E.payload["dispute_id"].astext == cast(D.dispute_id, Text)
    ),
    Told("A claim", C.candidate_id, C.sourced_at, E.candidate_id == C.candidate_id),
    Told("A split sheet", S.placement_id, S.at, E.placement_id == S.placement_id),
    Told("A ledger transfer", L.event_id, L.at, E.id == L.event_id),
)
STATES = (
    ("dispute", Dispute, DisputeStateChange, DisputeStateChange.dispute_id),
    ("placement", Placement, PlacementStateChange, PlacementStateChange.placement_id),
    ("proposal", Proposal, ProposalStateChange, ProposalStateChange.proposal_id),
)


def first_untold(*, since: datetime | None) -> str:
    """Return a sentence about the first row since a time that the log does not tell of, or an empty one."""
    untold = (_untold(told, since) for told in TOLD)
    return next((found for found in (*untold, *(_out_of_step(*each) for each in STATES)) if found), "")


def _untold(told: Told, since: datetime | None) -> str:
    """Look through a table by what its rows are about, a chunk a statement."""
    after = uuid.UUID(int=0)
    while True:
        # Whole groups, so that going on after the last one leaves nothing out.
        ids = select(told.about.label("about")).where(told.about > after).distinct().order_by(told.about).limit(CHUNK)
        chunk = reading().execute(ids).scalars().all()
        if not chunk:
            return ""
        event = exists().where(told.by, E.at == told.at)
        within = told.about.between(chunk[0], chunk[-1]) & (true() if since is None else told.at >= since)
        bad = reading().execute(select(told.about, told.at).where(within, ~event).limit(1)).one_or_none()
        if bad is not None:
            return f"{told.noun} from {bad[1]:%Y-%m-%d %H:%M:%S} UTC ({bad[0]}) has no event."
        after = chunk[-1]


def _out_of_step(noun: str, model: Any, history: Any, key: Any) -> str:
    """Find a row whose state is not the last one of its history."""
    last = (
        select(history.to_state)
        .where(key == model.id)
        .order_by(history.at.desc(), history.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(model.id, model.state, last.label("last")).where(last.is_distinct_from(model.state)).limit(1)
    bad = reading().execute(query).one_or_none()
    if bad is None:
        return ""
    return f"The {noun} {bad.id} is {bad.state}, but its history ends with {bad.last or 'nothing'}."
