"""Proposals: the inbox, one proposal as a card, deciding, withdrawing, questions and their answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints import shortlisting
from portal.domain.permissions import Permission, Scope
from portal.domain.proposals import DECLINE_REASON_LABELS, REMINDER_BEFORE
from portal.forms.figures import read_id
from portal.forms.jobs import ChosenForm
from portal.forms.proposals import (
    AcceptForm,
    AnswerForm,
    DeclineForm,
    DelegateForm,
    QuestionForm,
    ReviewForm,
    WithdrawForm,
)
from portal.policy import current_actor, policy
from portal.queries.log import slices
from portal.queries.paging import Page
from portal.queries.proposals import assignments, detail, disclosure
from portal.queries.proposals import proposals as queries
from portal.queries.proposals.detail import ProposalDetail
from portal.queries.proposals.shortlists import reads_marks
from portal.requests import lists, respond
from portal.services import delegation, proposals, shortlists
from portal.wording import profiles as profile_words
from portal.wording import terms as terms_words
from portal.wording.writing import urgency

bp = Blueprint("proposals", __name__, url_prefix="/proposals")

TONES = {"over": "bad", "hot": "bad", "warm": "warn"}
ASKED = {
    "accept": {"verb": "Accept", "go": "Accept proposal", "keep": "Cancel", "held": "Accepting"},
    "decline": {"verb": "Decline", "go": "Decline proposal", "keep": "Cancel", "held": "Declining"},
    "withdraw": {"verb": "Withdraw", "go": "Withdraw proposal", "keep": "Cancel", "held": "Withdrawing"},
}
WORDS = {"asked": ASKED, "reasons": DECLINE_REASON_LABELS}
PANELS = {"list": "proposals/_card.html", "page": "proposals/_panel.html"}


@dataclass(frozen=True, slots=True)
class Step:
    """What an action on a proposal asks, calls and says when it is done."""

    form: type[FlaskForm]
    command: Callable[..., uuid.UUID]
    done: str
    goes_on: bool = False  # in the inbox the next proposal opens; an accepted one stays, to be hired


STEPS = {
    "accept": Step(AcceptForm, proposals.accept, "Proposal accepted. The recruiter has been notified."),
    "decline": Step(
        DeclineForm, proposals.decline, "Proposal declined. The recruiter has been notified.", goes_on=True
    ),
    "withdraw": Step(
        WithdrawForm, proposals.withdraw, "Proposal withdrawn. The company has been notified.", goes_on=True
    ),
}


@bp.get("")
@policy(Permission.PROPOSAL_VIEW)
def index() -> ResponseReturnValue:
    """Show what waits, soonest deadline first, or what is decided, with one proposal beside the list."""
    return _inbox(picks=lists.PICK in request.args)


@bp.post("/chosen")
@policy(Permission.PROPOSAL_DECIDE)
def choose() -> ResponseReturnValue:
    """Shortlist the proposals that are chosen in the list, or take them off; its filters stay in the address."""
    form = ChosenForm()
    query = request.query_string.decode()
    page = url_for("proposals.index") + (f"?{query}" if query else "")

    def again(status: int) -> ResponseReturnValue:
        answer = make_response(_inbox(picks=True, not_marked="; ".join(form.form_errors)))
        answer.status_code = status
        return answer

    return shortlisting.answer(form, page, again=again)


def _inbox(*, picks: bool, not_marked: str = "") -> ResponseReturnValue:
    viewer, chosen = current_actor(), read_id(request.args.get("sel"))
    marks = reads_marks(viewer)
    withdraws = not marks and viewer.scope(Permission.PROPOSAL_WITHDRAW) is not None

    def beside(rows: Sequence[queries.ProposalRow]) -> Mapping[str, object]:
        wanted = chosen or (rows[0].id if rows else None)
        found = detail.detail(wanted, viewer=viewer) if wanted else None
        return _card(found, shown="list", opened=chosen is not None) if found else {"p": None}

    return lists.show(
        queries.PROPOSALS,
        "proposals/index.html",
        also=beside,
        chosen=chosen is not None,
        not_marked=not_marked,
        marks=marks,
        withdraws=withdraws,
        picks=picks and (marks or withdraws),  # fifty boxes are a sixth of the page: they are there when asked for
        soon=viewer.now + REMINDER_BEFORE,  # what ends by then has its icon; an icon in each of 50 rows says nothing
    )


@bp.get("/<uuid:proposal_id>")
@policy(Permission.PROPOSAL_VIEW)
def show(proposal_id: uuid.UUID) -> ResponseReturnValue:
    found = detail.detail(proposal_id, viewer=current_actor())
    return _page(found, shown="page", opened=True)


@bp.post("/<uuid:proposal_id>/review")
@policy(Permission.PROPOSAL_DECIDE)
def review(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Record that the company looks at it; the opened page posts this by itself."""
    form = ReviewForm()
    return _answer(proposal_id, "review", form, lambda: proposals.review(proposal_id, actor=current_actor()), note="")


@bp.route("/<uuid:proposal_id>/<any(accept, decline):action>", methods=["GET", "POST"])
@policy(Permission.PROPOSAL_DECIDE)
def decide(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    return _do(proposal_id, action) if request.method == "POST" else _confirm(proposal_id, action)


@bp.route("/<uuid:proposal_id>/withdraw", methods=["GET", "POST"])
@policy(Permission.PROPOSAL_WITHDRAW)
def withdraw(proposal_id: uuid.UUID) -> ResponseReturnValue:
    return _do(proposal_id, "withdraw") if request.method == "POST" else _confirm(proposal_id, "withdraw")


def _confirm(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Ask once more: in a dialog, or as a page for a browser without script."""
    found = detail.detail(proposal_id, viewer=current_actor())
    shown = "list" if request.args.get("shown") == "list" else "page"
    if action not in found.allowed_actions:
        return respond.go(_place(proposal_id, shown))  # the page anew says who ended it, and when
    return respond.page(
        "proposals/confirm.html",
        panel="proposals/_ask.html",
        p=found,
        action=action,
        rate=terms_words.rate(found.terms),
        form=STEPS[action].form(),
        asked=ASKED,
        shown=shown,
    )


def _do(proposal_id: uuid.UUID, action: str) -> ResponseReturnValue:
    step = STEPS[action]
    form = step.form()
    return _answer(
        proposal_id,
        action,
        form,
        lambda: step.command(proposal_id, actor=current_actor(), **form.to_input()),
        note=step.done,
        leads=_after(proposal_id, form, step),
    )


def _after(proposal_id: uuid.UUID, form: Any, step: Step) -> str:
    """Return where to go once it is done."""
    if step.goes_on and form.shown.data == "list":
        return url_for("proposals.index")
    return _place(proposal_id, form.shown.data)


@bp.post("/<uuid:proposal_id>/<any(shortlist, unlist):change>")
@policy(Permission.PROPOSAL_DECIDE)
def shortlist(proposal_id: uuid.UUID, change: str) -> ResponseReturnValue:
    """Put a proposal on the shortlist of its job, or take it off."""
    command = shortlists.extend if change == "shortlist" else shortlists.cut
    form = ReviewForm()
    return _answer(proposal_id, change, form, lambda: command([proposal_id], actor=current_actor()), note="")


@bp.route("/<uuid:proposal_id>/delegate", methods=["GET", "POST"])
@policy(Permission.PROPOSAL_DECIDE)
def delegate(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Hand a proposal to somebody of the company."""
    actor = current_actor()
    found = detail.detail(proposal_id, viewer=actor)
    form = DelegateForm().offer(assignments.deciders(proposal_id, viewer=actor))
    shown = "list" if "list" in {request.args.get("shown"), form.shown.data} else "page"
    place = _place(proposal_id, shown)

    def again(status: int) -> ResponseReturnValue:
        context = {"p": found, "form": form, "shown": shown, "place": place}
        return respond.page("proposals/delegate.html", panel="proposals/_delegate.html", status=status, **context)

    if request.method == "POST":
        return respond.submit(
            form,
            lambda: delegation.delegate(proposal_id, actor=actor, **form.to_input()),
            again=again,
            then=(place, "Proposal handed over."),
            once=True,
        )
    return again(200) if "delegate" in found.allowed_actions else respond.go(place)


@bp.post("/<uuid:proposal_id>/hand-back")
@policy(Permission.PROPOSAL_DECIDE)
def hand_back(proposal_id: uuid.UUID) -> ResponseReturnValue:
    form = ReviewForm()
    command = delegation.hand_back
    return _answer(
        proposal_id,
        "hand-back",
        form,
        lambda: command(proposal_id, actor=current_actor()),
        note="Proposal handed back.",
    )


# --- questions --------------------------------------------------------------------------------------------------


@bp.post("/<uuid:proposal_id>/questions")
@policy(Permission.PROPOSAL_DECIDE)
def ask(proposal_id: uuid.UUID) -> ResponseReturnValue:
    form = QuestionForm()
    return _answer(
        proposal_id,
        "ask",
        form,
        lambda: proposals.ask(proposal_id, actor=current_actor(), **form.to_input()),
        note="Question sent.",
    )


@bp.post("/<uuid:proposal_id>/questions/<uuid:question_id>/answer")
@policy(Permission.PROPOSAL_ANSWER)
def answer_question(proposal_id: uuid.UUID, question_id: uuid.UUID) -> ResponseReturnValue:
    form = AnswerForm.of(question_id)
    return _answer(
        proposal_id,
        f"answer-{question_id}",
        form,
        lambda: proposals.answer(question_id, actor=current_actor(), **form.to_input()),
        note="Answer sent.",
    )


@bp.post("/<uuid:proposal_id>/questions/<uuid:question_id>/preview")
@policy(Permission.PROPOSAL_ANSWER)
def preview_answer(proposal_id: uuid.UUID, question_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the company will read of the answer that is being typed; writes nothing."""
    form, viewer = AnswerForm.of(question_id), current_actor()
    respond.drop_unprintable(form)
    seen = disclosure.company_view_of(proposal_id, form.answer.data or "", viewer=viewer)
    if respond.wants_panel():
        return render_template("proposals/_seen.html", seen=seen)
    found = detail.detail(proposal_id, viewer=viewer)
    return _page(found, shown="page", failed=f"answer-{question_id}", form=form, seen=seen)


# --- one proposal as a card, beside the inbox or as its own page ----------------------------------------------


def _card(
    found: ProposalDetail,
    *,
    shown: str,
    opened: bool = False,
    failed: str = "",
    form: FlaskForm | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Return a card's variables: forms for what is allowed, the failed one as it was typed.

    `opened` says that somebody chose this proposal, so that a company's look at it is a review.
    """
    forms = _forms(found)
    decides = current_actor().scope(Permission.PROPOSAL_DECIDE) is Scope.COMPANY
    again = form is not None and (failed in forms or failed in found.allowed_actions)  # as it was typed
    return {
        **WORDS,
        **_words(found),
        "p": found,
        "forms": {**forms, failed: form} if again else forms,
        "failed": failed if again else "",
        **respond.refusal(None if again else form),
        "note": note,
        "shown": shown,
        "swapped": respond.wants_panel(),
        "target": "#detail" if shown == "list" else "#proposal",
        "decides": decides,
        "reviews": decides and opened and "review" in found.allowed_actions,
    }


def _words(found: ProposalDetail) -> dict[str, Any]:
    return {
        "profile": profile_words.in_words(found.profile),
        "said": terms_words.in_words(found.terms),
        "rate": terms_words.rate(found.terms),
        "tone": _tone(found),
    }


def _tone(found: ProposalDetail) -> str:
    return TONES.get(urgency((found.expires_at - current_actor().now).total_seconds()), "info")


def _forms(found: ProposalDetail) -> dict[str, Any]:
    """Make an empty form for every line that the viewer may write on the card itself."""
    forms: dict[str, Any] = {"ask": QuestionForm(formdata=None)} if "ask" in found.allowed_actions else {}
    return forms | {f"answer-{q.id}": AnswerForm.of(q.id, formdata=None) for q in found.questions if q.answer is None}


def _place(proposal_id: uuid.UUID, shown: str) -> str:
    """Return the address of a proposal: beside the inbox, or its own page."""
    if shown == "list":
        return url_for("proposals.index", sel=proposal_id)
    return url_for("proposals.show", proposal_id=proposal_id)


def _page(
    found: ProposalDetail, *, shown: str, status: int = 200, seen: disclosure.CompanyView | None = None, **more: Any
) -> ResponseReturnValue:
    """Render a proposal as its own page, or as the panel that HTMX asked for; `seen` previews what is typed."""
    beside_list = shown == "list" and respond.wants_panel()
    shown = "list" if beside_list else "page"
    history = None if beside_list else _history(found.id)
    values = _card(found, shown=shown, **more)
    return respond.page("proposals/page.html", panel=PANELS[shown], status=status, history=history, seen=seen, **values)


def _history(proposal_id: uuid.UUID) -> Page[slices.TimelineEntry]:
    return slices.timeline(current_actor(), proposal_id=proposal_id, before=read_id(request.args.get("before")))


def _answer(
    proposal_id: uuid.UUID, action: str, form: Any, command: Callable[[], object], *, note: str, leads: str = ""
) -> ResponseReturnValue:
    """Act on a proposal: the fresh card when it worked and when it was refused; a browser without script is led on.

    A form that is sent again is answered likewise, and nothing is done twice.
    """
    shown = "list" if form.shown.data == "list" else "page"

    def fresh() -> ProposalDetail:
        return detail.detail(proposal_id, viewer=current_actor())

    def again(status: int) -> ResponseReturnValue:
        return _page(fresh(), shown=shown, status=status, failed=action, form=form)

    def panel() -> str:
        found = fresh()
        history = _history(found.id) if shown == "page" else None
        below = action.startswith(("ask", "answer"))  # where the questions are
        values = _card(found, shown=shown, note=note)
        return render_template(PANELS[shown], history=history, below=below, **values)

    def then(_: object) -> ResponseReturnValue:
        return respond.done(leads or _place(proposal_id, shown), note, panel=panel)

    return respond.submit(form, command, again=again, then=then, once=True, panel_again=lambda: then(None))
