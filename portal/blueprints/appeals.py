"""Appeals of results in a score: a recruiter appeals, a platform admin decides."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.forms.reputation import AppealForm, RulingForm
from portal.policy import current_actor, policy
from portal.queries.reputation import appeals as queries
from portal.queries.reputation import reputation
from portal.rendering import score_words
from portal.requests import lists, respond
from portal.services.reputation import appeals

bp = Blueprint("appeals", __name__, url_prefix="/recruiters")


@bp.get("/appeals")
@policy(Permission.REPUTATION_RECALCULATE)
def index() -> ResponseReturnValue:
    """List everyone's appeals; the filter starts with those waiting for a decision."""
    return lists.show(queries.APPEALS, "appeals/index.html")


@bp.get("/<uuid:recruiter_id>/appeals")
@policy(Permission.REPUTATION_VIEW)
def of_recruiter(recruiter_id: uuid.UUID) -> ResponseReturnValue:
    """List the appeals of one recruiter, with a form for the recruiter."""
    return _page(recruiter_id, 200, AppealForm(formdata=None, input=request.args.get("input", "")))


@bp.post("/<uuid:recruiter_id>/appeals")
@policy(Permission.REPUTATION_APPEAL)
def contest(recruiter_id: uuid.UUID) -> ResponseReturnValue:
    """Appeal a result in the viewer's score."""
    form = AppealForm()
    return respond.submit(
        form,
        lambda: appeals.contest(recruiter_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _page(recruiter_id, status, form),
        then=(
            url_for("appeals.of_recruiter", recruiter_id=recruiter_id),
            "Appeal sent. A platform admin will decide it.",
        ),
        once=True,
    )


def _page(recruiter_id: uuid.UUID, status: int, form: AppealForm) -> ResponseReturnValue:
    viewer = current_actor()
    page = queries.of_recruiter(recruiter_id, viewer=viewer, before=read_id(request.args.get("before")))
    is_own = viewer.recruiter_id == recruiter_id
    choices = queries.contestable(viewer) if is_own else ()
    return respond.page(
        "appeals/recruiter.html",
        status=status,
        r=reputation.profile(recruiter_id, viewer=viewer),
        page=page,
        form=form.offer(choices) if choices else None,
        is_own=is_own,
    )


@bp.get("/appeals/<uuid:appeal_id>")
@policy(Permission.REPUTATION_VIEW)
def show(appeal_id: uuid.UUID) -> ResponseReturnValue:
    """Show one appeal with the score before and after."""
    return _appeal_page(appeal_id, 200, RulingForm(formdata=None))


@bp.route("/appeals/<uuid:appeal_id>/rule", methods=["GET", "POST"])
@policy(Permission.REPUTATION_RECALCULATE)
def rule(appeal_id: uuid.UUID) -> ResponseReturnValue:
    """Decide an appeal; whoever reloads a rejected ruling is led back to the appeal."""
    if request.method != "POST":
        return redirect(url_for("appeals.show", appeal_id=appeal_id), 303)
    form = RulingForm()
    return respond.submit(
        form,
        lambda: appeals.rule(appeal_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _appeal_page(appeal_id, status, form),
        then=lambda recruiter_id: respond.done(
            url_for("recruiters.show", recruiter_id=recruiter_id), "Decision recorded. The score is up to date."
        ),
        once=True,
    )


def _appeal_page(appeal_id: uuid.UUID, status: int, form: RulingForm) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.detail(appeal_id, viewer=viewer)
    predicted = queries.prediction(found, viewer=viewer)
    return respond.page(
        "appeals/page.html",
        status=status,
        a=found,
        form=form,
        predicted=predicted,
        before=() if predicted is None else score_words.components(predicted.before),
        after=() if predicted is None else score_words.components(predicted.after),
        unranked_by="" if predicted is None else _unranked_by(predicted),
    )


def _unranked_by(predicted: queries.Prediction) -> str:
    """Return what the recruiter would need for a rank if excluding the result cost it, or nothing."""
    costs_rank = predicted.after.provisional and not predicted.before.provisional
    return score_words.missing(predicted.after) if costs_rank else ""
