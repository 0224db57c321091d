"""The rows behind each component of a score, as far as the viewer may see them; the rest is counted (domain.md §6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    String,
    and_,
    bindparam,
    false,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.types import DateTime, Uuid

from portal import access
from portal.domain import reputation as rules
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import FAILURE_REASON_LABELS
from portal.domain.proposals import DECLINE_REASON_LABELS
from portal.models import (
    AmendmentAnswer,
    Job,
    Organisation,
    Placement,
    Proposal,
    ProposalQuestion,
    ReputationAppeal,
    SplitAmendment,
    stands,
)
from portal.queries.prepared import prepared, written

P, H, Q, A = Proposal, Placement, ProposalQuestion, AmendmentAnswer
WHOSE: BindParameter[uuid.UUID] = bindparam("whose", type_=Uuid())
SHOWN = 20
EXCLUDED = "excluded"
COMPONENT_OF = {
    "proposal": "hire",
    "placement": "completion",
    "question": "responsiveness",
    "amendment": "responsiveness",
}
PARTS = tuple(dict.fromkeys(COMPONENT_OF.values()))  # the ratings of team mates are seen as a mean only


@dataclass(frozen=True, slots=True)
class InputRow:
    """One input of a score: what happened when, where to look at it, and what an appeal said of it.

    `hours` is the time to the answer, so far if it is open; what the rules or an appeal leave out does not count.
    """

    kind: str
    id: uuid.UUID
    at: datetime
    title: str
    outcome: str
    hours: Decimal | None
    is_open: bool
    is_answered: bool
    counts: bool
    appeal_state: str | None
    may_appeal: bool
    url: str

    @property
    def is_left_out(self) -> bool:
        """Return whether an appeal took it out of the score."""
        return self.appeal_state == EXCLUDED


@dataclass(frozen=True, slots=True)
class Inputs:
    """The newest rows of a component that the viewer may see, and how many more there are."""

    component: str
    rows: tuple[InputRow, ...] = ()
    seen: int = 0
    counted: int = 0  # of those seen

    @property
    def older(self) -> int:
        """Count the older rows that the viewer could see but that are not listed."""
        return self.seen - len(self.rows)


def inputs_of(recruiter_id: uuid.UUID, *, viewer: Actor, since: datetime | None = None) -> dict[str, Inputs]:
    """Return the rows behind the components of a recruiter's score, newest first and from `since` on, in one query."""
    found = _selected(viewer, since is not None, whose=recruiter_id, since=since)
    rows = sorted(found, key=lambda row: row.at, reverse=True)
    return {
        name: _inputs(name, [r for r in rows if COMPONENT_OF[r.kind] == name], recruiter_id, viewer) for name in PARTS
    }


def _inputs(component: str, rows: Sequence[Row[Any]], recruiter_id: uuid.UUID, viewer: Actor) -> Inputs:
    seen = {row.kind: (row.seen, row.counted) for row in rows}
    shown = tuple(_to_row(r, recruiter_id, viewer) for r in rows[:SHOWN])
    return Inputs(component, shown, sum(n for n, _ in seen.values()), sum(n for _, n in seen.values()))


@prepared
def _selected(viewer: Actor, is_since: bool) -> CompoundSelect[Any]:  # noqa: FBT001 - @prepared keeps by place
    parts = (_proposals(viewer), _placements(viewer), _questions(viewer), _amendments(viewer))
    return union_all(*(_newest(part, is_since=is_since) for part in parts))


def _newest(part: Select[Any], *, is_since: bool) -> Select[Any]:
    """Limit a part to its newest rows, count all, and name the newest; a part of a union has no order of its own."""
    rows = part.subquery()
    there = rows.c.at >= bindparam("since", type_=DateTime(timezone=True)) if is_since else true()
    counts = func.count().label("seen"), func.count().filter(rows.c.counts).label("counted")
    # Counted by themselves, from indexes: beside the newest, all rows would be read.
    counted = select(*counts).where(there).subquery()
    there = and_(there, rows.c.at.is_not(None))  # as it is of all: so an index of what has ended can answer
    newest = select(rows).where(there).order_by(rows.c.at.desc(), rows.c.id.desc()).limit(written(SHOWN)).subquery()
    title = (Job.title + " at " + Organisation.name).label("title")
    about = newest.join(Job.__table__, Job.id == newest.c.job_id).join(counted, true())
    found = about.join(Organisation.__table__, Organisation.id == Job.company_id)
    return select(newest, *counted.c, title).select_from(found)


def _columns(kind: str, place: str, **given: Any) -> list[Any]:
    """Return the columns that every part has, in one order."""
    base: dict[str, Any] = {
        "kind": literal(kind, String),
        "place": literal(place, String),
        "id": null(),
        "at": null(),
        "job_id": null(),
        "state": null(),
        "reason": null(),
        "placement_id": null(),
        "place_id": null(),
        "asked_at": literal(None, DateTime(timezone=True)),
        "answered_at": literal(None, DateTime(timezone=True)),
        "closed_at": literal(None, DateTime(timezone=True)),
        "appeal_state": ReputationAppeal.state,
        "counts": ReputationAppeal.state.is_distinct_from(EXCLUDED),
    }
    return [column.label(name) for name, column in {**base, **given}.items()]


def _appealed(kind: str, input_id: Any) -> ColumnElement[bool]:
    appeal = ReputationAppeal
    return and_(appeal.recruiter_id == WHOSE, appeal.input_kind == kind, appeal.input_id == input_id)


def _proposals(viewer: Actor) -> Select[Any]:
    """Select the proposals that a company decided, with their hires."""
    hired = select(H.id).where(H.proposal_id == P.id, stands(H)).correlate(P).scalar_subquery()
    columns = _columns(
        "proposal", "proposals", id=P.id, at=P.closed_at, job_id=P.job_id, state=P.state, reason=P.decline_reason,
        placement_id=hired, place_id=P.id,
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(ReputationAppeal, _appealed("proposal", P.id))
        .where(P.recruiter_id == WHOSE, P.state.in_(("accepted", "declined")), access.visible(P, viewer))
    )


def _placements(viewer: Actor) -> Select[Any]:
    """Select the placements of own proposals that ended."""
    ended = func.coalesce(H.completed_at, H.failed_at)
    no_fault = and_(H.state == "failed", H.failure_reason.in_(rules.NOT_COUNTED_FAILURES))
    counts = and_(ReputationAppeal.state.is_distinct_from(EXCLUDED), ~func.coalesce(no_fault, false()))
    columns = _columns(
        "placement", "placements", id=H.id, at=ended, job_id=H.job_id, state=H.state, reason=H.failure_reason,
        placement_id=H.id, place_id=H.id, counts=counts,
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(ReputationAppeal, _appealed("placement", H.id))
        .where(H.lead_recruiter_id == WHOSE, H.state.in_(("completed", "failed")), access.visible(H, viewer))
    )


def _questions(viewer: Actor) -> Select[Any]:
    columns = _columns(
        "question", "proposals", id=Q.id, at=Q.asked_at, job_id=P.job_id, state=literal("question", String),
        reason=literal(None, String), placement_id=literal(None, Uuid), place_id=P.id,
        asked_at=Q.asked_at, answered_at=Q.answered_at, closed_at=P.closed_at,
    )  # fmt: skip
    return (
        select(*columns)
        .join(P, P.id == Q.proposal_id)
        .outerjoin(ReputationAppeal, _appealed("question", Q.id))
        .where(Q.recruiter_id == WHOSE, access.visible(P, viewer))
    )


def _amendments(viewer: Actor) -> Select[Any]:
    """Select the amendments that the recruiter was asked to agree to."""
    columns = _columns(
        "amendment", "placements", id=A.amendment_id, at=A.asked_at, job_id=H.job_id,
        state=literal("amendment", String), reason=literal(None, String), placement_id=H.id, place_id=H.id,
        asked_at=A.asked_at, answered_at=A.answered_at, closed_at=SplitAmendment.closed_at,
    )  # fmt: skip
    return (
        select(*columns)
        .join(SplitAmendment, SplitAmendment.id == A.amendment_id)
        .join(H, H.id == SplitAmendment.placement_id)
        .outerjoin(ReputationAppeal, _appealed("amendment", A.amendment_id))
        .where(A.recruiter_id == WHOSE, access.visible(H, viewer))
    )


def _to_row(row: Row[Any], recruiter_id: uuid.UUID, viewer: Actor) -> InputRow:
    ended = row.answered_at or row.closed_at or viewer.now
    hours = None if row.asked_at is None else _hours(ended - row.asked_at)
    is_slow = hours is not None and hours > 0
    hurts = row.state in {"declined", "failed"} or is_slow
    is_own = viewer.recruiter_id == recruiter_id and viewer.has(Permission.REPUTATION_APPEAL)
    is_told = is_own or viewer.has(Permission.REPUTATION_RECALCULATE) or row.appeal_state == EXCLUDED
    return InputRow(
        row.kind,
        row.id,
        row.at,
        row.title,
        _outcome(row),
        hours,
        row.asked_at is not None and row.answered_at is None and row.closed_at is None,
        row.answered_at is not None,
        row.counts,
        row.appeal_state if is_told else None,
        is_own and hurts and row.counts and row.appeal_state is None,
        f"/{row.place}/{row.place_id}{'/amendments' if row.kind == 'amendment' else ''}",
    )


def _hours(span: timedelta) -> Decimal:
    return (Decimal(span // timedelta(seconds=1)) / 3600).quantize(Decimal("0.1"))


def _outcome(row: Row[Any]) -> str:
    """Word what came of it."""
    match row.state:
        case "accepted":
            return "Hired" if row.placement_id else "Accepted, not hired"
        case "declined":
            return f"Declined: {DECLINE_REASON_LABELS[row.reason].lower()}"
        case "completed":
            return "Completed"
        case "failed":
            return f"Failed: {FAILURE_REASON_LABELS[row.reason].lower()}"
        case "question":
            return "Question on a proposal"
        case _:
            return "Split change"
