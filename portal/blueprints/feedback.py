"""Rating team mates once a placement has ended."""

from __future__ import annotations

import uuid

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.forms.reputation import RatingForm
from portal.policy import current_actor, policy
from portal.queries.reputation import feedback as queries
from portal.requests import respond
from portal.services.reputation import feedback

bp = Blueprint("feedback", __name__)


@bp.get("/placements/<uuid:placement_id>/feedback")
@policy(Permission.FEEDBACK_GIVE)
def show(placement_id: uuid.UUID) -> ResponseReturnValue:
    return _page(placement_id, 200, None)


@bp.post("/placements/<uuid:placement_id>/feedback")
@policy(Permission.FEEDBACK_GIVE)
def give(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Rate one team mate."""
    form = RatingForm()
    return respond.submit(
        form,
        lambda: feedback.give(placement_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _page(placement_id, status, form),
        then=(
            url_for("feedback.show", placement_id=placement_id),
            "Thank you. Ratings are anonymous: your teammate sees only an average, after two ratings.",
        ),
        once=True,
    )


def _page(placement_id: uuid.UUID, status: int, typed: RatingForm | None) -> ResponseReturnValue:
    """Return a form for each team mate who is not rated; the refused one stays as it was typed."""
    found = queries.of_placement(placement_id, viewer=current_actor())
    wrong = None if typed is None else read_id(typed.recruiter_id.data)
    forms = {
        mate.recruiter_id: typed if typed is not None and mate.recruiter_id == wrong else _empty(mate.recruiter_id)
        for mate in found.to_rate
    }
    for number, form in enumerate(forms.values(), 1):
        for field in form:
            field.id = f"{field.short_name}-{number}"
            field.label.field_id = field.id
    refused = typed if typed is not None and wrong not in forms else None
    return respond.page(
        "feedback/page.html", panel="feedback/_feedback.html", status=status, p=found, forms=forms, refused=refused
    )


def _empty(recruiter_id: uuid.UUID) -> RatingForm:
    return RatingForm(formdata=None, recruiter_id=str(recruiter_id))
