"""Interviews as a viewer may read them: recruiters read all of them but the internal notes (domain.md §3)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.domain.errors import existing
from portal.domain.interviews import STANDARD_STAGES
from portal.domain.permissions import Actor, Permission
from portal.extensions import reading
from portal.models import Interview, InterviewNote, InterviewParticipant, InterviewStage, Job, Proposal, User
from portal.queries.gathered import rows
from portal.queries.prepared import prepared

V, N, S, W = Interview, InterviewNote, InterviewStage, InterviewParticipant
_writing, _recording, _taking_part = aliased(User), aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class NoteLine:
    id: uuid.UUID
    note: str
    is_internal: bool
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody of the company who takes part."""

    user_id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class InterviewLine:
    """An interview, `with_whom` beside its participants; to a recruiter no note is internal."""

    id: uuid.UUID
    proposal_id: uuid.UUID
    stage: str
    starts_at: datetime
    minutes: int
    participants: tuple[Participant, ...]
    with_whom: str
    place: str
    outcome: str | None
    recorded_by: str | None
    recorded_at: datetime | None
    version: int
    notes: tuple[NoteLine, ...]

    @property
    def people(self) -> str:
        """Return who takes part: the company's people by name, then guests."""
        return ", ".join(filter(None, [*(one.name for one in self.participants), self.with_whom]))

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a job; without an id it is only suggested, and `is_used` when interviews are held at it."""

    id: uuid.UUID | None
    name: str
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of a job in their order."""

    job_id: uuid.UUID
    job_title: str
    stages: tuple[Stage, ...]


def gathered(viewer: Actor) -> ColumnElement[Any]:
    """Gather the interviews of a proposal as JSON, for a statement that selects the proposal."""
    one = func.jsonb_build_object(
        "id", V.id, "proposal_id", V.proposal_id, "stage", S.name, "starts_at", V.starts_at, "minutes", V.minutes,
        "participants", _participants(), "with_whom", V.with_whom, "place", V.place,
        "outcome", V.outcome, "recorded_by", _recording.name, "recorded_at", V.recorded_at, "version", V.version,
        "notes", _notes(_is_inside(viewer)),
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(one, V.starts_at, V.id)))
        .join(S, S.id == V.stage_id)
        .outerjoin(_recording, _recording.id == V.recorded_by)
        .where(V.proposal_id == Proposal.id)
        .correlate(Proposal)
        .scalar_subquery()
    )


def _is_inside(viewer: Actor) -> ColumnElement[bool]:
    """Select whether the viewer reads what is internal: who decides for others, and is not paid by the proposal."""
    if not access.decides_for_others(viewer, Permission.PROPOSAL_DECIDE):
        return false()
    return ~access.is_concerned(viewer)


def _participants() -> ColumnElement[Any]:
    one = func.jsonb_build_object("user_id", W.user_id, "name", _taking_part.name)
    return (
        select(func.jsonb_agg(aggregate_order_by(one, _taking_part.name, W.user_id)))
        .select_from(W)
        .join(_taking_part, _taking_part.id == W.user_id)
        .where(W.interview_id == V.id)
        .correlate(V)
        .scalar_subquery()
    )


def _notes(inside: ColumnElement[bool]) -> ColumnElement[Any]:
    one = func.jsonb_build_object(
        "id", N.id, "note", N.note, "is_internal", N.is_internal,
        "written_by", _writing.name, "written_at", N.written_at,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(one, N.id)))
        .join(_writing, _writing.id == N.written_by)
        .where(N.interview_id == V.id, or_(~N.is_internal, inside))
        .correlate(V, Proposal)
        .scalar_subquery()
    )


def lines(found: list[dict[str, Any]] | None) -> tuple[InterviewLine, ...]:
    """Read what `gathered` selected."""
    return tuple(_line(one) for one in rows(found))


def _line(one: Any) -> InterviewLine:
    read = {**vars(one), "proposal_id": uuid.UUID(one.proposal_id)}
    read["notes"] = tuple(NoteLine(**vars(note)) for note in rows(one.notes))
    read["participants"] = tuple(_participant(person) for person in one.participants or ())
    return InterviewLine(**read)


def _participant(one: dict[str, Any]) -> Participant:
    return Participant(uuid.UUID(one["user_id"]), one["name"])


def interview(interview_id: uuid.UUID, *, viewer: Actor) -> InterviewLine:
    row = existing(_of_its_proposal(viewer, interview=interview_id).one_or_none())
    return next(one for one in lines(row.interviews) if one.id == interview_id)


@prepared
def _of_its_proposal(viewer: Actor) -> Select[Any]:
    other = aliased(Interview)
    named = exists().where(other.proposal_id == Proposal.id, other.id == bindparam("interview")).correlate(Proposal)
    query = select(gathered(viewer).label("interviews")).select_from(Proposal)
    return query.where(named, access.visible(Proposal, viewer))


def stages(job_id: uuid.UUID, *, viewer: Actor) -> Stages:
    """Return the stages of a job, or those that it would begin with."""
    job = select(Job.title, Job.company_id).where(Job.id == job_id, access.visible(Job, viewer))
    row = existing(reading().execute(job).one_or_none())
    used = exists().where(V.stage_id == S.id).correlate(S)
    own = reading().execute(select(S.id, S.name, used).where(S.job_id == job_id).order_by(S.place)).all()
    listed = tuple(Stage(*one) for one in own)
    return Stages(job_id, row.title, listed or tuple(Stage(None, name) for name in _suggested(row.company_id)))


def _suggested(company_id: uuid.UUID) -> tuple[str, ...]:
    return tuple(reading().execute(suggested(company_id)).scalars()) or STANDARD_STAGES


def suggested(company_id: uuid.UUID) -> Select[str]:
    """Select the stages of the company's newest job that has any: what its next job begins with."""
    has_stages = exists().where(S.job_id == Job.id).correlate(Job)
    newest = select(Job.id).where(and_(Job.company_id == company_id, has_stages)).order_by(Job.id.desc()).limit(1)
    return select(S.name).where(S.job_id == newest.scalar_subquery()).order_by(S.place)
