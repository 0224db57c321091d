"""Pages of candidates: the list, one candidate, adding, editing and the blind check."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints import outreach
from portal.domain.ownership import CheckResult
from portal.domain.permissions import Actor, Permission
from portal.forms.candidates import CandidateForm, CheckForm, ClaimFoundForm, NewCandidateForm
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries.candidates import candidates as queries
from portal.queries.candidates import ownership as owners
from portal.queries.candidates.listing import CANDIDATES
from portal.queries.log import slices
from portal.requests import lists, respond
from portal.services.candidates import candidates, ownership
from portal.services.candidates.contacts import read_entry
from portal.services.candidates.ownership import CandidateProtected
from portal.wording import profiles

bp = Blueprint("candidates", __name__)
T = TypeVar("T")
FORM_FIELDS = ("full_name", "email", "phone", "linkedin_url", "title", "employer", "location")


# --- the list -------------------------------------------------------------------------------------------------


@bp.get("/candidates")
@policy(Permission.CANDIDATE_VIEW)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    return lists.show(
        CANDIDATES,
        "candidates/index.html",
        may_add=viewer.has(Permission.CANDIDATE_ADD),
        recruits=viewer.recruiter_id is not None,
        picks=viewer.recruiter_active and lists.PICK in request.args,
    )


@bp.get("/candidates/<uuid:candidate_id>")
@policy(Permission.CANDIDATE_VIEW)
def detail(candidate_id: uuid.UUID) -> ResponseReturnValue:
    viewer = current_actor()
    candidate = queries.detail(viewer, candidate_id)
    return respond.page(
        "candidates/detail.html",
        candidate=candidate,
        profile=profiles.in_words(candidate.profile),
        claim=outreach.new_claim(candidate),
        outreach=owners.outreach_of(viewer, candidate.id),
        proposals=queries.proposals_of(viewer, candidate.id),
        timeline=slices.timeline(viewer, candidate_id=candidate.id, before=read_id(request.args.get("before"))),
        attempts=owners.attempts_on(viewer, candidate.id),
    )


@bp.route("/candidates/<uuid:candidate_id>/edit", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_EDIT)
def edit(candidate_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), CandidateForm()
    candidate = queries.detail(actor, candidate_id)
    found: list[candidates.CandidateExists] = []

    def again(status: int) -> ResponseReturnValue:
        # Whoever has seen the current values next to the form can send it again.
        form.version.data = str(candidate.version)
        differing = _differing(form, candidate) if status == 409 and not found else ()
        context: dict[str, Any] = {"form": form, "candidate": candidate, "differing": differing, "found": found}
        return respond.page("candidates/edit.html", status=status, **context)

    if request.method != "POST":
        _fill(form, candidate)
        return again(200)
    return respond.submit(
        form,
        lambda: respond.noting(
            found,
            candidates.CandidateExists,
            lambda: candidates.edit(candidate_id, actor=actor, input=form.to_input(), version=form.seen_version),
        ),
        again=again,
        then=(url_for("candidates.detail", candidate_id=candidate_id), "Saved."),
        check=lambda: read_entry(form.to_input()),
    )


def _fill(form: CandidateForm, candidate: queries.CandidateDetail) -> None:
    for name in FORM_FIELDS:
        form[name].data = getattr(candidate, name)
    form.skills.data = ", ".join(candidate.skills)
    form.fill_profile(candidate.profile)


def _differing(form: CandidateForm, candidate: queries.CandidateDetail) -> tuple[tuple[str, str], ...]:
    """List the current values that differ from what was typed, by label."""
    present = {name: getattr(candidate, name) or "" for name in FORM_FIELDS} | {"skills": ", ".join(candidate.skills)}
    typed = profiles.in_words(form.to_input().profile)
    return (
        *((form[name].label.text, value) for name, value in present.items() if value != (form[name].data or "")),
        *(row for row in profiles.in_words(candidate.profile) if row not in typed),
    )


# --- adding and checking --------------------------------------------------------------------------------------


@bp.route("/candidates/new", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_ADD)
def new() -> ResponseReturnValue:
    """Add a candidate, and claim the sourcing credit if asked to."""
    actor, form = current_actor(), NewCandidateForm()
    if actor.recruiter_id is None:
        del form.claim, form.source_method
    found, refused = list[candidates.CandidateExists](), list[CandidateProtected]()

    def again(status: int) -> ResponseReturnValue:
        claim = ClaimFoundForm(formdata=None, data=form.data) if found else None
        return respond.page("candidates/new.html", status=status, form=form, found=found, claim=claim, refused=refused)

    if "checked" in request.form:
        form.process(None, data=CheckForm().data)
        respond.drop_unprintable(form)
        return again(200)
    return respond.submit(
        form,
        lambda: respond.noting(
            refused,
            CandidateProtected,
            lambda: respond.noting(found, candidates.CandidateExists, lambda: _enter(actor, form)),
        ),
        again=again,
        then=lambda id: respond.done(url_for("candidates.detail", candidate_id=id), form.said),
        check=lambda: read_entry(form.to_input()),
        once=True,
    )


def _enter(actor: Actor, form: NewCandidateForm) -> uuid.UUID:
    if "claim" in form and form.claim.data:
        return ownership.add_and_claim(actor=actor, input=form.to_input(), source_method=form.source_method.data)
    return candidates.add(actor=actor, input=form.to_input())


@bp.route("/candidates/check", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_CHECK)
def check() -> ResponseReturnValue:
    """Show whether a candidate is known and available, but not who holds the claim."""
    form = CheckForm()

    def answer(found: candidates.CheckAnswer | None, status: int = 200) -> ResponseReturnValue:
        claim = None
        if found is not None and found.result is CheckResult.FREE and current_actor().recruiter_active:
            claim = ClaimFoundForm(formdata=None, data=form.data)
        context: dict[str, Any] = {"form": form, "found": found, "claim": claim}
        return respond.page("candidates/check.html", panel="candidates/_check.html", status=status, **context)

    if request.method != "POST":
        return answer(None)
    return respond.submit(
        form,
        lambda: candidates.check(actor=current_actor(), input=form.to_input()),
        again=lambda status: answer(None, status),
        then=answer,
    )
