"""Placements: the list, one placement, hiring, activating, completing, failing."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints import placement_pages
from portal.domain import placements as rules
from portal.domain.errors import InvalidInput
from portal.domain.money import bp_to_percent, to_major
from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.forms.placements import ActivateForm, HireForm
from portal.policy import current_actor, policy
from portal.queries.placements import collaboration, listing, previews
from portal.queries.placements import placements as queries
from portal.queries.placements.previews import HireOffer
from portal.requests import respond
from portal.services.placements import placements

bp = Blueprint("placements", __name__, url_prefix="/placements")

ALL = "all"


# --- the list and one placement -------------------------------------------------------------------------------


@bp.get("")
@policy(Permission.PLACEMENT_VIEW)
def index() -> ResponseReturnValue:
    """List the placements that the viewer may see, by state."""
    state, q = request.args.get("state", ALL), request.args.get("q", "").strip()[: listing.SEARCH_LENGTH]
    state, q = state if state in listing.STATES else ALL, "".join(c for c in q if c.isprintable())
    found = listing.listing(current_actor(), state=state, q=q, older_than=read_id(request.args.get("before")))
    older = found.page.older
    return respond.page(
        "placements/index.html",
        panel="placements/_list.html",
        rows=found.page.rows,
        tabs=_tabs(found.counts, state, q),
        state=state,
        q=q,
        older_url=_url(state, q, before=str(older)) if older else None,
        first_url=_url(state, q) if request.args.get("before") else None,
        shows_own=current_actor().recruiter_id is not None,
        may_hire=current_actor().has(Permission.PLACEMENT_CHANGE),
    )


def _tabs(counts: dict[str, int], present: str, q: str) -> list[tuple[str, str, int | None, bool]]:
    """List the states; a count that reached its limit is written with a plus."""
    tabs: list[tuple[str, str, int | None, bool]] = [("All", _url(ALL, q), None, present == ALL)]
    for name, state in rules.MACHINE.states.items():
        full = counts[name] >= listing.COUNT_LIMIT
        label = f"{state.label} {counts[name]:,}+" if full else state.label
        tabs.append((label, _url(name, q), None if full else counts[name], name == present))
    return tabs


def _url(state: str, q: str, **turn: str) -> str:
    parts = {"state": "" if state == ALL else state, "q": q, **turn}
    kept = {name: value for name, value in parts.items() if value}
    return "/placements" + (f"?{urlencode(kept)}" if kept else "")


@bp.get("/<uuid:placement_id>")
@policy(Permission.PLACEMENT_VIEW)
def show(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show one placement."""
    return placement_pages.show(placement_id)


# --- hiring ---------------------------------------------------------------------------------------------------


@bp.get("/new")
@policy(Permission.PLACEMENT_CHANGE)
def new() -> ResponseReturnValue:
    """Ask what was agreed with the candidate; without a proposal ask for one first."""
    proposal_id = read_id(request.args.get("proposal"))
    if proposal_id is None:
        return respond.page("placements/choose.html", choices=previews.hires_to_record(current_actor()))
    offer = previews.hire_offer(proposal_id, viewer=current_actor())
    if offer.placement_id is not None:
        return redirect(url_for("placements.show", placement_id=offer.placement_id), 303)
    if not offer.is_ready:
        return redirect(url_for("proposals.show", proposal_id=proposal_id), 303)
    salary = offer.expected_salary_minor
    shown = None if salary is None else to_major(salary, offer.currency)
    form = HireForm(
        formdata=None, proposal=proposal_id, salary_minor=shown, fee_bp=bp_to_percent(offer.fee_bp), flat_fee_minor=None
    )
    return _hire_page(form, offer, 200)


@bp.post("/new")
@policy(Permission.PLACEMENT_CHANGE)
def hire() -> ResponseReturnValue:
    """Record a hire."""
    form, viewer = HireForm(), current_actor()
    proposal_id = read_id(form.proposal.data) or uuid.UUID(int=0)
    offer = previews.hire_offer(proposal_id, viewer=viewer)

    def then(placement_id: uuid.UUID) -> ResponseReturnValue:
        return respond.done(url_for("placements.show", placement_id=placement_id), "Hired. The recruiters are told.")

    return respond.submit(
        form,
        lambda: placements.hire(proposal_id, actor=viewer, **form.to_input(offer.currency)),
        again=lambda status: _hire_page(form, offer, status),
        then=then,
        once=True,
    )


@bp.post("/new/preview")
@policy(Permission.PLACEMENT_CHANGE)
def preview_hire() -> ResponseReturnValue:
    """Show what the hire that is being typed would pay; writes nothing."""
    form = HireForm()
    proposal_id = read_id(form.proposal.data) or uuid.UUID(int=0)
    offer = previews.hire_offer(proposal_id, viewer=current_actor())
    return render_template("placements/_hire_summary.html", **_summary(form, offer))


def _hire_page(form: HireForm, offer: HireOffer, status: int) -> ResponseReturnValue:
    return respond.page("placements/new.html", status=status, form=form, **_summary(form, offer))


def _summary(form: HireForm, offer: HireOffer) -> dict[str, object]:
    """Compute the fee of what was typed; None while it gives no fee."""
    typed = form.to_input(offer.currency)
    share = offer.fee_bp if typed["fee_bp"] is None else typed["fee_bp"]
    try:
        share, fee = rules.fee(typed["salary_minor"] or 0, share, typed["flat_fee_minor"])
    except InvalidInput:
        return {"offer": offer, "fee": None, "share": None, "shares": ()}
    return {"offer": offer, "fee": fee, "share": share, "shares": offer.shares(fee)}


# --- activating -----------------------------------------------------------------------------------------------


@bp.get("/<uuid:placement_id>/activate")
@policy(Permission.PLACEMENT_CHANGE)
def activate_page(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the first day, and show the lock before it happens."""
    return _activate_page(placement_id, None, 200)


@bp.post("/<uuid:placement_id>/activate")
@policy(Permission.PLACEMENT_CHANGE)
def activate(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Start the guarantee and lock the splits."""
    form = ActivateForm()

    def then(_: uuid.UUID) -> ResponseReturnValue:
        message = "Active. The splits are locked and the guarantee is set; everybody in the team is told."
        return respond.done(url_for("placements.show", placement_id=placement_id), message)

    return respond.submit(
        form,
        lambda: placements.activate(placement_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _activate_page(placement_id, form, status),
        then=then,
    )


def _activate_page(placement_id: uuid.UUID, form: ActivateForm | None, status: int) -> ResponseReturnValue:
    viewer = current_actor()
    team = collaboration.team(placement_id, viewer=viewer)
    found = previews.activation(team, viewer=viewer)
    if not team.may_edit:
        return placement_pages.elsewhere(placement_id, form, status)
    if form is None:
        form = ActivateForm(formdata=None, start_date=found.start, guarantee_days=found.days)
    return respond.page("placements/activate.html", status=status, team=team, plan=found, form=form)


# --- completing and failing -----------------------------------------------------------------------------------


@bp.get("/<uuid:placement_id>/<any(complete, fail):action>")
@policy(Permission.PLACEMENT_CHANGE)
def end_page(placement_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Ask once more, for a browser that opens no dialogs."""
    return placement_pages.ask(placement_id, action)


@bp.post("/<uuid:placement_id>/complete")
@policy(Permission.PLACEMENT_CHANGE)
def complete(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Complete a placement."""
    return placement_pages.act(placement_id, "complete", placements.complete, "Completed. The team is told.")


@bp.post("/<uuid:placement_id>/fail")
@policy(Permission.PLACEMENT_CHANGE)
def fail(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Report that a placement failed."""
    return placement_pages.act(placement_id, "fail", placements.fail, "Failure reported. The team is told.")


# --- panels ---------------------------------------------------------------------------------------------------


@bp.get("/<uuid:placement_id>/guarantee")
@policy(Permission.PLACEMENT_VIEW)
def guarantee(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show the guarantee's countdown alone."""
    found = queries.detail(placement_id, viewer=current_actor())
    if not respond.wants_panel():
        return redirect(url_for("placements.show", placement_id=placement_id), 303)
    return render_template("placements/_guarantee.html", p=found)
