"""Disputes: the list, the case, and the forms by which its parties and the desk take it further."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.disputes import ANSWER_DAYS, RULING_DAYS, SUBJECTS, SubjectType
from portal.domain.errors import Conflict, NotFound
from portal.domain.permissions import Permission
from portal.forms.disputes import DisputeRulingForm, NoteForm, OpeningForm, StatementForm
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries.candidates import ownership as owners
from portal.queries.disputes import disputes as queries
from portal.queries.disputes import files, precedents, subjects
from portal.queries.placements import collaboration
from portal.rendering import evidence_packs
from portal.requests import lists, respond
from portal.services.disputes import appeals, cases, outcomes, rulings
from portal.services.disputes.outcomes import Outcome

bp = Blueprint("disputes", __name__, url_prefix="/disputes")


@bp.get("")
@policy(Permission.DISPUTE_VIEW)
def index() -> ResponseReturnValue:
    """List the cases of the viewer, or all of them for whoever decides."""
    decides = current_actor().has(Permission.DISPUTE_RULE)
    return lists.show(queries.DISPUTES, "disputes/index.html", decides=decides)


@bp.get("/precedents")
@policy(Permission.DISPUTE_VIEW)
def all_precedents() -> ResponseReturnValue:
    """List what was decided before, without who it was about."""
    return lists.show(precedents.PRECEDENTS, "disputes/precedents.html")


@bp.get("/new")
@policy(Permission.DISPUTE_OPEN)
def new() -> ResponseReturnValue:
    said = {name: request.args.get(name, "") for name in ("subject", "subject_id")}
    form = OpeningForm(formdata=None, **said)
    if not form.names_subject():
        raise NotFound
    try:
        cases.check(actor=current_actor(), subject=said["subject"], subject_id=form.to_input().subject_id)
    except Conflict as refusal:
        open_id = refusal.details.get("dispute_id")
        if open_id:
            return redirect(url_for("disputes.show", dispute_id=open_id), 303)
        return _opening(409, form, refusal.message)
    return _opening(200, form)


@bp.post("/new")
@policy(Permission.DISPUTE_OPEN)
def open_case() -> ResponseReturnValue:
    form = OpeningForm()
    return respond.submit(
        form,
        lambda: cases.open_case(actor=current_actor(), input=form.to_input()),
        again=lambda status: _opening(status, form),
        then=lambda dispute_id: respond.done(
            url_for("disputes.show", dispute_id=dispute_id),
            "Dispute opened. We’ve asked the other side for a statement.",
        ),
        once=True,
    )


@bp.get("/refused-claims/<uuid:conflict_id>")
@policy(Permission.DISPUTE_RULE)
def refer_page(conflict_id: uuid.UUID) -> ResponseReturnValue:
    """Ask a platform admin why the parties of a refused claim are to be heard."""
    try:
        cases.check_referral(conflict_id, actor=current_actor())
    except Conflict as refusal:
        open_id = refusal.details.get("dispute_id")
        if open_id:
            return redirect(url_for("disputes.show", dispute_id=open_id), 303)
        return _referral(conflict_id, 409, StatementForm(formdata=None), refusal.message)
    return _referral(conflict_id, 200, StatementForm(formdata=None))


@bp.post("/refused-claims/<uuid:conflict_id>")
@policy(Permission.DISPUTE_RULE)
def refer(conflict_id: uuid.UUID) -> ResponseReturnValue:
    """Open a case for the parties of a refused claim."""
    actor, form = current_actor(), StatementForm()
    return respond.submit(
        form,
        lambda: cases.refer(conflict_id, actor=actor, **form.to_input()),
        again=lambda status: _referral(conflict_id, status, form),
        then=lambda dispute_id: respond.done(
            url_for("disputes.show", dispute_id=dispute_id), "Dispute opened. We’ve asked both sides for a statement."
        ),
        once=True,
    )


def _referral(conflict_id: uuid.UUID, status: int, form: StatementForm, refusal: str = "") -> ResponseReturnValue:
    attempt = owners.attempt(conflict_id, viewer=current_actor())
    return respond.page("disputes/refer.html", status=status, form=form, a=attempt, refusal=refusal)


def _opening(status: int, form: OpeningForm, refusal: str = "") -> ResponseReturnValue:
    if not form.names_subject():
        raise NotFound
    kind = SubjectType(form.subject.data)
    named = None if refusal else subjects.named(kind, form.to_input().subject_id, viewer=current_actor())
    return respond.page(
        "disputes/new.html",
        status=status,
        form=form.offer(),
        subject=SUBJECTS[kind],
        refusal=refusal,
        about=named,
        answer_days=ANSWER_DAYS,
        ruling_days=RULING_DAYS,
    )


@bp.get("/<uuid:dispute_id>")
@policy(Permission.DISPUTE_VIEW)
def show(dispute_id: uuid.UUID) -> ResponseReturnValue:
    return _case(dispute_id, 200, None)


@bp.get("/<uuid:dispute_id>/<any(statements, withdraw, appeal, waive, rule, preview, confirm, notes):step>")
@policy(Permission.DISPUTE_VIEW)
def step_page(dispute_id: uuid.UUID, step: str) -> ResponseReturnValue:  # noqa: ARG001 (one answer for the address of each form)
    """Lead whoever reloads a refused form back to the case."""
    queries.detail(dispute_id, viewer=current_actor())
    return redirect(url_for("disputes.show", dispute_id=dispute_id), 303)


@bp.post("/<uuid:dispute_id>/statements")
@policy(Permission.DISPUTE_OPEN)
def answer(dispute_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), StatementForm()
    return _step(
        dispute_id,
        form,
        lambda: cases.answer(dispute_id, actor=actor, **form.to_input()),
        "Statement sent. The other side has been notified.",
    )


@bp.post("/<uuid:dispute_id>/withdraw")
@policy(Permission.DISPUTE_WITHDRAW)
def withdraw(dispute_id: uuid.UUID) -> ResponseReturnValue:
    return _step(
        dispute_id,
        FlaskForm(),
        lambda: cases.withdraw(dispute_id, actor=current_actor()),
        "Done. The parties have been notified.",
    )


@bp.post("/<uuid:dispute_id>/appeal")
@policy(Permission.DISPUTE_OPEN)
def appeal(dispute_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), StatementForm()
    return _step(
        dispute_id,
        form,
        lambda: appeals.appeal(dispute_id, actor=actor, **form.to_input()),
        "Appeal sent. The other side has been notified.",
    )


@bp.post("/<uuid:dispute_id>/rule")
@policy(Permission.DISPUTE_RULE)
def rule(dispute_id: uuid.UUID) -> ResponseReturnValue:
    form = DisputeRulingForm()
    return _step(
        dispute_id,
        form.offer(queries.detail(dispute_id, viewer=current_actor()).effects),
        lambda: rulings.rule(dispute_id, actor=current_actor(), input=form.to_input()),
        "Ruling recorded. Both sides have been notified.",
    )


@bp.post("/<uuid:dispute_id>/preview")
@policy(Permission.DISPUTE_RULE)
def preview(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Show what each ruling would do to whom, with the figures as they are typed; writes nothing."""
    actor, form = current_actor(), DisputeRulingForm()
    labels = dict(queries.detail(dispute_id, viewer=actor).effects)
    made = outcomes.outcomes(dispute_id, actor=actor, inputs=form.offer(labels.items()).each())
    if respond.wants_panel():
        return render_template("disputes/_outcome.html", outcomes=made, chosen=form.effect.data, labels=labels)
    respond.drop_unprintable(form)
    return _case(dispute_id, 200, form, made)


@bp.post("/<uuid:dispute_id>/waive")
@policy(Permission.DISPUTE_OPEN)
def waive(dispute_id: uuid.UUID) -> ResponseReturnValue:
    return _step(
        dispute_id,
        FlaskForm(),
        lambda: appeals.waive(dispute_id, actor=current_actor()),
        "Ruling accepted. The other side has been notified.",
    )


@bp.post("/<uuid:dispute_id>/confirm")
@policy(Permission.DISPUTE_RULE)
def confirm(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Decide the case as its rule does."""
    return _step(
        dispute_id,
        FlaskForm(),
        lambda: rulings.confirm(dispute_id, actor=current_actor()),
        "Ruling recorded. Both sides have been notified.",
    )


@bp.post("/<uuid:dispute_id>/notes")
@policy(Permission.DISPUTE_RULE)
def note(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Note something for the other platform admins."""
    form = NoteForm()
    return _step(
        dispute_id,
        form,
        lambda: cases.note(dispute_id, actor=current_actor(), text=form.note.data or ""),
        "Note added.",
    )


@bp.get("/<uuid:dispute_id>/evidence.zip")
@policy(Permission.DISPUTE_VIEW)
def pack(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Send the evidence as the viewer may read it, to keep and to verify."""
    return respond.file(*evidence_packs.packed(dispute_id, viewer=current_actor()), "application/zip")


def _step(dispute_id: uuid.UUID, form: FlaskForm, command: Callable[[], object], done: str) -> ResponseReturnValue:
    return respond.submit(
        form,
        command,
        again=lambda status: _case(dispute_id, status, form),
        then=(url_for("disputes.show", dispute_id=dispute_id), done),
        once=True,
    )


def _case(
    dispute_id: uuid.UUID, status: int, refused: FlaskForm | None, made: Sequence[Outcome] = ()
) -> ResponseReturnValue:
    file = files.case_file(dispute_id, viewer=current_actor(), after=read_id(request.args.get("after")))
    found = file.case
    said = refused if isinstance(refused, StatementForm) else StatementForm(formdata=None)
    noted = refused if isinstance(refused, NoteForm) else NoteForm(formdata=None)
    of = found.placement_id if _amends(found) else None
    members = collaboration.team(of, viewer=current_actor()).members if of else ()
    rule = file.grounds.outlook.rule.name if file.grounds.outlook else ""
    typed = refused if isinstance(refused, DisputeRulingForm) else DisputeRulingForm.of(members, rule)
    return respond.page(
        "disputes/page.html",
        status=status,
        d=found,
        said=said,
        ruling=typed.offer(found.effects),
        outcomes=made,
        labels=dict(found.effects),
        chosen=typed.effect.data,
        members={(str(m.recruiter_id), m.role): m for m in members},
        noted=noted,
        notes=queries.notes(dispute_id, viewer=current_actor()),
        refused=refused,
        grounds=file.grounds,
        alike=precedents.alike(found.id, found.subject_type),
        confirms="confirm" in file.allowed_actions,
    )


def _amends(found: queries.Case) -> bool:
    return "rule" in found.allowed_actions and found.subject_type == SubjectType.PLACEMENT
