"""Questions on a proposal and their answers."""

from __future__ import annotations

import uuid

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.blueprints import proposal_cards
from portal.domain.permissions import Permission
from portal.forms.proposals import AnswerForm, QuestionForm
from portal.policy import current_actor, policy
from portal.services import proposals

bp = Blueprint("questions", __name__, url_prefix="/proposals")


@bp.post("/<uuid:proposal_id>/questions")
@policy(Permission.PROPOSAL_DECIDE)
def ask(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the recruiter."""
    form = QuestionForm()
    return proposal_cards.answer(
        proposal_id,
        "ask",
        form,
        lambda: proposals.ask(proposal_id, actor=current_actor(), **form.to_input()),
        note="Asked. The recruiter is told.",
    )


@bp.post("/<uuid:proposal_id>/questions/<uuid:question_id>/answer")
@policy(Permission.PROPOSAL_ANSWER)
def answer(proposal_id: uuid.UUID, question_id: uuid.UUID) -> ResponseReturnValue:
    """Answer the company."""
    form = AnswerForm.of(question_id)
    return proposal_cards.answer(
        proposal_id,
        f"answer-{question_id}",
        form,
        lambda: proposals.answer(question_id, actor=current_actor(), **form.to_input()),
        note="Answered. The company is told.",
    )
