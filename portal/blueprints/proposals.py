"""Proposals: the inbox, one proposal, proposing, deciding, withdrawing. Questions are in questions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints import proposal_cards
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.permissions import Permission
from portal.domain.proposals import REMINDER_BEFORE
from portal.forms.figures import read_id
from portal.forms.proposals import AcceptForm, DeclineForm, ProposalForm, ReviewForm, WithdrawForm
from portal.policy import current_actor, policy
from portal.queries import jobs as job_queries
from portal.queries.proposals import detail, quotes
from portal.queries.proposals import proposals as queries
from portal.requests import respond
from portal.services import proposals
from portal.services.candidates import candidates

bp = Blueprint("proposals", __name__, url_prefix="/proposals")

TAB_LABELS = {
    "open": "Waiting",
    "accepted": "Accepted",
    "declined": "Declined",
    "timeout": "Timed out",
    "withdrawn": "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Hold what an action on a proposal asks, calls and says when it is done."""

    form: type[FlaskForm]
    command: Callable[..., uuid.UUID]
    done: str


STEPS = {
    "accept": Step(AcceptForm, proposals.accept, "Accepted. The recruiter is told."),
    "decline": Step(DeclineForm, proposals.decline, "Declined. The recruiter is told."),
    "withdraw": Step(WithdrawForm, proposals.withdraw, "Withdrawn. The company is told."),
}


@bp.get("")
@policy(Permission.PROPOSAL_VIEW)
def index() -> ResponseReturnValue:
    """Show what waits, soonest deadline first, or what is decided, with one proposal beside the list."""
    viewer, tab = current_actor(), request.args.get("state", "open")
    tab = tab if tab in queries.TABS else "open"
    inbox = queries.inbox(viewer, tab=tab, after=read_id(request.args.get("after")))
    chosen = read_id(request.args.get("sel"))
    first = inbox.page.rows[0].id if inbox.page.rows else None
    found = detail.detail(chosen or first, viewer=viewer) if chosen or first else None
    context = proposal_cards.context(found, shown="list", opened=chosen is not None) if found else {"p": None}
    # What the links of the list keep: the tab and the page, so that choosing a proposal leaves the list as it is.
    kept = {"state": None if tab == "open" else tab, "after": request.args.get("after")}
    return respond.page(
        "proposals/index.html",
        inbox=inbox,
        tab=tab,
        tabs=_tabs(inbox, tab),
        chosen=chosen is not None,
        soon=viewer.now + REMINDER_BEFORE,  # what ends by then has its icon; an icon in each of 50 rows says nothing
        kept=urlencode({name: value for name, value in kept.items() if value}),
        **context,
    )


def _tabs(inbox: queries.Inbox, present: str) -> list[tuple[str, str, int | None, bool]]:
    """List the tabs; a count that reached the limit is written with a plus."""
    tabs = []
    for name, label in TAB_LABELS.items():
        count: int | None = inbox.counts[name]
        if count == queries.COUNT_LIMIT:
            label, count = f"{label} {count:,}+", None
        tabs.append((label, f"/proposals?state={name}" if name != "open" else "/proposals", count, name == present))
    return tabs


@bp.get("/<uuid:proposal_id>")
@policy(Permission.PROPOSAL_VIEW)
def show(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show one proposal; a platform admin's look at it is recorded."""
    found = detail.detail(proposal_id, viewer=current_actor())
    candidates.note_view(found.candidate_id, actor=current_actor())
    return proposal_cards.page(found, shown="page", opened=True)


@bp.post("/<uuid:proposal_id>/review")
@policy(Permission.PROPOSAL_DECIDE)
def review(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Say that the company looks at it; the opened page posts this by itself."""
    form = ReviewForm()
    return proposal_cards.answer(
        proposal_id, "review", form, lambda: proposals.review(proposal_id, actor=current_actor()), note=""
    )


@bp.get("/<uuid:proposal_id>/<any(accept, decline):action>")
@policy(Permission.PROPOSAL_DECIDE)
def decide_page(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Ask once more: in a dialog, or as a page for a browser without script."""
    return _confirm(proposal_id, action)


@bp.post("/<uuid:proposal_id>/<any(accept, decline):action>")
@policy(Permission.PROPOSAL_DECIDE)
def decide(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Accept or decline."""
    return _do(proposal_id, action)


@bp.get("/<uuid:proposal_id>/withdraw")
@policy(Permission.PROPOSAL_WITHDRAW)
def withdraw_page(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more: in a dialog, or as a page for a browser without script."""
    return _confirm(proposal_id, "withdraw")


@bp.post("/<uuid:proposal_id>/withdraw")
@policy(Permission.PROPOSAL_WITHDRAW)
def withdraw(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Take a proposal back."""
    return _do(proposal_id, "withdraw")


def _confirm(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    found = detail.detail(proposal_id, viewer=current_actor())
    shown = "list" if request.args.get("shown") == "list" else "page"
    if action not in found.allowed_actions:
        return respond.go(proposal_cards.place(proposal_id, shown))  # the page anew says who ended it, and when
    return respond.page(
        "proposals/confirm.html",
        panel="proposals/_ask.html",
        p=found,
        action=action,
        form=STEPS[action].form(),
        asked=proposal_cards.ASKED,
        shown=shown,
    )


def _do(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    step = STEPS[action]
    form = step.form()
    return proposal_cards.answer(
        proposal_id,
        action,
        form,
        lambda: step.command(proposal_id, actor=current_actor(), **form.to_input()),
        note=step.done,
        leaves=True,
    )


@bp.get("/new")
@policy(Permission.PROPOSAL_CREATE)
def new() -> ResponseReturnValue:
    """Ask whom to propose for which job."""
    wanted = {name: str(read_id(request.args.get(name)) or "") for name in ("candidate", "job")}
    form = ProposalForm(candidate_id=wanted["candidate"], job_id=wanted["job"])
    return _propose_page(form, 200, _quote(form))


@bp.post("/new")
@policy(Permission.PROPOSAL_CREATE)
def create() -> ResponseReturnValue:
    """Propose."""
    form, actor = ProposalForm(), current_actor()

    def propose() -> uuid.UUID:
        with _beside("job_id"):
            currency = job_queries.detail(uuid.UUID(form.job_id.data), viewer=actor).currency
        with _beside("candidate_id"):
            return proposals.create(actor=actor, **form.to_input(currency))

    def then(proposal_id: uuid.UUID) -> ResponseReturnValue:
        return respond.done(url_for("proposals.show", proposal_id=proposal_id), "Proposed. The company is told.")

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
    """Show what the proposal that is being typed would pay; writes nothing."""
    return render_template("proposals/_summary.html", quote=_quote_left(ProposalForm()))


def _quote(form: ProposalForm) -> quotes.Quote | None:
    job_id = read_id(form.job_id.data)
    return quotes.quote(job_id, viewer=current_actor(), salary=form.expected_salary_minor.minor) if job_id else None


def _quote_left(form: ProposalForm) -> quotes.Quote | None:
    """Give the quote, or None when the job vanished while the form was open: a page of its own would lose the pitch."""
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
        form=form.offer(**choices),
        quote=quote,
        candidate=candidate,
        unclaimed=candidate_id is not None and candidate is None,
        **choices,
    )
