"""What happens to interviews; recruiters read of all of it but the internal notes.

Who of the company takes part is told as the recruiter is, but for the feedback.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from portal.domain.events.base import Event, Kind, event


@dataclass(frozen=True, kw_only=True)
class _OfInterview(Event):
    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    recruiter_id: uuid.UUID
    interview_id: uuid.UUID
    stage: str


@event(
    "interview.scheduled",
    "Interview scheduled",
    "{stage}, {starts_at:time}.",
    icon="calendar-plus",
    tone="info",
    notice=Kind.PROPOSALS,
    mails=("interview_scheduled", "interview_attended"),
)
class InterviewScheduled(_OfInterview):
    """The company scheduled an interview with an accepted candidate."""

    starts_at: datetime
    minutes: int
    participant_ids: tuple[uuid.UUID, ...] = ()


@event(
    "interview.changed",
    "Interview changed",
    "{stage}, {starts_at:time}.",
    icon="calendar",
    notice=Kind.PROPOSALS,
    mails=("interview_changed", "interview_attended", "interview_left"),
)
class InterviewChanged(_OfInterview):
    """The company changed an interview; `moved` if its time or stage changed.

    Participants who stay are notified of the change; those `added` or `removed` only of that. If it changed because
    someone `has_left` the company, so is whoever scheduled it.
    """

    starts_at: datetime
    minutes: int
    moved: bool
    participant_ids: tuple[uuid.UUID, ...] = ()
    added_ids: tuple[uuid.UUID, ...] = ()
    removed_ids: tuple[uuid.UUID, ...] = ()
    has_left: bool = False
    scheduled_by: uuid.UUID | None = None


@event(
    "interview.recorded",
    "Interview result",
    "{stage}: {outcome:label}.",
    icon="flag",
    tone="accent",
    notice=Kind.PROPOSALS,
    mails=("interview_recorded", "interview_cancelled"),
)
class InterviewRecorded(_OfInterview):
    """The company recorded an interview's result; `note_id` is the feedback shared with the recruiter."""

    outcome: str
    note_id: uuid.UUID | None
    starts_at: datetime | None = None
    participant_ids: tuple[uuid.UUID, ...] = ()


@event("interview.noted", "Interview feedback", "{stage}.", icon="message", notice=Kind.PROPOSALS)
class InterviewNoted(_OfInterview):
    """The company added feedback that the recruiter can read."""

    note_id: uuid.UUID


@event("interview.noted_internally", "Internal interview note", icon="lock")
class InterviewNotedInternally(Event):
    """The company added an internal note.

    It refers to no proposal, candidate, job or recruiter, so it never appears in a recruiter's view of the log.
    """

    interview_id: uuid.UUID
    note_id: uuid.UUID


@event("interview.stages_changed", "Interview stages changed", "{stages:list}.", icon="adjustments")
class InterviewStagesChanged(Event):
    """The company changed a job's interview stages."""

    job_id: uuid.UUID
    stages: tuple[str, ...]
