"""What an evidence pack says about a case, beside its evidence: who said what, and how it was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from portal.domain.disputes import MACHINE, REFERRED, SUBJECTS, Effect, SubjectType, reason_label
from portal.extensions import reading
from portal.models import Dispute, DisputeRuling, DisputeStatement, User
from portal.queries.disputes.evidence import Matter


@dataclass(frozen=True, slots=True)
class Said:
    """What a party stated, or a platform admin decided: by whom, when, and what."""

    by: str
    at: datetime
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A case as a pack sums it up."""

    subject: str
    state: str
    reason: str
    asks: str
    opened_at: datetime
    statements: tuple[Said, ...]
    rulings: tuple[Said, ...]


def summary(about: Matter) -> Summary:
    """Return the summary of a case that the viewer may see."""
    columns = (Dispute.state, Dispute.reason, Dispute.asks, Dispute.opened_at, Dispute.statement)
    row = reading().execute(select(*columns).where(Dispute.id == about.id)).one()
    subject = SUBJECTS[about.subject]
    return Summary(
        subject=subject.label,
        state=MACHINE.states[row.state].label,
        reason=reason_label(about.subject, row.reason),
        asks=row.asks,
        opened_at=row.opened_at,
        statements=(*_of_platform(row), *_statements(about)),
        rulings=tuple(_rulings(about)),
    )


def _of_platform(row: Any) -> list[Said]:
    """Return why the platform opened a case, where it did."""
    return [Said("The platform", row.opened_at, "Opening", row.statement)] if row.reason == REFERRED else []


def _statements(about: Matter) -> list[Said]:
    s = DisputeStatement
    query = _by(select(s.at, s.kind, s.said), s.by).where(s.dispute_id == about.id).order_by(s.id)
    return [Said(row.name, row.at, row.kind.capitalize(), row.said) for row in reading().execute(query)]


def _rulings(about: Matter) -> list[Said]:
    r, effects = DisputeRuling, SUBJECTS[SubjectType(about.subject)].effects
    query = _by(select(r.at, r.effect, r.reason), r.by).where(r.dispute_id == about.id).order_by(r.number)
    return [Said(row.name, row.at, effects[Effect(row.effect)], row.reason) for row in reading().execute(query)]


def _by(query: Select[*tuple[Any, ...]], by: Any) -> Select[*tuple[Any, ...]]:
    return query.add_columns(func.coalesce(User.name, "Deleted user").label("name")).outerjoin(User, User.id == by)
