"""Disputes: the list, the case, and the forms by which its parties and the desk take it further."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints import evidence
from portal.domain.disputes import SUBJECTS, SubjectType
from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.forms.disputes import DisputeRulingForm, OpeningForm, StatementForm, WithdrawalForm
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries.disputes import disputes as queries
from portal.queries.placements import collaboration
from portal.requests import lists, respond
from portal.services.disputes import cases, rulings

bp = Blueprint("disputes", __name__, url_prefix="/disputes")


@bp.get("")
@policy(Permission.DISPUTE_VIEW)
def index() -> ResponseReturnValue:
    """List the cases of the viewer, or all of them for who decides."""
    return lists.show(queries.DISPUTES, "disputes/index.html")


@bp.get("/new")
@policy(Permission.DISPUTE_OPEN)
def new() -> ResponseReturnValue:
    """Ask what the dispute is about."""
    said = {name: request.args.get(name, "") for name in ("subject", "subject_id")}
    return _opening(200, OpeningForm(formdata=None, **said))


@bp.post("/new")
@policy(Permission.DISPUTE_OPEN)
def open_case() -> ResponseReturnValue:
    """Open a case."""
    form = OpeningForm()
    return respond.submit(
        form,
        lambda: cases.open_case(actor=current_actor(), input=form.to_input()),
        again=lambda status: _opening(status, form),
        then=lambda dispute_id: respond.done(
            url_for("disputes.show", dispute_id=dispute_id), "Opened. The other side is asked for its statement."
        ),
        once=True,
    )


def _opening(status: int, form: OpeningForm) -> ResponseReturnValue:
    if form.subject.data not in set(SUBJECTS) or read_id(form.subject_id.data) is None:
        raise NotFound
    subject = SUBJECTS[SubjectType(form.subject.data)]
    return respond.page("disputes/new.html", status=status, form=form.offer(), subject=subject)


@bp.get("/<uuid:dispute_id>")
@policy(Permission.DISPUTE_VIEW)
def show(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Show a case."""
    return _case(dispute_id, 200, None)


@bp.get("/<uuid:dispute_id>/<any(statements, withdraw, appeal, rule):step>")
@policy(Permission.DISPUTE_VIEW)
def step_page(dispute_id: uuid.UUID, step: str) -> ResponseReturnValue:  # noqa: ARG001 (one answer for the address of each form)
    """Lead who reloads a refused form back to the case."""
    queries.detail(dispute_id, viewer=current_actor())
    return redirect(url_for("disputes.show", dispute_id=dispute_id), 303)


@bp.post("/<uuid:dispute_id>/statements")
@policy(Permission.DISPUTE_OPEN)
def answer(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Make a statement."""
    form = StatementForm()
    said = {"actor": current_actor(), "statement": form.statement.data or ""}
    return _step(dispute_id, form, lambda: cases.answer(dispute_id, **said), "Sent. The other side is told.", once=True)


@bp.post("/<uuid:dispute_id>/withdraw")
@policy(Permission.DISPUTE_OPEN)
def withdraw(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw the case, or agree to that."""
    return _step(
        dispute_id,
        WithdrawalForm(),
        lambda: cases.withdraw(dispute_id, actor=current_actor()),
        "Done. The other side is told.",
    )


@bp.post("/<uuid:dispute_id>/appeal")
@policy(Permission.DISPUTE_OPEN)
def appeal(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Appeal against the ruling."""
    form = StatementForm()
    said = {"actor": current_actor(), "statement": form.statement.data or ""}
    return _step(dispute_id, form, lambda: rulings.appeal(dispute_id, **said), "Appealed. The other side is told.")


@bp.post("/<uuid:dispute_id>/rule")
@policy(Permission.DISPUTE_RULE)
def rule(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Decide the case."""
    form = DisputeRulingForm()
    return _step(
        dispute_id,
        form.offer(queries.detail(dispute_id, viewer=current_actor()).effects),
        lambda: rulings.rule(dispute_id, actor=current_actor(), input=form.to_input()),
        "Ruled. Both sides are told.",
    )


def _step(
    dispute_id: uuid.UUID, form: FlaskForm, command: Callable[[], object], done: str, *, once: bool = False
) -> ResponseReturnValue:
    return respond.submit(
        form,
        command,
        again=lambda status: _case(dispute_id, status, form),
        then=lambda _: respond.done(url_for("disputes.show", dispute_id=dispute_id), done),
        once=once,
    )


def _case(dispute_id: uuid.UUID, status: int, refused: FlaskForm | None) -> ResponseReturnValue:
    found = queries.detail(dispute_id, viewer=current_actor())
    said = refused if isinstance(refused, StatementForm) else StatementForm(formdata=None)
    members = collaboration.team(found.placement_id, viewer=current_actor()).members if _amends(found) else ()
    typed = refused if isinstance(refused, DisputeRulingForm) else DisputeRulingForm.of(members)
    return respond.page(
        "disputes/page.html",
        status=status,
        d=found,
        said=said,
        ruling=typed.offer(found.effects),
        members={(str(m.recruiter_id), m.role): m for m in members},
        refused=refused,
        **evidence.panels(dispute_id),
    )


def _amends(found: queries.Case) -> bool:
    return "rule" in found.allowed_actions and found.subject_type == SubjectType.PLACEMENT
