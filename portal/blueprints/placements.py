"""Placements: the list, one placement, activating, completing, failing, the guarantee, replacing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.billing.refunds import Decision
from portal.domain.billing.terms import Charged
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.permissions import Permission
from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason
from portal.forms.figures import read_id
from portal.forms.placements import (
    ActivateForm,
    CompleteForm,
    CorrectForm,
    ExtendForm,
    ExtensionAnswerForm,
    FailForm,
    LinkReplacementForm,
    RequestReplacementForm,
    UndoForm,
)
from portal.policy import current_actor, policy
from portal.queries.billing import failures
from portal.queries.log import slices
from portal.queries.placements import collaboration, previews, split_sheets
from portal.queries.placements import placements as queries
from portal.queries.placements.listing import PLACEMENTS
from portal.queries.placements.placements import PlacementDetail
from portal.requests import lists, respond
from portal.services.placements import corrections, guarantees, placements, replacements, undoing
from portal.services.placements.consent import Proposed
from portal.wording import terms as terms_words

bp = Blueprint("placements", __name__, url_prefix="/placements")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a dialog asks: its question, its buttons, its form, and where it posts to; `opens` is the button to it."""

    question: str
    go: str
    form: type[FlaskForm]
    opens: tuple[str, str, str]  # words, kind and icon
    keep: str = "Cancel"
    danger: bool = False


# In the order of their buttons.
ASKED = {
    "extend": Asked(
        "Extend the guarantee?", "Extend guarantee", ExtendForm, opens=("Extend guarantee", "", "calendar-plus")
    ),
    "complete": Asked(
        "Complete this placement?", "Complete placement", CompleteForm, opens=("Complete", "primary", "circle-check")
    ),
    "fail": Asked(
        "Report this placement as failed?", "Report failure", FailForm, opens=("", "danger", ""), danger=True
    ),
    "correct": Asked("Correct this hire?", "Correct hire", CorrectForm, opens=("Correct", "", "pencil")),
    "undo": Asked("Undo the last step?", "Undo", UndoForm, opens=("", "", ""), danger=True),
    "request_replacement": Asked(
        "Request a replacement?",
        "Request replacement",
        RequestReplacementForm,
        opens=("Request replacement", "primary", "replace"),
    ),
}
_ADDRESSES = ", ".join(f"'{name.replace('_', '-')}'" for name in ASKED)


# --- the list and one placement -------------------------------------------------------------------------------


@bp.get("")
@policy(Permission.PLACEMENT_VIEW)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    return lists.show(
        PLACEMENTS,
        "placements/index.html",
        shows_own=viewer.recruiter_id is not None,
        may_hire=viewer.has(Permission.PLACEMENT_CHANGE),
    )


@bp.get("/<uuid:placement_id>")
@policy(Permission.PLACEMENT_VIEW)
def show(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show one placement; who is no longer on its team is led to the last split sheet that named them."""
    try:
        found = queries.detail(placement_id, viewer=current_actor())
    except NotFound:
        if not split_sheets.was_named(placement_id, viewer=current_actor()):
            raise
        return redirect(url_for("collaboration.receipt", placement_id=placement_id), 303)
    return _page(found)


@bp.get(f"/<uuid:placement_id>/<any({_ADDRESSES}):action>")
@policy(Permission.PLACEMENT_CHANGE)
def ask(placement_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Ask for what an action needs: in a dialog, or on a page of its own for a browser without script."""
    name = action.replace("-", "_")
    found = queries.detail(placement_id, viewer=current_actor())
    if name not in _dialogs(found):
        return respond.go(url_for("placements.show", placement_id=placement_id))
    form = _fitted(ASKED[name].form(formdata=None), found)
    concerned = _failure(found, form) if isinstance(form, FailForm) else {}
    return respond.page(
        "placements/confirm.html",
        panel="placements/_ask.html",
        p=found,
        action=name,
        form=form,
        asked=ASKED,
        **concerned,
    )


# --- activating -----------------------------------------------------------------------------------------------


@bp.route("/<uuid:placement_id>/activate", methods=["GET", "POST"])
@policy(Permission.PLACEMENT_CHANGE)
def activate(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the first day and show the lock, then start the guarantee and lock the splits."""
    form = ActivateForm()
    done = "Placement activated. The split is locked, the guarantee is set and the team has been notified."
    return respond.submit(
        form,
        lambda: placements.activate(placement_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _activate_page(placement_id, form, status),
        then=(url_for("placements.show", placement_id=placement_id), done),
        once=True,
    )


def _activate_page(placement_id: uuid.UUID, form: ActivateForm, status: int) -> ResponseReturnValue:
    viewer = current_actor()
    team = collaboration.team(placement_id, viewer=viewer)
    found = previews.activation(team, viewer=viewer)
    if not team.may_edit:
        return _elsewhere(placement_id, form, status)
    if not form.is_submitted():
        form = ActivateForm(start_date=found.start, guarantee_days=found.days)
    form.version.data = str(team.split_version)  # of the sheet that this page shows
    return respond.page(
        "placements/activate.html", status=status, team=team, plan=found, form=form, ended=_is_ended(form, found)
    )


def _is_ended(form: ActivateForm, plan: previews.Activation) -> bool:
    """Return whether the dates that are shown end the guarantee at once."""
    start, days = form.start_date.data, form.guarantee_days.data
    # What is shown may have been refused: a start in the year 9999 has no end that is a date.
    return start is not None and (plan.today - start).days > (plan.days if days is None else days)


# --- completing and failing -----------------------------------------------------------------------------------


@bp.post("/<uuid:placement_id>/complete")
@policy(Permission.PLACEMENT_CHANGE)
def complete(placement_id: uuid.UUID) -> ResponseReturnValue:
    return _act(placement_id, "complete", placements.complete, "Placement completed. The team has been notified.")


@bp.post("/<uuid:placement_id>/fail")
@policy(Permission.PLACEMENT_CHANGE)
def fail(placement_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.detail(placement_id, viewer=current_actor())
    form = FailForm().confirmed_by(found.state, found.candidate_name)
    done = "Failure reported. The team has been notified."
    return _act(placement_id, "fail", placements.fail, done, form=form, says=_consequence)


@bp.post("/<uuid:placement_id>/fail/preview")
@policy(Permission.PLACEMENT_CHANGE)
def preview_failure(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show what would follow for the fee from the failure that is being typed; writes nothing."""
    found = queries.detail(placement_id, viewer=current_actor())
    return render_template("placements/_failure_preview.html", **_failure(found, FailForm()))


def _failure(found: PlacementDetail, form: FailForm) -> dict[str, Any]:
    """Return what a failure that is being typed would mean, or why it cannot be."""
    form = form.fit(found.state, found.today)
    reason, day = form.reason.data or "", form.last_day_worked.data if "last_day_worked" in form else None
    try:
        made = failures.typed(
            found.id, viewer=current_actor(), last_day=day, reason=reason or FailureReason.CANDIDATE_QUIT
        )
    except InvalidInput as error:
        return {"problem": " ".join(error.fields.values())}
    said = _outcome(found, made.consequence.decided) if made else ""
    return {"f": made, "outcome": said, "problem": "", "reason_chosen": bool(reason)}


def _consequence(placement_id: uuid.UUID, decided: Decision | None) -> str:
    """Return what a failure means for the fee; nothing while none was earned."""
    if decided is None:
        return ""
    return _outcome(queries.detail(placement_id, viewer=current_actor()), decided)


def _outcome(found: PlacementDetail, decided: Decision) -> str:
    mine = current_actor().time_zone
    return terms_words.outcome(decided, found.currency, there=found.time_zone, mine=mine)


# --- correcting and undoing -------------------------------------------------------------------------------------


@bp.post("/<uuid:placement_id>/correct")
@policy(Permission.PLACEMENT_CHANGE)
def correct(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Correct what a hire was recorded with, or ask those who have to agree."""
    form = CorrectForm().of(queries.detail(placement_id, viewer=current_actor()))
    return _act(placement_id, "correct", corrections.correct, form=form, says=_corrected)


def _corrected(_: uuid.UUID, made: Proposed) -> str:
    if made.state == "proposed":
        return "Correction sent for approval."
    return "Correction applied. The team has been notified."


@bp.post("/<uuid:placement_id>/correct/preview")
@policy(Permission.PLACEMENT_CHANGE)
def preview_correction(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the figures that are being typed would change for each person; writes nothing."""
    viewer = current_actor()
    found = queries.detail(placement_id, viewer=viewer)
    team = collaboration.team(placement_id, viewer=viewer)
    try:
        made = previews.correction(team, Charged(**CorrectForm().of(found).figures()), viewer=viewer)
    except InvalidInput:
        made = None
    return render_template("placements/_correction_preview.html", p=found, made=made)


@bp.post("/<uuid:placement_id>/undo")
@policy(Permission.PLACEMENT_CHANGE)
def undo(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Undo a hire or a no-show that was recorded by mistake."""
    return _act(placement_id, "undo", undoing.undo, "Undone. Both sides have been notified.")


# --- the guarantee, and replacing what failed inside it ---------------------------------------------------------


@bp.post("/<uuid:placement_id>/extend")
@policy(Permission.PLACEMENT_CHANGE)
def extend(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Extend the guarantee; sent twice it extends once."""
    done = "Guarantee extended. All collaborators have been notified."
    return _act(placement_id, "extend", guarantees.extend, done)


@bp.post("/<uuid:placement_id>/request-replacement")
@policy(Permission.PLACEMENT_CHANGE)
def request_replacement(placement_id: uuid.UUID) -> ResponseReturnValue:
    done = "Replacement requested. The recruiters have been notified."
    return _act(placement_id, "request_replacement", replacements.request, done)


@bp.route("/<uuid:placement_id>/link-replacement", methods=["GET", "POST"])
@policy(Permission.PLACEMENT_CHANGE)
def link(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask which placement takes the place of the failed one, then link it."""
    form = LinkReplacementForm()
    done = "Replacement linked. Both teams have been notified."
    return respond.submit(
        form,
        lambda: replacements.link(placement_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _link_page(placement_id, form, status),
        then=(url_for("placements.show", placement_id=placement_id), done),
        once=True,
    )


def _link_page(placement_id: uuid.UUID, form: LinkReplacementForm, status: int) -> ResponseReturnValue:
    found = queries.detail(placement_id, viewer=current_actor())
    if "link_replacement" not in found.allowed_actions:
        return _elsewhere(placement_id, form, status)
    choices = queries.replacement_choices(found, viewer=current_actor())
    return respond.page("placements/link.html", status=status, p=found, form=form.offer(choices), choices=choices)


# --- panels ---------------------------------------------------------------------------------------------------


@bp.get("/<uuid:placement_id>/guarantee")
@policy(Permission.PLACEMENT_VIEW)
def guarantee(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show the guarantee's countdown alone."""
    found = queries.detail(placement_id, viewer=current_actor())
    if not respond.wants_panel():
        return redirect(url_for("placements.show", placement_id=placement_id), 303)
    return render_template("placements/_guarantee.html", p=found)


@bp.post("/<uuid:placement_id>/extension/answer")
@policy(Permission.SPLITS_AGREE)
def answer_extension(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Agree that one's own shares follow an extension, or refuse."""
    form = ExtensionAnswerForm()
    return _act(placement_id, "extend", guarantees.answer_extension, "Answer saved.", form=form)


# --- one placement as a page: its panel, its dialogs, and what is answered to whoever acts on it ----------------


def _dialogs(found: PlacementDetail) -> tuple[str, ...]:
    """List the dialogs that the viewer may open: a no-show is a failure, and completing waits for its day."""
    can = {"fail" if action == "no_show" else action for action in found.allowed_actions}
    if not found.may_complete:
        can.discard("complete")
    return tuple(name for name in ASKED if name in can)


def _buttons(found: PlacementDetail) -> list[tuple[str, ...]]:
    """Return address, words, kind and icon of the buttons to the dialogs; what two of them say depends on the state."""
    words = {"fail": found.failing, "undo": "Undo hire" if found.meaning.splits_are_open else "Undo no-show"}
    shown = [(name, *ASKED[name].opens) for name in _dialogs(found)]
    return [(name.replace("_", "-"), words.get(name, said), *how) for name, said, *how in shown]


def _fitted(form: FlaskForm, found: PlacementDetail) -> FlaskForm:
    """Offer what fits the placement's state, and carry the version that is shown now."""
    fitted = form
    if isinstance(form, FailForm):
        fitted = form.fit(found.state, found.today)
        if not form.name:
            form.confirmed_by(found.state, found.candidate_name)
    if isinstance(form, CorrectForm) and not hasattr(form, "found"):
        fitted = form.of(found)
    fitted["version"].data = str(found.version)
    return fitted


def _context(found: PlacementDetail, *, failed: str = "", form: FlaskForm | None = None) -> dict[str, Any]:
    """Return a placement's variables, with the form of a dialog that was refused as it was typed."""
    viewer, dialogs = current_actor(), _dialogs(found)
    reopened = failed if form is not None and failed in dialogs else ""
    team = collaboration.team(found.id, viewer=viewer)
    return {
        "p": found,
        "team": team,
        "proposed": split_sheets.proposed(team, viewer=viewer) if found.amendment_id else None,
        "asked": ASKED,
        "buttons": _buttons(found),
        "failed": reopened,
        "form": _fitted(form, found) if form is not None and reopened else None,
        **(_failure(found, form) if isinstance(form, FailForm) and reopened else {}),
        **respond.refusal(None if reopened else form),
        "failure_reasons": FAILURE_REASON_LABELS,
        "changes": viewer.has(Permission.PLACEMENT_CHANGE),
        "sees_money": viewer.has(Permission.MONEY_VIEW),
        "said": terms_words.in_words(found.terms),
    }


def _page(found: PlacementDetail, *, status: int = 200, **more: Any) -> ResponseReturnValue:
    """Render a placement, or only its panel when HTMX asks for it."""
    viewer = current_actor()
    return respond.page(
        "placements/page.html",
        panel="placements/_panel.html",
        status=status,
        steps=queries.history(found.id, viewer=viewer),
        log=slices.timeline(viewer, placement_id=found.id, before=read_id(request.args.get("before"))),
        **_context(found, **more),
    )


def _act(
    placement_id: uuid.UUID,
    action: str,
    command: Callable[..., object],
    done: str = "",
    *,
    form: Any = None,
    says: Callable[[uuid.UUID, Any], str] | None = None,
) -> ResponseReturnValue:
    """Do what a dialog asked, and say that it is `done` and what the result `says`.

    When it is refused show the placement as it is now, with what was typed.
    """
    form = form or ASKED[action].form()

    def run() -> object:
        return command(placement_id, actor=current_actor(), **form.to_input())

    def again(status: int) -> ResponseReturnValue:
        fresh = queries.detail(placement_id, viewer=current_actor())
        return _page(fresh, status=status, failed=action, form=form)

    def then(result: object) -> ResponseReturnValue:
        message = f"{done} {says(placement_id, result)}".strip() if says else done
        return respond.done(url_for("placements.show", placement_id=placement_id), message)

    return respond.submit(form, run, again=again, then=then, once=True)


def _elsewhere(placement_id: uuid.UUID, form: FlaskForm, status: int) -> ResponseReturnValue:
    """Answer where an action is not possible any more: with the placement as it is, and why it was refused."""
    if not form.is_submitted():
        return redirect(url_for("placements.show", placement_id=placement_id), 303)
    found = queries.detail(placement_id, viewer=current_actor())
    return _page(found, status=status, form=form)
