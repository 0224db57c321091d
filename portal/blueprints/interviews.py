"""Interviews of accepted candidates: schedule, change, record the result, write feedback; and the stages of a job."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.interviews import Outcome
from portal.domain.jobs import OVER
from portal.domain.permissions import Permission
from portal.domain.proposals import FurtherAction
from portal.domain.times import zone_words
from portal.forms.figures import read_version
from portal.forms.interviews import NoteForm, ResultForm, ScheduleForm, StagesForm
from portal.policy import current_actor, policy
from portal.printing.calendars import MEDIA_TYPE
from portal.queries import event_files
from portal.queries import interviews as queries
from portal.queries import jobs as job_queries
from portal.queries.interviews import InterviewLine
from portal.queries.proposals import assignments, detail
from portal.queries.proposals.detail import ProposalDetail
from portal.requests import respond
from portal.services import interviews

bp = Blueprint("interviews", __name__)
BOTH = ["GET", "POST"]
NOTIFIED = "The recruiter and participants have been notified."


@dataclass(frozen=True, slots=True)
class Asked:
    """A dialog: its name, the action it needs, its title, its buttons, and the confirmation."""

    name: str
    needs: FurtherAction
    title: str
    go: str
    done: str
    keep: str = "Cancel"


SCHEDULE = Asked(
    "schedule",
    FurtherAction.INTERVIEW,
    "Schedule interview",
    "Schedule",
    f"Interview scheduled. {NOTIFIED}",
)
CHANGE = Asked(
    "change",
    FurtherAction.INTERVIEW,
    "Change interview",
    "Save",
    f"Interview changed. {NOTIFIED}",
)
RESULT = Asked(
    "result", FurtherAction.FEEDBACK, "Record result", "Record", "Result recorded. The recruiter has been notified."
)
CANCEL = Asked(
    "result",
    FurtherAction.FEEDBACK,
    "Cancel interview",
    "Cancel interview",
    f"Interview canceled. {NOTIFIED}",
    keep="Keep interview",
)
NOTE = Asked("feedback", FurtherAction.FEEDBACK, "Add feedback", "Add", "Feedback added.")


@bp.route("/proposals/<uuid:proposal_id>/interviews/new", methods=BOTH)
@policy(Permission.PROPOSAL_DECIDE)
def schedule(proposal_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    p = detail.detail(proposal_id, viewer=actor)
    form = _appointment(p)
    return _dialog(
        SCHEDULE,
        p,
        form,
        lambda: interviews.schedule(proposal_id, actor=actor, input=form.to_input(p.company_zone)),
    )


@bp.route("/interviews/<uuid:interview_id>/edit", methods=BOTH)
@policy(Permission.PROPOSAL_DECIDE)
def change(interview_id: uuid.UUID) -> ResponseReturnValue:
    """Move an interview, or change who takes part and where it is."""
    actor = current_actor()
    line, p = _found(interview_id)
    form = _appointment(p, line)

    def command() -> uuid.UUID:
        said = form.to_input(p.company_zone, line)
        return interviews.change(interview_id, actor=actor, input=said, version=read_version(form.version))

    return _dialog(CHANGE, p, form, command, line)


@bp.route("/interviews/<uuid:interview_id>/result", methods=BOTH)
@policy(Permission.PROPOSAL_DECIDE)
def record(interview_id: uuid.UUID) -> ResponseReturnValue:
    """Record how an interview ended, or correct it."""
    line, p = _found(interview_id)
    actor = current_actor()
    form = ResultForm.of(line, actor.now)
    asked = CANCEL if line.starts_at > actor.now and line.outcome is None else RESULT
    return _dialog(asked, p, form, lambda: interviews.record(interview_id, actor=actor, **form.to_input()), line)


@bp.route("/interviews/<uuid:interview_id>/notes", methods=BOTH)
@policy(Permission.PROPOSAL_DECIDE)
def note(interview_id: uuid.UUID) -> ResponseReturnValue:
    """Write feedback on an interview, for the company or for the recruiter too."""
    line, p = _found(interview_id)
    form = NoteForm()
    return _dialog(NOTE, p, form, lambda: interviews.note(interview_id, actor=current_actor(), **form.to_input()), line)


def _appointment(p: ProposalDetail, line: InterviewLine | None = None) -> ScheduleForm:
    viewer = current_actor()
    stages, people = queries.stages(p.job_id, viewer=viewer), assignments.deciders(p.id, viewer=viewer)
    held = {one.stage for one in p.interviews if one.outcome != Outcome.CANCELLED}
    return ScheduleForm.of(stages, people, p.company_zone, held, line)


def _found(interview_id: uuid.UUID) -> tuple[InterviewLine, ProposalDetail]:
    viewer = current_actor()
    line = queries.interview(interview_id, viewer=viewer)
    return line, detail.detail(line.proposal_id, viewer=viewer)


def _dialog(
    asked: Asked, p: ProposalDetail, form: FlaskForm, command: Callable[[], object], line: InterviewLine | None = None
) -> ResponseReturnValue:
    """Ask in a dialog, or on a page without JavaScript; the answer to a submission is the fresh panel."""
    place = url_for("proposals.show", proposal_id=p.id, _anchor="interviews")
    context: dict[str, Any] = {"asked": asked, "form": form, "line": line, "zone": zone_words(p.company_zone)}

    def again(status: int) -> ResponseReturnValue:
        fresh = detail.detail(p.id, viewer=current_actor())
        return respond.page("interviews/ask.html", panel="interviews/_panel.html", status=status, p=fresh, **context)

    def panel() -> ResponseReturnValue:
        fresh = detail.detail(p.id, viewer=current_actor())
        return respond.page("interviews/_panel.html", p=fresh, note=asked.done)

    if request.method == "POST":
        return respond.submit(
            form, command, again=again, then=lambda _: respond.done(place, asked.done, panel=panel), once=True
        )
    if asked.needs not in p.allowed_actions:
        return respond.go(place)  # the page shows the current state
    return respond.page("interviews/ask.html", panel="interviews/_ask.html", p=p, **context)


@bp.get("/interviews/<uuid:interview_id>/calendar")
@policy(Permission.PROPOSAL_VIEW)
def calendar(interview_id: uuid.UUID) -> ResponseReturnValue:
    return respond.file(event_files.of_interview(interview_id, viewer=current_actor()), "interview.ics", MEDIA_TYPE)


# --- the stages of a job ------------------------------------------------------------------------------------------


@bp.get("/jobs/<uuid:job_id>/stages")
@policy(Permission.JOB_EDIT)
def stages_form(job_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the stages at which interviews for a job are held."""
    viewer = current_actor()
    job = job_queries.detail(job_id, viewer=viewer)
    if job.status in OVER or not job.may_edit:
        return redirect(url_for("jobs.show", job_id=job_id), 303)
    present = queries.stages(job_id, viewer=viewer)
    return respond.page("interviews/stages.html", form=StagesForm.of(present), present=present)


@bp.post("/jobs/<uuid:job_id>/stages")
@policy(Permission.JOB_EDIT)
def stages(job_id: uuid.UUID) -> ResponseReturnValue:
    form, actor = StagesForm(), current_actor()

    def again(status: int) -> ResponseReturnValue:
        present = queries.stages(job_id, viewer=actor)
        shown = form
        if status == 409:  # as they are now, with what was refused
            shown = StagesForm.of(present)
            shown.form_errors = form.form_errors
        return respond.page("interviews/stages.html", status=status, form=shown, present=present)

    return respond.submit(
        form,
        lambda: interviews.set_stages(job_id, actor=actor, stages=form.to_input(), seen=form.seen.data or None),
        again=again,
        then=(url_for("jobs.show", job_id=job_id), "Stages saved."),
    )
