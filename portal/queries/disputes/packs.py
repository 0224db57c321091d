"""What an evidence pack says about a case, beside its evidence: who said what, and how it was decided."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from portal.access import knows
from portal.domain.disputes import MACHINE, REFERRED, SUBJECTS, Effect, SubjectType, reason_label
from portal.domain.money import percent_text
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, Dispute, DisputeRuling, DisputeStatement, User
from portal.queries.candidates.identities import KNOWN_AS
from portal.queries.disputes import attachments
from portal.queries.disputes.attachments import EvidenceFile
from portal.queries.disputes.evidence import Matter
from portal.queries.disputes.redaction import reader

Read = Callable[[uuid.UUID, str], str]  # of who wrote a text, and the text


@dataclass(frozen=True, slots=True)
class Said:
    """What a party stated, or a platform admin decided: by whom, when, and what."""

    by: str
    at: datetime
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    subject: str
    state: str
    reason: str
    asks: str
    opened_at: datetime
    statements: tuple[Said, ...]
    rulings: tuple[Said, ...]
    attachments: tuple[EvidenceFile, ...]


def summary(about: Matter, *, viewer: Actor) -> Summary:
    """Return the summary of a case that the viewer may see, as the viewer reads it."""
    row = _case(about, viewer)
    read, subject = _reader(row, viewer), SUBJECTS[about.subject]
    return Summary(
        subject=subject.label,
        state=MACHINE.states[row.state].label,
        reason=reason_label(about.subject, row.reason),
        asks=read(row.opened_by, row.asks),
        opened_at=row.opened_at,
        statements=(*_of_platform(row, read), *_statements(about, read)),
        rulings=tuple(_rulings(about, read)),
        attachments=tuple(replace(f, name=reader(row)(f.name)) for f in attachments.of_case(about.id, viewer=viewer)),
    )


def _case(about: Matter, viewer: Actor) -> Any:
    columns = (Dispute.state, Dispute.reason, Dispute.asks, Dispute.opened_at, Dispute.opened_by, Dispute.statement)
    query = select(*columns, Dispute.candidate_id, Candidate.full_name, KNOWN_AS, knows(viewer).label("is_known"))
    query = query.join(Candidate, Candidate.id == Dispute.candidate_id)
    return reading().execute(query.where(Dispute.id == about.id)).one()


def _reader(row: Any, viewer: Actor) -> Read:
    """Return how the viewer reads what somebody wrote: what the viewer wrote as it is."""
    others = reader(row)
    return lambda by, text: text if by == viewer.user_id else others(text)


def _of_platform(row: Any, read: Read) -> list[Said]:
    """Return why the platform opened a case, where it did."""
    said = Said("The platform", row.opened_at, "Opening", read(row.opened_by, row.statement))
    return [said] if row.reason == REFERRED else []


def _statements(about: Matter, read: Read) -> list[Said]:
    s = DisputeStatement
    query = _by(select(s.at, s.kind, s.said, s.by), s.by).where(s.dispute_id == about.id).order_by(s.id)
    rows = reading().execute(query)
    return [Said(row.name, row.at, row.kind.capitalize(), read(row.by, row.said)) for row in rows]


def _rulings(about: Matter, read: Read) -> list[Said]:
    r, effects = DisputeRuling, SUBJECTS[SubjectType(about.subject)].effects
    query = (
        _by(select(r.at, r.effect, r.figures, r.rule, r.reason, r.by), r.by)
        .where(r.dispute_id == about.id)
        .order_by(r.number)
    )
    rows = reading().execute(query)
    return [Said(row.name, row.at, _ruled(row, effects), _grounds(row, read)) for row in rows]


def _ruled(row: Any, effects: Mapping[Effect, str]) -> str:
    percent_bp, label = row.figures.get("percent_bp"), effects[Effect(row.effect)]
    return f"{label}: {percent_text(percent_bp)}" if percent_bp else label


def _grounds(row: Any, read: Read) -> str:
    """Write why it was ruled, by which rule."""
    rule, reason = read(row.by, row.rule), read(row.by, row.reason)
    return f"{rule}. {reason}" if rule else reason


def _by(query: Select[*tuple[Any, ...]], by: Any) -> Select[*tuple[Any, ...]]:
    return query.add_columns(func.coalesce(User.name, "Deleted user").label("name")).outerjoin(User, User.id == by)
