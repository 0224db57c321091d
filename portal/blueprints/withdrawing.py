"""Several proposals withdrawn at once, from the list."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.shortlisting import read_ids
from portal.domain.permissions import Permission
from portal.forms.proposals import WithdrawSeveralForm
from portal.policy import current_actor, policy
from portal.queries.proposals import proposals as queries
from portal.requests import lists, respond
from portal.services import proposals_in_bulk
from portal.services.proposals_in_bulk import Withdrawn
from portal.wording.writing import plural

bp = Blueprint("withdrawing", __name__, url_prefix="/proposals")


@bp.route("/withdraw", methods=["GET", "POST"])
@policy(Permission.PROPOSAL_WITHDRAW)
def withdraw() -> ResponseReturnValue:
    """Ask once more, with the names of those that can still be withdrawn, then withdraw them."""
    form = WithdrawSeveralForm()
    chosen = read_ids(request.form.getlist("p"))
    return respond.submit(
        form,
        lambda: proposals_in_bulk.withdraw_chosen(chosen, actor=current_actor(), notes=form.notes.data or ""),
        again=lambda status: _confirm(form, status),
        then=_said,
        once=True,
    )


def _confirm(form: WithdrawSeveralForm, status: int) -> ResponseReturnValue:
    chosen = read_ids(request.values.getlist("p"))
    rows = [row for row in queries.of_ids(tuple(chosen), viewer=current_actor()) if row.is_open]
    if not rows and status == 200:
        flash("Select at least one open proposal.", "bad")
        return respond.go(lists.back(queries.PROPOSALS, picks=True))
    return respond.page(
        "proposals/withdraw.html",
        status=status,
        rows=rows,
        form=form,
        chosen_in=lists.chosen_in(queries.PROPOSALS),
        back=lists.back(queries.PROPOSALS, picks=True),
    )


def _said(done: Withdrawn) -> ResponseReturnValue:
    """Lead back to the list, which says how many were withdrawn and, by name, which were not and why."""
    respond.tell_refused(done.refused, "withdrawn")
    told = f"{plural(done.count, 'proposal')} withdrawn. Companies have been notified." if done.count else ""
    return respond.done(lists.back(queries.PROPOSALS), told)
