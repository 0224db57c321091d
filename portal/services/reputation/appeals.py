"""Appeals (domain.md §6): a recruiter appeals a result that hurts the score; a platform admin excludes it or not."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from portal import access
from portal.domain.errors import Conflict, InvalidInput, NotFound, existing
from portal.domain.events import ReputationAppealed
from portal.domain.permissions import Actor, Permission
from portal.domain.reputation import MIN_RATERS, NOT_COUNTED_FAILURES
from portal.domain.texts import REASON, clean
from portal.models import (
    AmendmentAnswer,
    Feedback,
    Placement,
    Proposal,
    ProposalQuestion,
    Recruiter,
    ReputationAppeal,
)
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.reputation import reputation

LEAST_REASON = 10
TWICE = {
    "uq_reputation_appeals_recruiter_id_input_kind_input_id": Conflict(
        "You’ve already appealed this.", code="APPEALED_ALREADY"
    )
}


def contest(recruiter_id: uuid.UUID, *, actor: Actor, kind: str, input_id: uuid.UUID, reason: str) -> uuid.UUID:
    """Appeal one result in the score of the recruiter, who is the actor.

    Raises:
        InvalidInput: the reason is too short or too long, or there is no such kind of input.
        NotFound: the score or the input is another recruiter's, there is no such input, or it does not hurt.
        Conflict: it has already been appealed.
    """
    access.require(actor, Permission.REPUTATION_APPEAL)
    if recruiter_id != access.require_recruiter(actor):
        raise NotFound
    said = clean("reason", reason, most=REASON, least=LEAST_REASON, multiline=True)
    if kind not in HURTING:
        raise InvalidInput.field("input", "Choose the result to appeal.")
    with unit_of_work(actor) as uow:
        if not uow.session.scalars(select(HURTING[kind](recruiter_id, input_id).exists())).one():
            raise NotFound
        row = ReputationAppeal(
            recruiter_id=recruiter_id, input_kind=kind, input_id=input_id, reason=said, opened_at=uow.now, state="open"
        )
        with uow.refusing(TWICE):
            uow.add(row)
        uow.record(ReputationAppealed(recruiter_id=recruiter_id, appeal_id=row.id, step="opened"))
    return row.id


def rule(appeal_id: uuid.UUID, *, actor: Actor, exclude: bool, ruling: str) -> uuid.UUID:
    """Leave the contested input out of the score, which is computed again at once, or keep it; returns the recruiter.

    Raises:
        NotPermitted: only platform admins rule, and not on their own score, nor on a rating that they gave.
        InvalidInput: the ruling is too short or too long.
        Conflict: someone has already decided it.
    """
    access.require(actor, Permission.REPUTATION_RECALCULATE)
    said = clean("ruling", ruling, most=REASON, least=LEAST_REASON, multiline=True)
    with unit_of_work(actor) as uow:
        appeal = _load_open(uow, appeal_id)
        uow.refuse_own(_concerned(appeal), "This is about your own score or rating, so another admin has to decide.")
        step = "excluded" if exclude else "kept"
        values = {"state": step, "ruled_at": uow.now, "ruled_by": actor.user_id, "ruling": said}
        uow.session.execute(update(ReputationAppeal).where(ReputationAppeal.id == appeal_id).values(values))
        if exclude:
            reputation.recalculate(uow, [appeal.recruiter_id], cause="appeal")
        uow.record(ReputationAppealed(recruiter_id=appeal.recruiter_id, appeal_id=appeal_id, step=step))
        return appeal.recruiter_id


def _concerned(appeal: ReputationAppeal) -> ColumnElement[bool]:
    """Return who an appeal concerns: whose score it is, and who gave the rating."""
    gave = select(Feedback.by_recruiter_id).where(Feedback.id == appeal.input_id)
    return or_(Recruiter.id == appeal.recruiter_id, Recruiter.id.in_(gave))


def _load_open(uow: UnitOfWork, appeal_id: uuid.UUID) -> ReputationAppeal:
    query = select(ReputationAppeal).where(ReputationAppeal.id == appeal_id).with_for_update()
    appeal = existing(uow.session.scalars(query).one_or_none())
    if appeal.state != "open":
        how = "excluded" if appeal.state == "excluded" else "kept"
        raise Conflict(f"Someone has already decided this appeal: the result was {how}.", code="APPEAL_RULED")
    return appeal


# --- which results hurt ----------------------------------------------------------------------------------------


def _declined(recruiter_id: uuid.UUID, input_id: uuid.UUID) -> Select[uuid.UUID]:
    own = select(Proposal.id).where(Proposal.id == input_id, Proposal.recruiter_id == recruiter_id)
    return own.where(Proposal.state == "declined")


def _failed(recruiter_id: uuid.UUID, input_id: uuid.UUID) -> Select[uuid.UUID]:
    own = select(Placement.id).where(Placement.id == input_id, Placement.lead_recruiter_id == recruiter_id)
    return own.where(Placement.state == "failed", Placement.failure_reason.not_in(NOT_COUNTED_FAILURES))


def _rated(recruiter_id: uuid.UUID, input_id: uuid.UUID) -> Select[uuid.UUID]:
    """Select a rating, once there are enough of them to be seen."""
    raters = select(func.count(Feedback.by_recruiter_id.distinct())).where(Feedback.recruiter_id == recruiter_id)
    own = select(Feedback.id).where(Feedback.id == input_id, Feedback.recruiter_id == recruiter_id)
    return own.where(raters.scalar_subquery() >= MIN_RATERS)


def _asked(recruiter_id: uuid.UUID, input_id: uuid.UUID) -> Select[uuid.UUID]:
    question = ProposalQuestion
    return select(question.id).where(question.id == input_id, question.recruiter_id == recruiter_id)


def _amended(recruiter_id: uuid.UUID, input_id: uuid.UUID) -> Select[uuid.UUID]:
    answer = AmendmentAnswer
    return select(answer.amendment_id).where(answer.amendment_id == input_id, answer.recruiter_id == recruiter_id)


HURTING = {
    "proposal": _declined,
    "placement": _failed,
    "feedback": _rated,
    "question": _asked,
    "amendment": _amended,
}
