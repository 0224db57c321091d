"""Interviews of accepted candidates, and the stages of a job."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import AwareDatetime, Field

from portal.answers.interviews import Interview, Interviews, InterviewStages
from portal.api.endpoint import Api, Created
from portal.api.types import Body, Id, Notes
from portal.domain import interviews as rules
from portal.domain import texts
from portal.domain.interviews import Appointment, Outcome
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries import interviews as queries
from portal.queries.interviews import InterviewLine, Stages
from portal.queries.proposals import detail
from portal.services import interviews
from portal.services.interviews import Feedback, StageInput

bp = Api("interviews", __name__, tag="Interviews")
StageName = Annotated[str, Field(min_length=1, max_length=rules.STAGE_NAME)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Version = (
    Annotated[int, Field(ge=1, description="The interview's `version` when you read it; 409 if it has changed since.")]
    | None
)


class StageBody(Body):
    """A stage; with the `id` of an existing one, that stage is renamed or moved."""

    name: StageName
    id: Id | None = None


class StagesBody(Body):
    """All of the job's stages in order; stages left out are removed."""

    stages: Annotated[list[StageBody], Field(min_length=1, max_length=rules.MOST_STAGES)]


class AppointmentBody(Body):
    """An interview's stage, time, place, participants from the company, and guests."""

    stage: StageName
    starts_at: Moment
    minutes: Annotated[int, Field(ge=rules.SHORTEST, le=rules.LONGEST)] = rules.USUAL
    participants: Annotated[
        list[Id],
        Field(max_length=rules.MOST_PARTICIPANTS, description="User ids from `GET /api/proposals/{id}/deciders`."),
    ] = []
    with_whom: Annotated[str, Field(max_length=texts.LINE)] = ""
    place: Annotated[str, Field(max_length=texts.REASON)] = ""

    @property
    def appointment(self) -> Appointment:
        """Return the input of the service."""
        said = self.to_input()
        said.pop("version", None)
        return Appointment(**{**said, "participants": frozenset(self.participants)})


class ChangeBody(AppointmentBody):
    """The new details of an interview."""

    version: Version = None


class ResultBody(Body):
    """An interview's result; the recruiter can read `feedback`, but never `internal_note`."""

    outcome: Outcome
    feedback: Notes = ""
    internal_note: Notes = ""
    version: Version = None


class NoteBody(Body):
    """Feedback, internal to the company unless `is_internal` is false."""

    note: Annotated[str, Field(min_length=1, max_length=texts.NOTES)]
    is_internal: bool = True


@bp.reads("/jobs/<uuid:job_id>/interview-stages", InterviewStages, Permission.PROPOSAL_DECIDE)
def list_stages(job_id: uuid.UUID) -> Stages:
    """List a job's interview stages."""
    return queries.stages(job_id, viewer=current_actor())


@bp.changes("/jobs/<uuid:job_id>/interview-stages", InterviewStages, Permission.JOB_EDIT, "JOB_OVER", "STAGE_IN_USE")
def set_stages(job_id: uuid.UUID, body: StagesBody) -> Stages:
    """Set a job's interview stages, in order."""
    actor = current_actor()
    interviews.set_stages(job_id, actor=actor, stages=[StageInput(stage.name, stage.id) for stage in body.stages])
    return queries.stages(job_id, viewer=actor)


@bp.reads("/proposals/<uuid:proposal_id>/interviews", Interviews, Permission.PROPOSAL_VIEW)
def list_interviews(proposal_id: uuid.UUID) -> detail.ProposalDetail:
    """List a proposal's interviews, with the details the caller can read."""
    return detail.detail(proposal_id, viewer=current_actor())


@bp.changes(
    "/proposals/<uuid:proposal_id>/interviews",
    Interview,
    Permission.PROPOSAL_DECIDE,
    "NOT_ACCEPTED",
    "ALREADY_HIRED",
    "TOO_MANY_INTERVIEWS",
)
def schedule_interview(proposal_id: uuid.UUID, body: AppointmentBody) -> Created:
    """Schedule an interview with an accepted candidate; the recruiter and the participants are notified."""
    interview_id = interviews.schedule(proposal_id, actor=current_actor(), input=body.appointment)
    return Created(_line(interview_id), f"/api/proposals/{proposal_id}/interviews")


@bp.changes(
    "/interviews/<uuid:interview_id>",
    Interview,
    Permission.PROPOSAL_DECIDE,
    "NOT_ACCEPTED",
    "ALREADY_HIRED",
    "ALREADY_RECORDED",
    "STALE_VERSION",
    method="PATCH",
)
def change_interview(interview_id: uuid.UUID, body: ChangeBody) -> InterviewLine:
    """Change an interview's time, place or participants; the recruiter and the participants are notified."""
    interviews.change(interview_id, actor=current_actor(), input=body.appointment, version=body.version)
    return _line(interview_id)


@bp.changes(
    "/interviews/<uuid:interview_id>/result",
    Interview,
    Permission.PROPOSAL_DECIDE,
    "NOT_ACCEPTED",
    "NOT_BEGUN",
    "ALREADY_RECORDED",
    "TOO_MANY_NOTES",
    "STALE_VERSION",
    names={"shared": "feedback", "internal": "internal_note"},
)
def record_result(interview_id: uuid.UUID, body: ResultBody) -> InterviewLine:
    """Record or correct an interview's result; the recruiter is notified."""
    said = Feedback(body.feedback, body.internal_note)
    interviews.record(interview_id, actor=current_actor(), outcome=body.outcome, feedback=said, version=body.version)
    return _line(interview_id)


@bp.changes(
    "/interviews/<uuid:interview_id>/notes", Interview, Permission.PROPOSAL_DECIDE, "NOT_ACCEPTED", "TOO_MANY_NOTES"
)
def add_interview_note(interview_id: uuid.UUID, body: NoteBody) -> InterviewLine:
    """Add interview feedback, internal to the company or shared with the recruiter, who is then notified."""
    interviews.note(interview_id, actor=current_actor(), note=body.note, internal=body.is_internal)
    return _line(interview_id)


def _line(interview_id: uuid.UUID) -> InterviewLine:
    return queries.interview(interview_id, viewer=current_actor())
