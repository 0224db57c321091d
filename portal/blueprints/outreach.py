"""Claims and outreach on the page of a candidate."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.errors import InvalidInput, PortalError
from portal.domain.permissions import Permission
from portal.forms.candidates import ClaimForm, ClaimFoundForm, EngagementForm, OutreachForm
from portal.policy import current_actor, policy, refuse_unseen
from portal.queries.candidates import candidates as queries
from portal.queries.candidates import ownership as owners
from portal.requests import respond
from portal.services.candidates import outreach, ownership
from portal.services.candidates.claims_in_bulk import YOURS
from portal.services.candidates.ownership import CandidateProtected, ClaimResult

bp = Blueprint("outreach", __name__)
T = TypeVar("T")
CLAIMED = "You’ve claimed the sourcing credit."


# --- claims ---------------------------------------------------------------------------------------------------


def new_claim(candidate: queries.CandidateDetail) -> ClaimForm | None:
    """Make the short form in the sourcer's card; None when the viewer cannot claim, or has to name a recruiter."""
    if not candidate.can_claim or current_actor().recruiter_id is None:
        return None
    form = ClaimForm(formdata=None)
    form.offer(())
    return form


def _conflict(refusal: CandidateProtected) -> ResponseReturnValue:
    """Show until when, and to the recruiter who was refused, by whom the candidate is protected."""
    held = owners.refusal(current_actor(), refusal.claim_id)
    return respond.page(
        "candidates/conflict.html",
        panel="candidates/_conflict.html",
        status=409,
        held=held,
        candidate_id=refusal.candidate_id,
        may_dispute=current_actor().has(Permission.DISPUTE_OPEN),
        message=refusal.message,
    )


@bp.route("/candidates/<uuid:candidate_id>/claim", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_SOURCE)
def claim(candidate_id: uuid.UUID) -> ResponseReturnValue:
    """Claim a candidate: the page is for whoever sees the candidate, the claim for every recruiter who knows the id."""
    actor, form = current_actor(), ClaimForm()
    form.offer(queries.active_recruiters(actor))

    def again(status: int) -> ResponseReturnValue:
        context = {"candidate": queries.detail(actor, candidate_id), "claim": form}
        return respond.page("candidates/claim.html", panel="candidates/_sourcer.html", status=status, **context)

    return _submit(
        form,
        lambda: ownership.claim(
            candidate_id,
            actor=actor,
            source_method=form.source_method.data,
            notes=form.notes.data or "",
            recruiter_id=form.claimant,
        ),
        again=again,
        then=lambda result: _claimed(result, lambda: _sourcer_panel(candidate_id)),
    )


def _submit(
    form: FlaskForm,
    command: Callable[[], T],
    *,
    again: Callable[[int], ResponseReturnValue],
    then: Callable[[T], ResponseReturnValue],
) -> ResponseReturnValue:
    """Do what a form asks; where another's protection refuses it, say whose and until when."""
    refused = list[CandidateProtected]()
    return respond.submit(
        form,
        lambda: respond.noting(refused, CandidateProtected, command),
        again=lambda status: _conflict(refused[0]) if refused else again(status),
        then=then,
        once=True,
    )


@bp.post("/candidates/claim")
@policy(Permission.CANDIDATE_SOURCE)
def claim_found() -> ResponseReturnValue:
    """Claim the candidate whom a check or a refused entry found, by the same keys."""
    actor, form = current_actor(), ClaimFoundForm()

    def again(status: int) -> ResponseReturnValue:
        return respond.page(
            "candidates/claim_found.html", panel="candidates/_claim_found.html", status=status, claim=form
        )

    return _submit(
        form,
        lambda: ownership.claim_found(actor=actor, input=form.to_input(), source_method=form.source_method.data),
        again=again,
        then=_claimed,
    )


def _claimed(result: ClaimResult, panel: Callable[[], str] | None = None) -> ResponseReturnValue:
    said = CLAIMED if result.created else YOURS
    if current_actor().recruiter_id is None:
        said = "Sourcing credit assigned."
    return respond.done(url_for("candidates.detail", candidate_id=result.candidate_id), said, panel=panel)


def _sourcer_panel(candidate_id: uuid.UUID) -> str:
    candidate = queries.detail(current_actor(), candidate_id)
    return render_template("candidates/_sourcer.html", candidate=candidate, claim=None)


# --- outreach -------------------------------------------------------------------------------------------------


@bp.route("/candidates/<uuid:candidate_id>/outreach", methods=["GET", "POST"])
@policy(Permission.OUTREACH_RECORD)
def record(candidate_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), OutreachForm()

    def again(status: int) -> ResponseReturnValue:
        form.offer(queries.jobs_offered(actor))
        return _ask(queries.detail(actor, candidate_id), form, status)

    return _submit(
        form,
        lambda: outreach.record_outreach(candidate_id, actor=actor, input=form.to_input()),
        again=again,
        then=lambda _: _recorded(candidate_id, "Outreach logged."),
    )


def _ask(candidate: queries.CandidateDetail, form: OutreachForm, status: int) -> ResponseReturnValue:
    """Ask in a dialog, or on a page without script; what a dialog sent is asked again by the panel."""
    if request.method == "POST" and respond.wants_panel():
        return _outreach_panel(candidate, form), status
    if request.method != "POST" and not candidate.can_record_outreach:
        return respond.go(url_for("candidates.detail", candidate_id=candidate.id))  # the page says why
    context = {"candidate": candidate, "form": form}
    return respond.page("candidates/outreach.html", panel="candidates/_outreach_ask.html", status=status, **context)


@bp.post("/candidates/<uuid:candidate_id>/outreach/<uuid:outreach_id>")
@policy(Permission.OUTREACH_RECORD)
def engage(candidate_id: uuid.UUID, outreach_id: uuid.UUID) -> ResponseReturnValue:
    form = EngagementForm()
    url = url_for("candidates.detail", candidate_id=candidate_id)
    try:
        if not form.validate():
            refuse_unseen(has_the_role=True)
            raise InvalidInput.field("engagement", "Choose a result.")
        outreach.record_engagement(outreach_id, actor=current_actor(), engagement=form.engagement.data)
    except PortalError as error:
        return respond.refused(error, url)
    return _recorded(candidate_id, "Result updated.")


def _recorded(candidate_id: uuid.UUID, message: str) -> ResponseReturnValue:
    def panel() -> str:
        return _outreach_panel(queries.detail(current_actor(), candidate_id), said=message)

    return respond.done(url_for("candidates.detail", candidate_id=candidate_id), message, panel=panel)


def _outreach_panel(candidate: queries.CandidateDetail, form: OutreachForm | None = None, *, said: str = "") -> str:
    """Render the outreach panel, and the sourcer's card beside it, which a first outreach changes.

    A `form` that was refused is asked again.
    """
    return render_template(
        "candidates/_outreach_answer.html",
        candidate=candidate,
        form=form,
        claim=new_claim(candidate),
        outreach=owners.outreach_of(current_actor(), candidate.id),
        said=said,
    )
