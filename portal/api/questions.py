"""Questions of a company about a proposal, and the recruiter's answers."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.api.endpoint import Api, Created, Described
from portal.api.types import Body, Out, Time
from portal.domain import texts
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.proposals import detail
from portal.services import proposals

bp = Api("questions", __name__)
TAG = "Proposals"
Words = Annotated[str, Field(min_length=1, max_length=texts.NOTES)]


class QuestionBody(Body):
    """What the company wants to know."""

    question: Words


class AnswerBody(Body):
    """What the recruiter answers; the first answer closes the question."""

    answer: Words


class QuestionOut(Out):
    """A question; `answer` and `answered_at` are null while it is open."""

    id: uuid.UUID
    question: str
    asked_by: str
    asked_at: Time
    answer: str | None
    answered_at: Time | None


class QuestionsOut(Out):
    """The questions about a proposal, oldest first."""

    proposal_id: uuid.UUID
    questions: list[QuestionOut]


def _questions(proposal_id: uuid.UUID) -> tuple[detail.Question, ...]:
    return detail.detail(proposal_id, viewer=current_actor()).questions


@bp.endpoint(
    "/proposals/<uuid:proposal_id>/questions",
    described=Described(tag=TAG, out=QuestionsOut, permission=Permission.PROPOSAL_VIEW),
)
def list_questions(proposal_id: uuid.UUID) -> dict[str, object]:
    """List the questions about a proposal."""
    return {"proposal_id": proposal_id, "questions": list(_questions(proposal_id))}


@bp.endpoint(
    "/proposals/<uuid:proposal_id>/questions",
    method="POST",
    described=Described(
        tag=TAG,
        out=QuestionOut,
        permission=Permission.PROPOSAL_DECIDE,
        status=201,
        body=QuestionBody,
        conflicts=("WRONG_STATE", "PROPOSAL_EXPIRED"),
    ),
)
def ask_question(proposal_id: uuid.UUID, body: QuestionBody) -> Created:
    """Ask the proposing recruiter for information while the proposal is open."""
    question_id = proposals.ask(proposal_id, actor=current_actor(), question=body.question)
    asked = next(question for question in _questions(proposal_id) if question.id == question_id)
    return Created(asked, f"/api/proposals/{proposal_id}/questions")


@bp.endpoint(
    "/questions/<uuid:question_id>/answer",
    method="POST",
    described=Described(
        tag=TAG,
        out=QuestionOut,
        permission=Permission.PROPOSAL_ANSWER,
        body=AnswerBody,
        conflicts=("ALREADY_ANSWERED",),
    ),
)
def answer_question(question_id: uuid.UUID, body: AnswerBody) -> detail.Question:
    """Answer a question about one's own proposal."""
    proposal_id = proposals.answer(question_id, actor=current_actor(), answer=body.answer)
    return next(question for question in _questions(proposal_id) if question.id == question_id)
