"""Proposing: whom for which job, what it would pay, and what the company will read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import InvalidInput, NotFound
from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.forms.proposals import ProposalForm
from portal.policy import current_actor, policy
from portal.queries import jobs as job_queries
from portal.queries.proposals import disclosure, pitching, quotes
from portal.requests import respond
from portal.services import proposals
from portal.wording import terms as terms_words

bp = Blueprint("proposing", __name__, url_prefix="/proposals")


@bp.get("/new")
@policy(Permission.PROPOSAL_CREATE)
def new() -> ResponseReturnValue:
    wanted = {name: str(read_id(request.args.get(name)) or "") for name in ("candidate", "job")}
    form = ProposalForm(candidate_id=wanted["candidate"], job_id=wanted["job"])
    return _propose_page(form, 200, _quote(form))


@bp.post("/new")
@policy(Permission.PROPOSAL_CREATE)
def create() -> ResponseReturnValue:
    form, actor = ProposalForm(), current_actor()

    def propose() -> uuid.UUID:
        with _beside("job_id"):
            currency = job_queries.detail(uuid.UUID(form.job_id.data), viewer=actor).currency
        with _beside("candidate_id"):
            return proposals.create(actor=actor, **form.to_input(currency))

    def then(proposal_id: uuid.UUID) -> ResponseReturnValue:
        return respond.done(url_for("proposals.show", proposal_id=proposal_id), "Proposal sent to the company.")

    return respond.submit(
        form, propose, again=lambda status: _propose_page(form, status, _quote_left(form)), then=then, once=True
    )


@contextmanager
def _beside(field: str) -> Iterator[None]:
    """Speak beside its field of what vanished while the form was open; a page of its own would lose the pitch."""
    try:
        yield
    except NotFound as error:
        raise InvalidInput.field(field, f"{error.message} Choose another.") from error


@bp.post("/preview")
@policy(Permission.PROPOSAL_CREATE)
def preview() -> ResponseReturnValue:
    """Show what the proposal that is being typed would pay, and what the company will read; writes nothing."""
    form = ProposalForm()
    respond.drop_unprintable(form)
    if not respond.wants_panel():
        return _propose_page(form, 200, _quote_left(form))
    summary = _summary(form, _quote_left(form))
    return render_template("proposals/_preview.html", **summary)


def _summary(form: ProposalForm, quote: quotes.Quote | None) -> dict[str, Any]:
    """Return what stands above the button: fee, shares, terms and what the company will read."""
    form.draw_for(quote.terms if quote else None)
    said = terms_words.in_words(quote.terms) if quote else ()
    rate = terms_words.rate(quote.terms) if quote else ""
    return {"form": form, "quote": quote, "said": said, "rate": rate, "seen": _seen(form)}


def _quote(form: ProposalForm) -> quotes.Quote | None:
    """Return what the job offers for the salary that is typed, or that the profile names; None without a job."""
    viewer, job_id = current_actor(), read_id(form.job_id.data)
    if job_id is None:
        return None
    expected = pitching.expected(read_id(form.candidate_id.data), viewer=viewer)

    def salary(currency: str) -> int | None:
        form.suggest(expected, currency)
        return form.expected_salary_minor.minor_so_far(currency)

    return quotes.quote(job_id, viewer=viewer, salary=salary)


def _seen(form: ProposalForm) -> disclosure.CompanyView | None:
    """Return what the company will read, or None without a candidate whom the viewer sees."""
    candidate_id = read_id(form.candidate_id.data)
    if candidate_id is None:
        return None
    try:
        return disclosure.company_view(candidate_id, form.pitch.data or "", viewer=current_actor())
    except NotFound:
        return None


def _quote_left(form: ProposalForm) -> quotes.Quote | None:
    """Return the quote, or None when the job vanished meanwhile: a page of its own would lose the pitch."""
    try:
        return _quote(form)
    except NotFound:
        return None


def _propose_page(form: ProposalForm, status: int, quote: quotes.Quote | None) -> ResponseReturnValue:
    viewer, candidate_id, job_id = current_actor(), read_id(form.candidate_id.data), read_id(form.job_id.data)
    choices: dict[str, Any] = {
        "candidates": job_queries.candidates_for(viewer, job_id=job_id, chosen=candidate_id),
        "jobs": job_queries.proposable(viewer, candidate_id=candidate_id, chosen=job_id),
    }
    candidate = next((c for c in choices["candidates"] if c.id == candidate_id), None)
    return respond.page(
        "proposals/new.html",
        status=status,
        **_summary(form.offer(**choices), quote),
        candidate=candidate,
        unclaimed=candidate_id is not None and candidate is None,
        **choices,
    )
