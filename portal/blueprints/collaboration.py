"""The team of a placement: the split editor, its live preview, amendments and receipts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.collaboration import ROLE_LABELS, SHEET_CAUSES
from portal.domain.permissions import Permission
from portal.forms.collaboration import (
    AddForm,
    AmendmentForm,
    AnswerForm,
    ForceForm,
    PreviewForm,
    RemoveForm,
    SharesForm,
    WithdrawForm,
)
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries.disputes import holding
from portal.queries.placements import collaboration as queries
from portal.queries.placements import split_sheets
from portal.queries.placements.collaboration import Member, Team
from portal.requests import respond
from portal.services.placements import amendments, collaboration
from portal.wording import terms as terms_words

bp = Blueprint("collaboration", __name__, url_prefix="/placements")
SPLITS = "/<uuid:placement_id>/collaborators"


# --- the split editor -----------------------------------------------------------------------------------------


@bp.get(SPLITS)
@policy(Permission.PLACEMENT_VIEW)
def editor(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show the open team with a form for each row and one for whoever joins; who only looks is led to the sheet."""
    return _editor(placement_id, 200)


@bp.post(SPLITS)
@policy(Permission.SPLITS_EDIT)
def add(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Add a recruiter to the team; a second submission finds the row that the first one made."""
    form = AddForm()
    return _edit(
        placement_id,
        form,
        lambda: collaboration.add(placement_id, actor=current_actor(), **form.to_input()),
        done="Collaborator added. The team has been notified.",
    )


@bp.post(f"{SPLITS}/shares")
@policy(Permission.SPLITS_EDIT)
def reshare(placement_id: uuid.UUID) -> ResponseReturnValue:
    form = SharesForm()
    return _edit(
        placement_id,
        form,
        lambda: collaboration.reshare(placement_id, actor=current_actor(), **form.to_input()),
        done="Split saved. The team has been notified.",
    )


@bp.post(f"{SPLITS}/<uuid:recruiter_id>/remove")
@policy(Permission.SPLITS_EDIT)
def remove(placement_id: uuid.UUID, recruiter_id: uuid.UUID) -> ResponseReturnValue:
    form = RemoveForm()
    return _edit(
        placement_id,
        form,
        lambda: collaboration.remove(placement_id, recruiter_id, actor=current_actor(), **form.to_input()),
        done="Collaborator removed. The team has been notified.",
    )


def _edit(
    placement_id: uuid.UUID,
    form: FlaskForm,
    command: Callable[[], object],
    *,
    done: str,
) -> ResponseReturnValue:
    """Do an edit and show the editor again: with its note, or with what was typed and why it was refused."""

    def then(_: object) -> ResponseReturnValue:
        url = url_for("collaboration.editor", placement_id=placement_id)
        return respond.done(url, done, panel=lambda: _fresh_panel(placement_id, done, form))

    return respond.submit(form, command, again=lambda status: _editor(placement_id, status, refused=form), then=then)


def _editor(placement_id: uuid.UUID, status: int, *, refused: FlaskForm | None = None) -> ResponseReturnValue:
    team = queries.team(placement_id, viewer=current_actor())
    if not team.may_edit and refused is None:
        return redirect(url_for("placements.show", placement_id=placement_id), 303)
    typed = SharesForm() if isinstance(refused, RemoveForm) else None
    shown = _editor_context(team, refused, typed)
    return respond.page("placements/collaborators.html", panel="placements/_editor.html", status=status, **shown)


def _fresh_panel(placement_id: uuid.UUID, note: str, done: FlaskForm) -> str:
    team = queries.team(placement_id, viewer=current_actor())
    typed = SharesForm() if isinstance(done, RemoveForm) else None  # what is not saved yet stays
    return render_template("placements/_editor.html", note=note, **_editor_context(team, typed=typed))


def _editor_context(team: Team, refused: FlaskForm | None = None, typed: SharesForm | None = None) -> dict[str, Any]:
    """Return the editor's variables; of the forms the refused one shows what was typed."""
    q = "".join(c for c in request.args.get("q", "") if c.isprintable())
    adding = refused if isinstance(refused, AddForm) else AddForm(formdata=None)
    choices = queries.recruiters(current_actor(), q=q, chosen=read_id(adding.recruiter_id.data))
    sheet = SharesForm.of(team.members, refused if isinstance(refused, SharesForm) else typed)
    offered = adding.offer(choices, sought=bool(q.strip()))
    return {"team": team, "q": q, "add_form": offered, "refused": refused, "sheet": sheet}


@bp.post("/calculate-splits")
@policy(Permission.SPLITS_PREVIEW)
def calculate_splits() -> ResponseReturnValue:
    """Show what a row that is being added would make of the sheet; writes nothing."""
    form = PreviewForm()
    team = queries.team(read_id(request.form.get("placement_id")) or uuid.UUID(int=0), viewer=current_actor())
    preview = team.with_row(form.role.data or "", form.split_bp.bp)
    return render_template("placements/_preview.html", team=team, preview=preview)


# --- amendments -----------------------------------------------------------------------------------------------


@bp.get("/<uuid:placement_id>/amendments")
@policy(Permission.PLACEMENT_VIEW)
def amend_page(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show what is proposed for the locked sheet, and a form to propose it."""
    return _amendments(placement_id, 200)


@bp.post("/<uuid:placement_id>/amendments")
@policy(Permission.SPLITS_AMEND)
def amend(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Propose other shares."""
    form = AmendmentForm()
    return _change(
        placement_id,
        form,
        lambda: amendments.propose(placement_id, actor=current_actor(), **form.to_input()),
        "Change proposed. Everyone whose share changes has been asked to approve.",
    )


@bp.post("/<uuid:placement_id>/amendments/preview")
@policy(Permission.SPLITS_AMEND)
def preview_amendment(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show the sheet that is being typed; writes nothing."""
    team, lines = queries.team(placement_id, viewer=current_actor()), AmendmentForm().lines()
    preview = split_sheets.preview(team, lines)
    return render_template("placements/_amendment_preview.html", team=team, preview=preview)


@bp.post("/<uuid:placement_id>/amendments/<uuid:amendment_id>/answer")
@policy(Permission.SPLITS_AGREE)
def answer(placement_id: uuid.UUID, amendment_id: uuid.UUID) -> ResponseReturnValue:
    form = AnswerForm()
    return _change(
        placement_id,
        form,
        lambda: amendments.answer(amendment_id, actor=current_actor(), **form.to_input()),
        "Answer sent.",
    )


@bp.post("/<uuid:placement_id>/amendments/<uuid:amendment_id>/withdraw")
@policy(Permission.SPLITS_AMEND)
def withdraw(placement_id: uuid.UUID, amendment_id: uuid.UUID) -> ResponseReturnValue:
    form = WithdrawForm()
    return _change(
        placement_id,
        form,
        lambda: amendments.withdraw(amendment_id, actor=current_actor(), **form.to_input()),
        "Proposed change withdrawn.",
    )


@bp.post("/<uuid:placement_id>/amendments/<uuid:amendment_id>/force")
@policy(Permission.SPLITS_FORCE)
def force(placement_id: uuid.UUID, amendment_id: uuid.UUID) -> ResponseReturnValue:
    """Put an amendment in force as a platform admin."""
    form = ForceForm()
    return _change(
        placement_id,
        form,
        lambda: amendments.force(amendment_id, actor=current_actor(), **form.to_input()),
        "Change applied. Everyone has been notified.",
    )


def _change(placement_id: uuid.UUID, form: FlaskForm, command: Callable[[], object], done: str) -> ResponseReturnValue:
    return respond.submit(
        form,
        command,
        again=lambda status: _amendments(placement_id, status, form=form),
        then=(url_for("collaboration.amend_page", placement_id=placement_id), done),
        once=True,
    )


def _amendments(placement_id: uuid.UUID, status: int, *, form: FlaskForm | None = None) -> ResponseReturnValue:
    viewer = current_actor()
    team = queries.team(placement_id, viewer=viewer)
    found = split_sheets.amendments(team, viewer=viewer)
    open_one = next((a for a in found if a.state == "proposed"), None)
    typed = _amendment_form(team, form) if team.may_amend and open_one is None else None
    return respond.page(
        "placements/amendments.html",
        status=status,
        team=team,
        dispute_id=holding.of_placement(viewer, placement_id),
        open_one=open_one,
        closed=[a for a in found if a is not open_one],
        form=typed,
        refused=form,
        **respond.refusal(form),
        members={(str(m.recruiter_id), m.role): m for m in team.members},
        leaving=_leaving(team, open_one),
        role_labels=ROLE_LABELS,
        force_form=form if isinstance(form, ForceForm) else ForceForm(formdata=None),
        decline_form=form if isinstance(form, AnswerForm) and form.agreed.data == "no" else AnswerForm(formdata=None),
    )


def _leaving(team: Team, amendment: split_sheets.Amendment | None) -> list[Member]:
    """List whose row is not on an open amendment any more."""
    staying = {(line.recruiter_id, line.role) for line in amendment.lines} if amendment else set()
    return [m for m in team.members if amendment and (m.recruiter_id, m.role) not in staying]


def _amendment_form(team: Team, form: FlaskForm | None) -> AmendmentForm:
    typed = form if isinstance(form, AmendmentForm) else AmendmentForm.of(team.members, team.split_version)
    chosen = read_id(typed.joins.data)
    return typed.offer(queries.recruiters(current_actor(), chosen=chosen))


# --- receipts -------------------------------------------------------------------------------------------------


@bp.get("/<uuid:placement_id>/receipt")
@policy(Permission.PLACEMENT_VIEW)
def receipt(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show how a version of the sheet was computed; with `verify` compute it again and compare."""
    text = request.args.get("version", "")
    version = int(text) if text.isdecimal() and len(text) < 10 else None
    found = split_sheets.receipt(placement_id, viewer=current_actor(), version=version)
    verified = split_sheets.verify(found) if "verify" in request.args else None
    return respond.page(
        "placements/receipt.html",
        panel="placements/_verification.html",
        receipt=found,
        said=terms_words.in_words(found.terms) if current_actor().has(Permission.MONEY_VIEW) else (),
        address=f"{current_app.config['PUBLIC_URL']}{request.path}?version={found.version}&verify=1",
        verified=verified,
        versions=split_sheets.versions(found, viewer=current_actor()),
        role_labels=ROLE_LABELS,
        causes=SHEET_CAUSES,
    )
