"""Interviews of accepted candidates, and the stages of a job."""

from __future__ import annotations

from uuid import UUID

from portal.answers.values import Answer, Time
from portal.domain.interviews import Outcome


class InterviewNote(Answer):
    """Feedback on an interview; what `is_internal` recruiters never get."""

    id: UUID
    note: str
    is_internal: bool
    written_by: str
    written_at: Time


class InterviewParticipant(Answer):
    """Somebody of the company who takes part."""

    user_id: UUID
    name: str


class Interview(Answer):
    """An interview; `outcome` is null until its result is recorded, `with_whom` names guests."""

    id: UUID
    proposal_id: UUID
    stage: str
    starts_at: Time
    minutes: int
    participants: list[InterviewParticipant]
    with_whom: str
    place: str
    outcome: Outcome | None
    recorded_by: str | None
    recorded_at: Time | None
    version: int
    notes: list[InterviewNote]


class Interviews(Answer):
    """The interviews of a proposal, in the order of their times."""

    interviews: list[Interview]


class InterviewStage(Answer):
    """A stage; without an id it is only suggested, `is_used` when interviews are held at it."""

    id: UUID | None
    name: str
    is_used: bool


class InterviewStages(Answer):
    """The stages of a job in their order; suggested ones become its own with the first interview."""

    job_id: UUID
    stages: list[InterviewStage]
