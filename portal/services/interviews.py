"""Interviews between acceptance and hire (domain.md §3): they move no state and no clock of the proposal."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from portal.domain import events, texts
from portal.domain import interviews as rules
from portal.domain.errors import Conflict, InvalidInput, StaleVersion, existing
from portal.domain.interviews import Appointment, Outcome
from portal.domain.jobs import OVER, STATUS_LABELS, JobStatus
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import ProposalState
from portal.models import (
    Candidate,
    Interview,
    InterviewNote,
    InterviewParticipant,
    InterviewStage,
    Job,
    Placement,
    Proposal,
    stands,
)
from portal.queries import interviews as queries
from portal.queries.proposals import assignments
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work
from portal.services.proposals import about, refuse_own

STAGE_IN_USE = "This stage has interviews, so it can’t be removed; you can rename it."
STAGES_CHANGED = StaleVersion(
    "The stages have changed since you opened this. Nothing was saved; make your change to the current ones."
)
USED_MEANWHILE = {"fk_interviews_stage_id": Conflict(STAGE_IN_USE, code="STAGE_IN_USE")}


@dataclass(frozen=True, slots=True)
class StageInput:
    """A stage by its name; the id of one that the job has already, so that it may be renamed."""

    name: str
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is noted with a result: what the recruiter reads, and what stays inside the company."""

    shared: str = ""
    internal: str = ""

    def checked(self) -> Feedback:
        """Return it cleaned.

        Raises:
            InvalidInput: one of the texts is too long, or has what no person types.
        """
        return Feedback(*(_clean(name, getattr(self, name), least=0) for name in ("shared", "internal")))


NO_FEEDBACK = Feedback()


# --- the stages of a job ------------------------------------------------------------------------------------------


def set_stages(job_id: uuid.UUID, *, actor: Actor, stages: Sequence[StageInput], seen: str | None = None) -> None:
    """Name the stages at which interviews for a job are held, in their order; `seen` marks those that were shown.

    Raises:
        InvalidInput: the names are not acceptable, or an id is not a stage of this job.
        Conflict: the job is over, or a stage that is left out has interviews.
    """
    names = rules.check_stages([stage.name for stage in stages])
    with unit_of_work(actor) as uow:
        job = uow.load(Job, job_id, Permission.JOB_EDIT)
        if job.status in OVER:
            raise Conflict(f"This job is {STATUS_LABELS[JobStatus(job.status)]}; reopen it first.", code="JOB_OVER")
        present = _stages(uow, job_id)
        if [(row.id, row.name) for row in present] == [(s.id, name) for s, name in zip(stages, names, strict=True)]:
            return
        if seen not in (None, rules.stages_mark((row.id, row.name) for row in present)):
            raise STAGES_CHANGED
        kept = _kept(present, stages)
        _remove(uow, [row for row in present if row.id not in kept])
        for place, (stage, name) in enumerate(zip(stages, names, strict=True), 1):
            row = kept.get(stage.id) if stage.id else None
            _place(uow, row or InterviewStage(id=uow.new_id(), job_id=job_id), place, name)
        uow.record(events.InterviewStagesChanged(organisation_id=job.company_id, job_id=job_id, stages=names))


def _stages(uow: UnitOfWork, job_id: uuid.UUID) -> Sequence[InterviewStage]:
    own = select(InterviewStage).where(InterviewStage.job_id == job_id).order_by(InterviewStage.place)
    return uow.session.scalars(own).all()


def _kept(present: Sequence[InterviewStage], stages: Sequence[StageInput]) -> Mapping[uuid.UUID, InterviewStage]:
    named = [stage.id for stage in stages if stage.id]
    known = {row.id: row for row in present}
    if len(set(named)) < len(named) or not set(named) <= known.keys():
        raise InvalidInput.field("stages", "Someone else changed the stages. Check the current ones.")
    return {id: known[id] for id in named}


def _remove(uow: UnitOfWork, rows: Sequence[InterviewStage]) -> None:
    ids = [row.id for row in rows]
    if ids and uow.ask(exists().where(Interview.stage_id.in_(ids)))[0]:
        raise Conflict(STAGE_IN_USE, code="STAGE_IN_USE")
    with uow.refusing(USED_MEANWHILE):
        for row in rows:
            uow.session.delete(row)


def _place(uow: UnitOfWork, row: InterviewStage, place: int, name: str) -> InterviewStage:
    row.place, row.name = place, name
    uow.add(row)
    return row


def _stage(uow: UnitOfWork, proposal: Proposal, name: str) -> InterviewStage:
    """Return a stage of the proposal's job by its name; the first interview gives a job its stages."""
    found = _stages(uow, proposal.job_id) or _begin_stages(uow, proposal)
    stage = next((one for one in found if one.name.casefold() == name.casefold()), None)
    if stage is None:
        raise InvalidInput.field("stage", f"Choose one of {', '.join(one.name for one in found)}.")
    return stage


def _begin_stages(uow: UnitOfWork, proposal: Proposal) -> Sequence[InterviewStage]:
    locked = select(Job.id).where(Job.id == proposal.job_id).with_for_update(key_share=True)
    uow.session.execute(locked)  # of two first interviews at once, the later finds the stages of the earlier
    if found := _stages(uow, proposal.job_id):
        return found
    names = uow.session.scalars(queries.suggested(proposal.company_id)).all() or rules.STANDARD_STAGES
    new = [InterviewStage(id=uow.new_id(), job_id=proposal.job_id) for _ in names]
    made = [_place(uow, row, place, name) for place, (row, name) in enumerate(zip(new, names, strict=True), 1)]
    uow.session.flush()
    return made


# --- interviews ---------------------------------------------------------------------------------------------------


def schedule(proposal_id: uuid.UUID, *, actor: Actor, input: Appointment) -> uuid.UUID:
    """Schedule an interview with an accepted candidate, tell the recruiter and who takes part, and return its id.

    Raises:
        InvalidInput: the stage is none of the job's, day or length are out of bounds, or a participant is a stranger.
        NotPermitted: the actor made the proposal or shares in it.
        Conflict: the proposal is not accepted, or hired from already.
    """
    said = input.checked()
    with unit_of_work(actor) as uow:
        proposal = _load(uow, proposal_id)
        _refuse_hired(uow, proposal)
        said.check_day(uow.now)
        _refuse_more(uow, proposal_id)
        row = Interview(
            proposal_id=proposal_id,
            stage_id=_stage(uow, proposal, said.stage).id,
            scheduled_by=actor.user_id,
            scheduled_at=uow.now,
            **_details(said),
        )
        uow.add(row)
        uow.session.flush()
        _invite(uow, proposal, row, said.participants)
        at: dict[str, Any] = {"starts_at": row.starts_at, "minutes": row.minutes}
        uow.record(
            events.InterviewScheduled(**_about(uow, proposal, row), **at, participant_ids=_sorted(said.participants))
        )
        return row.id


def change(interview_id: uuid.UUID, *, actor: Actor, input: Appointment, version: int | None = None) -> uuid.UUID:
    """Move an interview, or change with whom and where it is, tell those who knew, and return the proposal's id.

    Raises:
        InvalidInput: see `schedule`.
        Conflict: its result is recorded, or the candidate is hired.
    """
    said = input.checked()
    with unit_of_work(actor) as uow:
        proposal, row = _load_interview(uow, interview_id)
        _refuse_hired(uow, proposal)
        check_version(row.version, version)
        if row.outcome is not None:
            raise Conflict("The result has been recorded; schedule another interview instead.", code="ALREADY_RECORDED")
        said.check_day(uow.now)
        before = (row.stage_id, row.starts_at, row.minutes)
        row.stage_id = _stage(uow, proposal, said.stage).id
        for name, value in _details(said).items():
            setattr(row, name, value)
        had = _participants(uow, row)
        if not uow.session.is_modified(row) and had == said.participants:
            return proposal.id
        row.version += 1
        uow.session.flush()
        _invite(uow, proposal, row, said.participants - had)
        _release(uow, row, had - said.participants)
        moved = before != (row.stage_id, row.starts_at, row.minutes)
        uow.record(_changed(uow, proposal, row, had, said.participants, moved=moved))
        return proposal.id


def _changed(
    uow: UnitOfWork, proposal: Proposal, row: Interview, had: Set[uuid.UUID], has: Set[uuid.UUID], *, moved: bool
) -> events.InterviewChanged:
    """Return the event of a change, which says who takes part as before, who is new, and who no longer does."""
    return events.InterviewChanged(
        **_about(uow, proposal, row),
        starts_at=row.starts_at,
        minutes=row.minutes,
        moved=moved,
        participant_ids=_sorted(had & has),
        added_ids=_sorted(has - had),
        removed_ids=_sorted(had - has),
    )


def release(uow: UnitOfWork, user_id: uuid.UUID, company_id: uuid.UUID) -> int:
    """Let whoever left a company take part in no coming interview of it, tell who counts on it, and count them."""
    takes_part = exists().where(InterviewParticipant.interview_id == Interview.id)
    of_company = select(Proposal.id).where(Proposal.company_id == company_id)
    coming = (Interview.proposal_id.in_(of_company), Interview.outcome.is_(None), Interview.starts_at > uow.now)
    query = select(Interview).where(*coming, takes_part.where(InterviewParticipant.user_id == user_id))
    found = uow.session.scalars(query.order_by(Interview.id)).all()
    locked = select(Proposal).where(Proposal.id.in_({row.proposal_id for row in found})).order_by(Proposal.id)
    proposals = {one.id: one for one in uow.session.scalars(locked.with_for_update(key_share=True))}
    for row in found:
        had = _participants(uow, row)
        _release(uow, row, {user_id})
        row.version += 1
        changed = _changed(uow, proposals[row.proposal_id], row, had, had - {user_id}, moved=False)
        uow.record(replace(changed, has_left=True, scheduled_by=row.scheduled_by))
    return len(found)


def record(
    interview_id: uuid.UUID,
    *,
    actor: Actor,
    outcome: str,
    feedback: Feedback = NO_FEEDBACK,
    version: int | None = None,
) -> uuid.UUID:
    """Record how an interview ended, or correct it, tell the recruiter, and return the proposal's id.

    Raises:
        InvalidInput: there is no such outcome.
        Conflict: it has not begun, and was not cancelled; or this is its result already.
    """
    said = feedback.checked()
    if outcome not in set(Outcome):
        raise InvalidInput.field("outcome", "Choose a result.")
    with unit_of_work(actor) as uow:
        proposal, row = _load_interview(uow, interview_id)
        check_version(row.version, version)
        _refuse_result(uow, row, outcome)
        row.outcome, row.recorded_by, row.recorded_at = outcome, actor.user_id, uow.now
        row.version += 1
        shared = _write(uow, row, said.shared, is_internal=False) if said.shared else None
        if said.internal:
            _note_internally(uow, proposal, row, said.internal)
        uow.record(_recorded(uow, proposal, row, outcome, shared))
        return proposal.id


def _recorded(
    uow: UnitOfWork, proposal: Proposal, row: Interview, outcome: str, note_id: uuid.UUID | None
) -> events.InterviewRecorded:
    people = _sorted(_participants(uow, row))
    told: dict[str, Any] = {"starts_at": row.starts_at, "participant_ids": people}
    return events.InterviewRecorded(**_about(uow, proposal, row), outcome=outcome, note_id=note_id, **told)


def note(interview_id: uuid.UUID, *, actor: Actor, note: str, internal: bool) -> uuid.UUID:
    """Write feedback on an interview, for the recruiter or for the company alone, and return the proposal's id.

    Raises:
        InvalidInput: nothing is written, or too much.
        Conflict: there are as many notes as an interview may have.
    """
    said = _clean("note", note, least=1)
    with unit_of_work(actor) as uow:
        proposal, row = _load_interview(uow, interview_id)
        if internal:
            _note_internally(uow, proposal, row, said)
        else:
            note_id = _write(uow, row, said, is_internal=False)
            uow.record(events.InterviewNoted(**_about(uow, proposal, row), note_id=note_id))
        return proposal.id


def _load(uow: UnitOfWork, proposal_id: uuid.UUID) -> Proposal:
    """Lock an accepted proposal that does not pay the actor, and its candidate, who may not be erased meanwhile."""
    proposal = uow.load(Proposal, proposal_id, Permission.PROPOSAL_DECIDE)
    refuse_own(uow, proposal)
    if proposal.state != ProposalState.ACCEPTED:
        raise Conflict("Interviews are for candidates the company has accepted.", code="NOT_ACCEPTED")
    uow.load(Candidate, proposal.candidate_id, Permission.CANDIDATE_VIEW)
    return proposal


def _load_interview(uow: UnitOfWork, interview_id: uuid.UUID) -> tuple[Proposal, Interview]:
    row = existing(uow.session.get(Interview, interview_id))
    proposal = _load(uow, row.proposal_id)
    uow.session.refresh(row)  # as it is now that the proposal is locked
    return proposal, row


def _refuse_hired(uow: UnitOfWork, proposal: Proposal) -> None:
    if uow.ask(exists().where(Placement.proposal_id == proposal.id, stands(Placement)))[0]:
        raise Conflict(
            "The candidate has already been hired, so no more interviews can be scheduled.", code="ALREADY_HIRED"
        )


def _refuse_more(uow: UnitOfWork, proposal_id: uuid.UUID) -> None:
    held = uow.ask(select(func.count()).where(Interview.proposal_id == proposal_id).scalar_subquery())[0]
    if held >= rules.MOST_INTERVIEWS:
        raise Conflict(f"A proposal can have at most {rules.MOST_INTERVIEWS} interviews.", code="TOO_MANY_INTERVIEWS")


def _refuse_result(uow: UnitOfWork, row: Interview, outcome: str) -> None:
    if outcome != Outcome.CANCELLED and uow.now < row.starts_at:
        raise Conflict("This interview hasn’t started; until then it can only be canceled.", code="NOT_BEGUN")
    if row.outcome == outcome:
        raise Conflict("This result is already recorded; add a note instead.", code="ALREADY_RECORDED")


def _details(said: Appointment) -> dict[str, Any]:
    return {name: getattr(said, name) for name in ("starts_at", "minutes", "with_whom", "place")}


def _participants(uow: UnitOfWork, row: Interview) -> frozenset[uuid.UUID]:
    own = select(InterviewParticipant.user_id).where(InterviewParticipant.interview_id == row.id)
    return frozenset(uow.session.scalars(own))


def _invite(uow: UnitOfWork, proposal: Proposal, row: Interview, new: Set[uuid.UUID]) -> None:
    """Add participants, who belong to the company and can sign in."""
    if not new:
        return
    known = set(uow.session.scalars(assignments.among_deciders(proposal.company_id, new)))
    if known != new:
        raise InvalidInput.field("participants", "Choose people at the company.")
    rows = [{"interview_id": row.id, "user_id": user_id} for user_id in _sorted(new)]
    uow.session.execute(insert(InterviewParticipant), rows)


def _release(uow: UnitOfWork, row: Interview, gone: Set[uuid.UUID]) -> None:
    if gone:
        of_row = (InterviewParticipant.interview_id == row.id, InterviewParticipant.user_id.in_(gone))
        uow.session.execute(delete(InterviewParticipant).where(*of_row))


def _sorted(ids: Set[uuid.UUID]) -> tuple[uuid.UUID, ...]:
    return tuple(sorted(ids))


def _about(uow: UnitOfWork, proposal: Proposal, row: Interview) -> dict[str, Any]:
    stage = uow.session.get_one(InterviewStage, row.stage_id)
    return {**about(proposal), "interview_id": row.id, "stage": stage.name}


def _clean(name: str, text: str, *, least: int) -> str:
    return texts.clean(name, text, most=texts.NOTES, least=least, multiline=True)


def _note_internally(uow: UnitOfWork, proposal: Proposal, row: Interview, text: str) -> None:
    note_id = _write(uow, row, text, is_internal=True)
    event = {"interview_id": row.id, "note_id": note_id}
    uow.record(events.InterviewNotedInternally(organisation_id=proposal.company_id, **event))


def _write(uow: UnitOfWork, row: Interview, text: str, *, is_internal: bool) -> uuid.UUID:
    """Write a note and return its id."""
    noted = uow.ask(select(func.count()).where(InterviewNote.interview_id == row.id).scalar_subquery())[0]
    if noted >= rules.MOST_NOTES:
        raise Conflict(f"An interview can have at most {rules.MOST_NOTES} notes.", code="TOO_MANY_NOTES")
    note = InterviewNote(interview_id=row.id, is_internal=is_internal, note=text)
    note.written_by, note.written_at = uow.actor.user_id, uow.now
    uow.add(note)
    return note.id
