"""Precedents: what was decided in cases that are over, for everybody to find, without who it was about.

No row has a name, an id, a day or an amount; what was written about it was refused if it named anybody (`services`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select

from portal.domain import deciding
from portal.domain import disputes as rules
from portal.domain.disputes import Effect, SubjectType
from portal.domain.money import bp_to_percent
from portal.models import Dispute, DisputeRuling
from portal.queries.disputes.disputes import SUBJECT_LABELS
from portal.queries.filters import Choice, Search
from portal.queries.list_parts import NEWEST, Cell, Column, Sort
from portal.queries.lists import NOBODY, Listing
from portal.queries.prepared import ask

ALIKE = 3  # shown beside a case
D, R = Dispute, DisputeRuling
RULE_NAMES = {rule.name: rule.name for rule in deciding.RULES}
OUTCOME_LABELS = {
    Effect.KEEP.value: "Kept as it was",
    Effect.TRANSFER.value: "Credit transferred",
    Effect.SHARE.value: "Credit shared",
    Effect.REFUSE.value: "Objection dismissed",
    Effect.VOID.value: "Declared void",
    Effect.RELEASE.value: "Payout or invoice upheld",
    Effect.CANCEL.value: "Payout or invoice canceled",
    Effect.CREDIT.value: "Company credited",
    Effect.AMEND.value: "Split changed",
    Effect.NONE.value: "Terms upheld",
    Effect.REFUND.value: "Fee refunded",
    Effect.REMEDY.value: "Remedy applied",
}


@dataclass(frozen=True, slots=True)
class Precedent:
    """What was decided about which kind of quarrel, by which rule, in which month; `percent_bp` is what was awarded."""

    subject: str
    reason: str
    outcome: str
    percent_bp: int | None
    rule: str
    precedent: str
    month: str


def alike(dispute_id: uuid.UUID, subject: str) -> tuple[Precedent, ...]:
    """List the newest precedents of a kind beside a case: first those with its reason."""
    rows = ask(_alike(), {"dispute": dispute_id, "subject": subject})
    return tuple(_made(row) for row in rows)


@lru_cache
def _alike() -> Select[Any]:
    reason = select(D.reason).where(D.id == bindparam("dispute")).scalar_subquery()
    found = _decided().where(D.subject_type == bindparam("subject"), D.id != bindparam("dispute"))
    return found.order_by((D.reason == reason).desc(), D.id.desc()).limit(ALIKE)


def _over() -> Select[Any]:
    """Select the cases that are over, with the ruling that stands: the second one after an appeal."""
    last = case((D.appealed_at.is_(None), 1), else_=2)
    joined = select(D.id).join(R, (R.dispute_id == D.id) & (R.number == last))
    return joined.where(D.settled_at.is_not(None), D.state.in_(rules.DECIDED))


def _decided() -> Select[Any]:
    month = func.to_char(D.closed_at, "FMMonth YYYY").label("month")
    return _over().with_only_columns(D.subject_type, D.reason, R.effect, R.figures, R.rule, R.precedent, month)


def _made(row: Any) -> Precedent:
    return Precedent(
        subject=SUBJECT_LABELS[row.subject_type],
        reason=rules.reason_label(row.subject_type, row.reason),
        outcome=rules.SUBJECTS[SubjectType(row.subject_type)].effects[Effect(row.effect)],
        percent_bp=row.figures.get("percent_bp"),
        rule=RULE_NAMES.get(row.rule, ""),  # what else was typed there may name somebody
        precedent=row.precedent,
        month=row.month,
    )


PRECEDENTS = Listing(
    name="precedents",
    noun=("precedent", "precedents"),
    path="/disputes/precedents",
    looked_at=NOBODY,
    id=D.id,
    among=lambda _viewer: _over(),
    shows=lambda _viewer: _decided(),
    make=lambda row, _viewer: _made(row),
    filters=(
        Search("q", "Decision", text=R.precedent),
        Choice("subject", "About", options=SUBJECT_LABELS, on=lambda kind: D.subject_type == kind),
        Choice("rule", "Rule", options=RULE_NAMES, on=lambda rule: R.rule == rule),
        Choice("outcome", "Outcome", options=OUTCOME_LABELS, on=lambda effect: R.effect == effect),
    ),
    sorts=(Sort("opened", "Opened", D.id, NEWEST, falls=True),),
    columns=(Column("Outcome"), Column("About"), Column("Rule"), Column("Decided")),
    cells=(
        Cell("About", lambda row: row.subject),
        Cell("Reason", lambda row: row.reason),
        Cell("Outcome", lambda row: row.outcome),
        Cell("Percentage", lambda row: None if row.percent_bp is None else bp_to_percent(row.percent_bp)),
        Cell("Rule", lambda row: row.rule),
        Cell("Decision", lambda row: row.precedent),
        Cell("Month", lambda row: row.month),
    ),
)
