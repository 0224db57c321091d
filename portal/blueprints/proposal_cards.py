"""One proposal as a card: beside the inbox, or as its own page; and what is answered to whoever acts on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Permission, Scope
from portal.domain.proposals import DECLINE_REASON_LABELS
from portal.forms.proposals import AnswerForm, QuestionForm
from portal.policy import current_actor
from portal.queries.log import slices
from portal.queries.proposals import detail
from portal.queries.proposals.detail import ProposalDetail
from portal.requests import respond
from portal.wording.writing import urgency

TONES = {"over": "bad", "hot": "bad", "warm": "warn"}
ASKED = {
    "accept": {"verb": "Accept", "go": "Accept proposal", "keep": "Not yet"},
    "decline": {"verb": "Decline", "go": "Decline proposal", "keep": "Keep reviewing"},
    "withdraw": {"verb": "Withdraw", "go": "Withdraw proposal", "keep": "Keep it open"},
}
WORDS = {"asked": ASKED, "reasons": DECLINE_REASON_LABELS}
PANELS = {"list": "proposals/_card.html", "page": "proposals/_panel.html"}


def context(
    found: ProposalDetail,
    *,
    shown: str,
    opened: bool = False,
    failed: str = "",
    form: FlaskForm | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Give a card its variables: forms for what is allowed, the failed one as it was typed.

    `opened` says that somebody chose this proposal, so that a company's look at it is a review.
    """
    forms = _forms(found)
    decides = current_actor().scope(Permission.PROPOSAL_DECIDE) is Scope.COMPANY
    again = form is not None and (failed in forms or failed in found.allowed_actions)  # as it was typed
    return {
        **WORDS,
        "p": found,
        "forms": {**forms, failed: form} if again else forms,
        "failed": failed if again else "",
        "refusal": "" if form is None or again else "; ".join(_errors(form)),
        "note": note,
        "shown": shown,
        "swapped": respond.wants_panel(),
        "target": "#detail" if shown == "list" else "#proposal",
        "decides": decides,
        "reviews": decides and opened and "review" in found.allowed_actions,
        "tone": _tone(found),
    }


def _tone(found: ProposalDetail) -> str:
    return TONES.get(urgency((found.expires_at - current_actor().now).total_seconds()), "info")


def _forms(found: ProposalDetail) -> dict[str, Any]:
    """Make an empty form for every line that the viewer may write on the card itself."""
    forms: dict[str, Any] = {"ask": QuestionForm(formdata=None)} if "ask" in found.allowed_actions else {}
    return forms | {f"answer-{q.id}": AnswerForm.of(q.id, formdata=None) for q in found.questions if q.answer is None}


def _errors(form: FlaskForm) -> list[str]:
    return [*form.form_errors, *(str(e) for field in form for e in field.errors)]


def place(proposal_id: uuid.UUID, shown: str) -> str:
    """Give the address of a proposal: beside the inbox, or its own page."""
    if shown == "list":
        return url_for("proposals.index", sel=proposal_id)
    return url_for("proposals.show", proposal_id=proposal_id)


def page(found: ProposalDetail, *, shown: str, status: int = 200, **more: Any) -> ResponseReturnValue:
    """Render a proposal as its own page, or as the panel that HTMX asked for."""
    beside_list = shown == "list" and respond.wants_panel()
    shown = "list" if beside_list else "page"
    history = None if beside_list else slices.timeline(current_actor(), proposal_id=found.id)
    values = context(found, shown=shown, **more)
    return respond.page("proposals/page.html", panel=PANELS[shown], status=status, history=history, **values)


def answer(
    proposal_id: uuid.UUID,
    action: str,
    form: Any,
    command: Callable[[], uuid.UUID],
    *,
    note: str,
    leaves: bool = False,
) -> ResponseReturnValue:
    """Act on a proposal: the fresh card when it worked and when it was refused; `leaves` shows the whole page anew."""
    shown = "list" if form.shown.data == "list" else "page"

    def fresh() -> ProposalDetail:
        return detail.detail(proposal_id, viewer=current_actor())

    def again(status: int) -> ResponseReturnValue:
        return page(fresh(), shown=shown, status=status, failed=action, form=form)

    def panel() -> str:
        found = fresh()
        history = slices.timeline(current_actor(), proposal_id=found.id) if shown == "page" else None
        return render_template(PANELS[shown], history=history, **context(found, shown=shown, note=note))

    def then(_: uuid.UUID) -> ResponseReturnValue:
        return respond.done(place(proposal_id, shown), note, panel=None if leaves else panel)

    return respond.submit(form, command, again=again, then=then)
