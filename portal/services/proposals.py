"""Proposals (domain.md §3): each change is one conditional write, one history row and one event in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, select, update

from portal import access
from portal.domain import events, money, texts, times
from portal.domain.errors import Conflict, InvalidInput, WrongState, existing
from portal.domain.jobs import STATUS_LABELS, JobStatus
from portal.domain.machine import Transition
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import (
    EXCLUSIVE,
    MACHINE,
    DeclineReason,
    FurtherAction,
    ProposalAction,
    ProposalState,
    state_sentence,
)
from portal.models import (
    Candidate,
    Job,
    Membership,
    PlatformSettings,
    Proposal,
    ProposalQuestion,
    Recruiter,
    User,
)
from portal.queries.candidates import records
from portal.queries.waiting import proposals as waiting
from portal.services import snoozes
from portal.services.billing import terms
from portal.services.candidates import ownership
from portal.services.candidates.claims import SECOND, CandidateProtected
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

OWN = "You made this proposal, share in it or are the candidate, so someone else has to decide."
YOURSELF = "You can’t propose yourself. Ask another recruiter to."
DUPLICATE = Conflict("This candidate has already been proposed for this job.", code="DUPLICATE_PROPOSAL")


@dataclass(frozen=True, slots=True)
class TermsShown:
    """What a recruiter was shown before proposing: the version of the terms, and whether the restrictions were read."""

    version: str | None = None
    restrictions_read: bool = False


NOTHING_SHOWN = TermsShown()


@dataclass(frozen=True, slots=True)
class Pitch:
    """What is said for a candidate, with the salary that the candidate expects, in the job's minor units."""

    candidate_id: uuid.UUID
    text: str
    expected_salary_minor: int | None = None


def create(
    candidate_id: uuid.UUID,
    job_id: uuid.UUID,
    *,
    actor: Actor,
    pitch: str,
    expected_salary_minor: int | None = None,
    terms_shown: TermsShown = NOTHING_SHOWN,
) -> uuid.UUID:
    """Propose a candidate on whom the recruiter holds a live claim for an active job, and return the proposal's id.

    Raises:
        StaleVersion: the terms, which are frozen on it, changed since they were shown.
        InvalidInput: the pitch or the salary is not acceptable, or the restrictions were not read.
        NotPermitted, NotFound: the actor is no active recruiter, or may not see the candidate or the job.
        Conflict: the claim is not the recruiter's, the job is not active, or the pair is proposed already.
    """
    recruiter_id = access.require_recruiter(actor)
    pitched = read_pitch(Pitch(candidate_id, pitch, expected_salary_minor))
    with unit_of_work(actor) as uow:
        require_claim(uow, candidate_id, recruiter_id)
        return put_forward(uow, pitched, job_id, recruiter_id, terms_shown)


def read_pitch(pitch: Pitch) -> Pitch:
    """Return a pitch as it is kept."""
    said = texts.clean("pitch", pitch.text, most=texts.PITCH, least=1, multiline=True)
    if refusal := money.optional_salary_refusal(pitch.expected_salary_minor):
        raise InvalidInput.field("expected_salary_minor", refusal)
    return replace(pitch, text=said)


def put_forward(
    uow: UnitOfWork, pitch: Pitch, job_id: uuid.UUID, recruiter_id: uuid.UUID, terms_shown: TermsShown
) -> uuid.UUID:
    """Write the proposal of a locked candidate on whom the recruiter holds a live claim."""
    _refuse_proposed(uow, pitch.candidate_id, job_id)
    proposal = Proposal(
        id=uow.new_id(),
        candidate_id=pitch.candidate_id,
        recruiter_id=recruiter_id,
        pitch=pitch.text,
        expected_salary_minor=pitch.expected_salary_minor,
        **_offer(uow, job_id, terms_shown),
    )
    with uow.refusing({"uq_candidate_role_assignments_exclusive": DUPLICATE}):
        transitions.begin(uow, proposal, ProposalAction.CREATE)
    uow.record(events.ProposalCreated(**about(proposal), expires_at=proposal.expires_at))
    return proposal.id


def _refuse_proposed(uow: UnitOfWork, candidate_id: uuid.UUID, job_id: uuid.UUID) -> None:
    """Refuse whoever is proposed for the job already, also under a record that was merged, of which no index knows."""
    same = (records.is_of(Proposal.candidate_id, candidate_id), Proposal.job_id == job_id)
    if uow.session.scalar(select(exists().where(*same, Proposal.state.in_(EXCLUSIVE)))):
        raise DUPLICATE


def review(proposal_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Record that the company looks at the proposal; the clock keeps running.

    Raises:
        NotPermitted: the actor made it, or would share in it: the recruiter is told that the company looks at it.
        Conflict: it is under review already, decided, or timed out.
    """
    with unit_of_work(actor) as uow:
        proposal = _load_to_decide(uow, proposal_id, ProposalAction.REVIEW)
        values = {"reviewed_at": uow.now, "reviewed_by": actor.user_id}
        event = events.ProposalReviewing(**about(proposal))
        transitions.apply(uow, proposal, ProposalAction.REVIEW, event=event, values=values)
        return proposal.id


def accept(proposal_id: uuid.UUID, *, actor: Actor, notes: str = "") -> uuid.UUID:
    """Accept a proposal, which reveals the candidate to the company.

    Raises:
        Conflict: it is decided, withdrawn or timed out already.
    """
    remark = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        proposal = _load_to_decide(uow, proposal_id, ProposalAction.ACCEPT)
        event = events.ProposalAccepted(**about(proposal), seconds_to_decide=_seconds(proposal.proposed_at, uow.now))
        values = _decided(uow, proposal, remark)
        transitions.apply(uow, proposal, ProposalAction.ACCEPT, event=event, values=values, notes=remark)
        return proposal.id


def decline(proposal_id: uuid.UUID, *, actor: Actor, reason: str, notes: str = "") -> uuid.UUID:
    """Decline a proposal for a reason; the same candidate may be proposed again.

    Raises:
        InvalidInput: the reason is none of those that there are.
        Conflict: it is decided, withdrawn or timed out already.
    """
    remark = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    if reason not in set(DeclineReason):
        raise InvalidInput.field("reason", "Choose the reason that fits best.")
    with unit_of_work(actor) as uow:
        proposal = _load_to_decide(uow, proposal_id, ProposalAction.DECLINE)
        event = events.ProposalDeclined(
            **about(proposal),
            decline_reason=reason,
            seconds_to_decide=_seconds(proposal.proposed_at, uow.now),
        )
        values = {**_decided(uow, proposal, remark), "decline_reason": reason}
        transitions.apply(uow, proposal, ProposalAction.DECLINE, event=event, values=values, notes=remark)
        return proposal.id


def withdraw(proposal_id: uuid.UUID, *, actor: Actor, notes: str = "") -> uuid.UUID:
    """Take an open proposal back: the recruiter who made it, or a platform admin.

    Raises:
        Conflict: it is decided, withdrawn or timed out already.
    """
    remark = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    with unit_of_work(actor) as uow:
        take_back(uow, uow.load(Proposal, proposal_id, Permission.PROPOSAL_WITHDRAW), notes=remark)
        return proposal_id


def take_back(uow: UnitOfWork, proposal: Proposal, *, notes: str) -> None:
    """Withdraw a locked proposal.

    Raises:
        WrongState: it is decided, withdrawn or timed out already; nothing was written.
    """
    _require_transition(uow, proposal, ProposalAction.WITHDRAW)
    own = proposal.recruiter_id == uow.actor.recruiter_id
    event = events.ProposalWithdrawn(**about(proposal), cause="recruiter" if own else "platform")
    values = closing(uow, notes)
    transitions.apply(uow, proposal, ProposalAction.WITHDRAW, event=event, values=values, notes=notes)


def void(uow: UnitOfWork, proposal_id: uuid.UUID, *, notes: str) -> None:
    """End a proposal that was accepted, by a ruling."""
    proposal = uow.load(Proposal, proposal_id, Permission.DISPUTE_RULE)
    event = events.ProposalWithdrawn(**about(proposal), cause="ruling")
    values = closing(uow, notes[: texts.NOTES])
    transitions.apply(uow, proposal, ProposalAction.VOID, event=event, values=values, notes=notes[: texts.NOTES])


def ask(proposal_id: uuid.UUID, *, actor: Actor, question: str) -> uuid.UUID:
    """Ask the proposing recruiter for information while the proposal is open, and return the question's id.

    Raises:
        NotPermitted: the actor made it, or would share in it: answers to oneself would count as fast ones.
        Conflict: the proposal is decided, withdrawn or timed out already.
    """
    said = texts.clean("question", question, most=texts.NOTES, least=1, multiline=True)
    with unit_of_work(actor) as uow:
        # Whoever may still decide may still ask.
        proposal = _load_to_decide(uow, proposal_id, ProposalAction.DECLINE, instead=FurtherAction.ASK)
        row = ProposalQuestion(
            proposal_id=proposal.id,
            recruiter_id=proposal.recruiter_id,
            question=said,
            asked_by=actor.user_id,
            asked_at=uow.now,
        )
        uow.add(row)
        asked = select(Recruiter.user_id).where(Recruiter.id == proposal.recruiter_id)
        snoozes.wake_for(uow, asked, waiting.question, proposal.id)
        uow.record(events.QuestionAsked(**about(proposal), question_id=row.id))
        return row.id


def answer(question_id: uuid.UUID, *, actor: Actor, answer: str) -> uuid.UUID:
    """Answer a question, which closes it, and return the proposal's id; it may come after the decision.

    Raises:
        Conflict: it was answered before.
    """
    said = texts.clean("answer", answer, most=texts.NOTES, least=1, multiline=True)
    with unit_of_work(actor) as uow:
        row = existing(uow.session.get(ProposalQuestion, question_id))
        proposal = uow.load(Proposal, row.proposal_id, Permission.PROPOSAL_ANSWER)
        written = uow.session.scalars(
            update(ProposalQuestion)
            .where(ProposalQuestion.id == question_id, ProposalQuestion.answered_at.is_(None))
            .values(answer=said, answered_by=actor.user_id, answered_at=uow.now)
            .returning(ProposalQuestion.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if written is None:
            raise Conflict("This question has already been answered.", code="ALREADY_ANSWERED")
        deciders = select(Membership.user_id).where(Membership.organisation_id == proposal.company_id)
        snoozes.wake_for(uow, deciders, waiting.decide, proposal.id)
        taken = _seconds(row.asked_at, uow.now)
        uow.record(events.QuestionAnswered(**about(proposal), question_id=row.id, seconds_to_answer=taken))
        return proposal.id


def refuse_own(uow: UnitOfWork, *proposals: Proposal) -> None:
    """Refuse whoever made a proposal, would share in it or is proposed to decide on it, whatever roles they hold."""
    ids = [proposal.id for proposal in proposals]
    uow.refuse_if(exists().where(Proposal.id.in_(ids), access.is_concerned(uow.actor)), OWN)


def require_claim(uow: UnitOfWork, candidate_id: uuid.UUID, recruiter_id: uuid.UUID) -> None:
    """Refuse a recruiter who does not hold the sourcing credit, or is the candidate; the row stays locked meanwhile."""
    uow.still_recruits(recruiter_id, access.NO_RECRUITER)
    claim = ownership.live_claim(uow, candidate_id)
    uow.refuse_if(exists().where(Candidate.id == candidate_id, access.is_candidate(uow.actor, Candidate.id)), YOURSELF)
    if claim is not None and claim.recruiter_id == recruiter_id and claim.candidate_id == candidate_id:
        return
    if uow.load(Candidate, candidate_id, Permission.CANDIDATE_VIEW, lock=False).merged_into_id is not None:
        raise SECOND
    if claim is not None:
        raise CandidateProtected(claim, is_recorded=False)
    raise Conflict(
        "You don’t have an active claim on this candidate. Claim the candidate first.", code="CLAIM_REQUIRED"
    )


def _offer(uow: UnitOfWork, job_id: uuid.UUID, shown: TermsShown) -> dict[str, Any]:
    """Return what an active job says about a proposal; read so that others may propose, but not change its status."""
    query = (
        select(Job, PlatformSettings.proposal_days)
        .join(PlatformSettings, PlatformSettings.id == 1)
        .where(Job.id == job_id, access.visible(Job, uow.actor))
        .with_for_update(read=True, of=Job)
    )
    found = existing(uow.session.execute(query).one_or_none())
    job, usual_days = found
    if job.status != JobStatus.ACTIVE:
        label = STATUS_LABELS[JobStatus(job.status)]
        raise Conflict(f"This job is {label}; it isn’t accepting proposals.", code="JOB_NOT_ACTIVE")
    frozen = terms.freeze(uow, job, version=shown.version, restrictions_read=shown.restrictions_read)
    return {
        "terms": frozen,
        "restrictions_read_at": uow.now if frozen["restrictions"] else None,
        "job_id": job.id,
        "company_id": job.company_id,
        "currency": job.currency,
        "proposed_at": uow.now,
        "expires_at": uow.now + timedelta(days=job.proposal_days or usual_days),
    }


def _load_to_decide(
    uow: UnitOfWork, proposal_id: uuid.UUID, action: ProposalAction, *, instead: FurtherAction | None = None
) -> Proposal:
    """Lock an undecided proposal for a decision, or a question, of somebody whom it does not pay.

    Raises:
        NotPermitted: the actor made it, or would share in it.
        WrongState: the present state has no such action; the sentence names the state, who caused it, and when.
        Conflict: its time is over, whether the timeout was written yet or not.
    """
    proposal = uow.load(Proposal, proposal_id, Permission.PROPOSAL_DECIDE)
    _require_transition(uow, proposal, action, instead=instead)
    refuse_own(uow, proposal)
    _refuse_timed_out(uow, proposal)
    return proposal


def _refuse_timed_out(uow: UnitOfWork, proposal: Proposal) -> None:
    if uow.now >= proposal.expires_at:
        raise Conflict(
            f"{state_sentence(ProposalState.TIMEOUT, '', proposal.expires_at, uow.actor.time_zone)}"
            " It can no longer be decided.",
            code="PROPOSAL_EXPIRED",
            details={"state": proposal.state, "expires_at": times.exact(proposal.expires_at)},
        )


def _require_transition(
    uow: UnitOfWork, proposal: Proposal, action: ProposalAction, *, instead: FurtherAction | None = None
) -> None:
    """Refuse an action that the present state does not have, naming who was faster and when.

    What is possible as long as the action is, such as a question, is named `instead`.
    """
    transition = MACHINE.transitions[action]
    if proposal.state in transition.sources:
        return
    by, at = (
        (proposal.closed_by, proposal.closed_at) if proposal.closed_at else (proposal.reviewed_by, proposal.reviewed_at)
    )
    assert at is not None  # whatever an action does not lead from, somebody brought about
    name = uow.session.scalar(select(User.name).where(User.id == by)) or "someone"
    sentence = state_sentence(proposal.state, name, at, uow.actor.time_zone)
    raise WrongState(
        sentence if proposal.state == transition.target else f"{sentence} {_no_longer(transition, instead)}",
        details={"state": proposal.state, "by": name, "at": times.exact(at), "action": str(instead or action)},
    )


def _no_longer(transition: Transition, instead: FurtherAction | None) -> str:
    if instead is FurtherAction.ASK:
        return "You can no longer ask about it."
    return f"It can no longer be {transition.done}."


def about(proposal: Proposal | Row[Any]) -> dict[str, uuid.UUID]:
    return {
        "organisation_id": proposal.company_id,
        "proposal_id": proposal.id,
        "candidate_id": proposal.candidate_id,
        "job_id": proposal.job_id,
        "recruiter_id": proposal.recruiter_id,
    }


def closing(uow: UnitOfWork, notes: str) -> dict[str, object]:
    return {"closed_at": uow.now, "closed_by": uow.actor.user_id, "notes": notes}


def _decided(uow: UnitOfWork, proposal: Proposal, notes: str) -> Mapping[str, object]:
    """Close a proposal; who decides without having opened it has reviewed it with that."""
    reviewed = {} if proposal.reviewed_at else {"reviewed_at": uow.now, "reviewed_by": uow.actor.user_id}
    return {**closing(uow, notes), **reviewed}


def _seconds(since: datetime, until: datetime) -> int:
    return int((until - since).total_seconds())
