"""Several candidates claimed at once, from the list."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.shortlisting import read_ids
from portal.domain.permissions import Permission
from portal.forms.candidates import ClaimForm
from portal.policy import current_actor, policy
from portal.queries.candidates import listing
from portal.queries.candidates.listing import CANDIDATES
from portal.requests import lists, respond
from portal.services.candidates import claims_in_bulk
from portal.services.candidates.claims_in_bulk import Claimed
from portal.wording.writing import plural

bp = Blueprint("claiming", __name__, url_prefix="/candidates/chosen")


@bp.route("/claim", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_SOURCE)
def claim() -> ResponseReturnValue:
    """Ask how they were found, with the names of those whom nobody has claimed, and why not the others; claim them."""
    form = ClaimForm()
    form.offer(())
    chosen = read_ids(request.form.getlist("c"))
    return respond.submit(
        form,
        lambda: claims_in_bulk.claim_chosen(
            chosen, actor=current_actor(), source_method=form.source_method.data, notes=form.notes.data or ""
        ),
        again=lambda status: _confirm(form, status),
        then=_said,
        once=True,
    )


def _confirm(form: ClaimForm, status: int) -> ResponseReturnValue:
    viewer = current_actor()
    rows = listing.chosen(read_ids(request.values.getlist("c")), viewer=viewer)
    free = [row for row in rows if row.is_free and viewer.recruiter_id is not None]
    if not free and status == 200:
        flash("Select at least one candidate with no active claim.", "bad")
        return respond.go(lists.back(CANDIDATES, picks=True))
    others = [row for row in rows if not row.is_free]
    return respond.page(
        "candidates/claim_several.html",
        status=status,
        rows=free,
        others=others,
        form=form,
        chosen_in=lists.chosen_in(CANDIDATES),
        back=lists.back(CANDIDATES, picks=True),
    )


def _said(done: Claimed) -> ResponseReturnValue:
    """Lead back to the list, which says how many were claimed and, by name, who was not, and why."""
    respond.tell_refused(done.refused, "claimed")
    told = f"{plural(done.count, 'candidate')} claimed." if done.count else ""
    return respond.done(lists.back(CANDIDATES), told)
