"""Interviews of accepted candidates, and the stages of a job."""

from __future__ import annotations

from uuid import UUID

from portal.answers.values import Answer, OneOf, Time
from portal.domain.interviews import Outcome


class InterviewNote(Answer):
    """Feedback on an interview; recruiters never see internal notes."""

    id: UUID
    note: str
    is_internal: bool
    written_by: str
    written_at: Time


class InterviewParticipant(Answer):
    """Someone from the company who takes part."""

    user_id: UUID
    name: str


class Interview(Answer):
    """An interview; `outcome` is null until a result is recorded, `with_whom` names guests."""

    id: UUID
    proposal_id: UUID
    stage: str
    starts_at: Time
    minutes: int
    participants: list[InterviewParticipant]
    with_whom: str
    place: str
    outcome: OneOf[Outcome] | None
    recorded_by: str | None
    recorded_at: Time | None
    version: int
    notes: list[InterviewNote]


class Interviews(Answer):
    """A proposal's interviews, in order of time."""

    interviews: list[Interview]


class InterviewStage(Answer):
    """A stage; without an id it is only suggested, and `is_used` means that it has interviews."""

    id: UUID | None
    name: str
    is_used: bool


class InterviewStages(Answer):
    """A job's stages in order; suggested ones become the job's own with its first interview."""

    job_id: UUID
    stages: list[InterviewStage]
