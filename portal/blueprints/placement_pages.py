"""One placement as a page: its panel, its dialogs, and what is answered to whoever acts on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Permission
from portal.domain.placements import FAILURE_REASON_LABELS
from portal.forms.placements import CompleteForm, ExtendForm, FailForm, RequestReplacementForm
from portal.policy import current_actor
from portal.queries.log import slices
from portal.queries.placements import collaboration, placements
from portal.queries.placements.placements import PlacementDetail
from portal.requests import respond
from portal.services.candidates import candidates


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a dialog asks: its question, its buttons, its form, and where it posts to."""

    question: str
    go: str
    keep: str
    form: type[FlaskForm]
    path: str
    danger: bool = False


ASKED = {
    "complete": Asked("Complete this placement?", "Complete placement", "Not yet", CompleteForm, "complete"),
    "fail": Asked("Report this placement as failed?", "Report failure", "Keep it", FailForm, "fail", danger=True),
    "extend": Asked("Extend the guarantee?", "Extend guarantee", "Leave it", ExtendForm, "extend"),
    "request_replacement": Asked(
        "Request a replacement?", "Request replacement", "Not now", RequestReplacementForm, "request-replacement"
    ),
}


def dialogs(found: PlacementDetail) -> tuple[str, ...]:
    """List the dialogs that the viewer may open: a no-show is a failure, and completing waits for its day."""
    can = {"fail" if action == "no_show" else action for action in found.allowed_actions}
    if not found.may_complete:
        can.discard("complete")
    return tuple(name for name in ASKED if name in can)


def empty_form(action: str, found: PlacementDetail) -> FlaskForm:
    """Make the empty form of an action, with what fits the placement's state."""
    return fitted(ASKED[action].form(formdata=None), found)


def fitted(form: FlaskForm, found: PlacementDetail) -> FlaskForm:
    """Offer what fits the placement's state."""
    return form.fit(found.state) if isinstance(form, FailForm) else form


def context(found: PlacementDetail, *, failed: str = "", form: FlaskForm | None = None) -> dict[str, Any]:
    """Give a placement its variables: a form for each dialog, the refused one as it was typed."""
    viewer, open_dialogs = current_actor(), dialogs(found)
    forms = {name: empty_form(name, found) for name in open_dialogs}
    if form is not None and failed in forms:
        forms[failed] = fitted(form, found)
    errors = [] if form is None else [*form.form_errors, *(str(e) for field in form for e in field.errors)]
    return {
        "p": found,
        "team": collaboration.team(found.id, viewer=viewer),
        "asked": ASKED,
        "forms": forms,
        "failed": failed if failed in forms else "",
        "refusal": "; ".join(errors) if failed not in forms else "",
        "failure_reasons": FAILURE_REASON_LABELS,
        "changes": viewer.has(Permission.PLACEMENT_CHANGE),
    }


def page(found: PlacementDetail, *, status: int = 200, **more: Any) -> ResponseReturnValue:
    """Render a placement, or only its panel when HTMX asks for it."""
    viewer = current_actor()
    return respond.page(
        "placements/page.html",
        panel="placements/_panel.html",
        status=status,
        steps=placements.history(found.id, viewer=viewer),
        log=slices.timeline(viewer, placement_id=found.id),
        **context(found, **more),
    )


def show(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show a placement; a platform admin's look at the candidate is recorded."""
    found = placements.detail(placement_id, viewer=current_actor())
    candidates.note_view(found.candidate_id, actor=current_actor())
    return page(found)


def ask(placement_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Ask on a page of its own, for a browser that opens no dialogs."""
    found = placements.detail(placement_id, viewer=current_actor())
    if action not in dialogs(found):
        return redirect(url_for("placements.show", placement_id=placement_id), 303)
    form = empty_form(action, found)
    return respond.page("placements/confirm.html", p=found, action=action, form=form, asked=ASKED)


def act(
    placement_id: uuid.UUID, action: str, command: Callable[..., object], done: str, *, once: bool = False
) -> ResponseReturnValue:
    """Do what a dialog asked; when it is refused show the placement as it is now, with what was typed."""
    form: Any = ASKED[action].form()

    def run() -> object:
        return command(placement_id, actor=current_actor(), **form.to_input())

    def again(status: int) -> ResponseReturnValue:
        fresh = placements.detail(placement_id, viewer=current_actor())
        return page(fresh, status=status, failed=action, form=form)

    def then(_: object) -> ResponseReturnValue:
        return respond.done(url_for("placements.show", placement_id=placement_id), done)

    return respond.submit(form, run, again=again, then=then, once=once)


def elsewhere(placement_id: uuid.UUID, form: FlaskForm | None, status: int) -> ResponseReturnValue:
    """Answer where an action is not possible any more: with the placement as it is, and why it was refused."""
    if form is None:
        return redirect(url_for("placements.show", placement_id=placement_id), 303)
    found = placements.detail(placement_id, viewer=current_actor())
    return page(found, status=status, form=form)
