"""Several candidates of the list proposed for one job at once, each with a pitch."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from portal.blueprints.shortlisting import read_ids
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.permissions import Permission
from portal.domain.proposals import PROPOSED_AT_ONCE
from portal.forms.figures import read_id
from portal.forms.proposals import PitchForm, SeveralForm, suggest
from portal.policy import current_actor, policy
from portal.queries import jobs as job_queries
from portal.queries.candidates.listing import CANDIDATES
from portal.queries.proposals import pitching, quotes
from portal.queries.proposals.pitching import Proposable
from portal.queries.proposals.quotes import Quote
from portal.requests import lists, respond
from portal.services import proposals_in_bulk
from portal.wording import terms as terms_words
from portal.wording.writing import plural

bp = Blueprint("pitching", __name__, url_prefix="/candidates/chosen")


@bp.get("/propose")
@policy(Permission.PROPOSAL_CREATE)
def new() -> ResponseReturnValue:
    """Ask for which job, and why each of the chosen candidates fits."""
    chosen = read_ids(request.args.getlist("c"))
    if not 1 <= len(chosen) <= PROPOSED_AT_ONCE:
        return _choose_again()
    return _page(SeveralForm.of(chosen, read_id(request.args.get("job"))), 200)


@bp.post("/propose")
@policy(Permission.PROPOSAL_CREATE)
def create() -> ResponseReturnValue:
    form, actor = SeveralForm(), current_actor()

    def propose() -> int:
        try:
            currency = job_queries.detail(uuid.UUID(form.job_id.data), viewer=actor).currency
            return len(proposals_in_bulk.propose_chosen(actor=actor, **form.to_input(currency)))
        except NotFound as error:  # a page of its own would lose the pitches
            raise InvalidInput("Nothing was sent. The job or a candidate is no longer available.") from error

    def then(count: int) -> ResponseReturnValue:
        told = f"{plural(count, 'proposal')} sent. The company has been notified."
        return respond.done(lists.back(CANDIDATES), told)

    return respond.submit(form, propose, again=lambda status: _page(form, status), then=then, once=True)


@bp.post("/propose/preview")
@policy(Permission.PROPOSAL_CREATE)
def preview() -> ResponseReturnValue:
    """Show the terms of the job that is chosen, and who can be proposed for it, with what is typed; writes nothing."""
    form = SeveralForm()
    respond.drop_unprintable(form)
    return _page(form, 200)


@bp.post("/propose/seen")
@policy(Permission.PROPOSAL_CREATE)
def seen() -> ResponseReturnValue:
    """Show what the company will read of the one candidate whose pitch is being typed; writes nothing."""
    form = SeveralForm()
    respond.drop_unprintable(form)
    if not respond.wants_panel():
        return _page(form, 200)
    found = pitching.chosen(form.pitches, viewer=current_actor(), job_id=None)
    return render_template("proposals/_seen.html", seen=found[0].view if found else None)


def _page(form: SeveralForm, status: int) -> ResponseReturnValue:
    viewer, job_id = current_actor(), read_id(form.job_id.data)
    found = {one.id: one for one in pitching.chosen(form.pitches, viewer=viewer, job_id=job_id)}
    if not found and request.method == "GET":
        return _choose_again()
    rows = [(row.form, found[id]) for row in form.rows if (id := read_id(row.candidate_id.data)) in found]
    quote = _quote(job_id)
    for row, one in rows:
        _prepare(row, one, quote)
    form.draw_for(quote.terms if quote else None)
    return respond.page(
        "candidates/propose_several.html",
        panel="candidates/_pitches.html",
        status=status,
        form=form.offer(job_queries.proposable(viewer, chosen=job_id)),
        rows=rows,
        quote=quote,
        said=terms_words.in_words(quote.terms) if quote else (),
        rate=terms_words.rate(quote.terms) if quote else "",
        chosen_in=lists.chosen_in(CANDIDATES),
        back=lists.back(CANDIDATES, picks=True),
    )


def _prepare(row: PitchForm, one: Proposable, quote: Quote | None) -> None:
    """Make a candidate's part of the form: ticked once it can be, with the salary of the profile, and named errors."""
    if row.refused.data and not one.refusal:
        row.include.data = True  # there was no box to tick
    if quote:
        suggest(row, one.expected, quote.job.currency)
    for field in (row.pitch, row.expected_salary_minor):
        field.errors = [f"{one.name}: {sentence}" for sentence in field.errors]  # above all of them, too


def _choose_again() -> ResponseReturnValue:
    flash(f"Select 1 to {PROPOSED_AT_ONCE} candidates to propose together.", "bad")
    return respond.go(lists.back(CANDIDATES, picks=True))


def _quote(job_id: uuid.UUID | None) -> Quote | None:
    """Return what the job offers, or None without one, or when it vanished meanwhile."""
    try:
        return quotes.quote(job_id, viewer=current_actor(), salary=lambda _: None) if job_id else None
    except NotFound:
        return None
