"""Two records of one person: merge them, and take them apart again."""

from __future__ import annotations

import uuid

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.extensions import changes_refused
from portal.forms.candidates import MergeForm, SeparateForm
from portal.policy import current_actor, policy
from portal.queries.candidates import candidates as queries
from portal.queries.candidates import records
from portal.requests import respond
from portal.services.candidates import merging

bp = Blueprint("records", __name__)


@bp.route("/candidates/<uuid:candidate_id>/merge", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_MERGE)
def merge(candidate_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the other record, show what would become of both, and merge them."""
    actor, form = current_actor(), MergeForm()
    candidate = queries.detail(actor, candidate_id)

    def show(status: int, pair: records.Pair | None = None) -> ResponseReturnValue:
        form.expected.data = str(pair.first.id) if pair else ""
        hindrance = pair.hindrance if pair else records.hindrance_to_merge(actor, candidate_id)
        return respond.page(
            "candidates/merge.html", status=status, candidate=candidate, form=form, pair=pair, hindrance=hindrance
        )

    if request.method != "POST":
        return show(200)
    if form.shown is None and not changes_refused():
        pair = _shown(candidate_id, form)
        respond.drop_unprintable(form)
        return show(200 if pair else 422, pair)
    return respond.submit(
        form,
        lambda: merging.merge(
            candidate_id, actor=actor, email=form.email.data or "", reason=form.reason.data or "", expected=form.shown
        ),
        again=lambda status: show(status, _shown(candidate_id, form)),
        then=lambda kept: respond.done(
            url_for("candidates.detail", candidate_id=kept), "Records merged. This is now the main record."
        ),
        once=True,
    )


def _shown(candidate_id: uuid.UUID, form: MergeForm) -> records.Pair | None:
    """Return both records as they stand now; a sentence beside the address when there are not two."""
    if not form.email.validate(form):
        return None
    try:
        return records.pair(current_actor(), candidate_id, form.email.data or "")
    except InvalidInput as error:
        if not form.errors:
            respond.add_errors(form, error)
        return None


@bp.route("/candidates/<uuid:candidate_id>/separate", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_MERGE)
def separate(candidate_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why two records are two people after all, and take them apart."""
    actor, form = current_actor(), SeparateForm()
    candidate = queries.detail(actor, candidate_id)

    def again(status: int) -> ResponseReturnValue:
        hindrance = records.hindrance_to_separate(actor, candidate_id)
        return respond.page(
            "candidates/separate.html", status=status, candidate=candidate, form=form, hindrance=hindrance
        )

    return respond.submit(
        form,
        lambda: merging.separate(candidate_id, actor=actor, reason=form.reason.data or ""),
        again=again,
        then=(url_for("candidates.detail", candidate_id=candidate_id), "Records unmerged."),
        once=True,
    )
