"""Recording a hire: what was agreed with the candidate, and what it would pay."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.billing import terms
from portal.domain.billing.terms import Terms
from portal.domain.errors import InvalidInput
from portal.domain.money import bp_to_percent, to_major
from portal.domain.permissions import Permission, Scope
from portal.forms.figures import read_id
from portal.forms.placements import HireForm
from portal.policy import current_actor, policy
from portal.queries.placements import previews
from portal.queries.placements.previews import HireOffer
from portal.requests import respond
from portal.services.placements import placements
from portal.wording import terms as terms_words

bp = Blueprint("hiring", __name__, url_prefix="/placements")


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
    form = HireForm(formdata=None, proposal=proposal_id, salary_minor=shown, **_agreed_fee(offer.terms))
    return _hire_page(_fit(form, offer), offer, 200)


def _agreed_fee(agreed: Terms) -> dict[str, Decimal]:
    """Return what the fee's fields start with: the percentage or the flat fee of the terms."""
    if agreed.flat_fee_minor is not None:
        return {"flat_fee_minor": to_major(agreed.flat_fee_minor, agreed.currency)}
    return {"fee_bp": bp_to_percent(agreed.fee_bp or 0)}


@bp.post("/new")
@policy(Permission.PLACEMENT_CHANGE)
def hire() -> ResponseReturnValue:
    form, viewer = HireForm(), current_actor()
    proposal_id = read_id(form.proposal.data) or uuid.UUID(int=0)
    offer = previews.hire_offer(proposal_id, viewer=viewer)
    _fit(form, offer)

    def then(placement_id: uuid.UUID) -> ResponseReturnValue:
        return respond.done(
            url_for("placements.show", placement_id=placement_id), "Hire recorded. The recruiters have been notified."
        )

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
    return render_template("placements/_hire_summary.html", **_summary(_fit(form, offer), offer))


def _fit(form: HireForm, offer: HireOffer) -> HireForm:
    return form.fit(offer.terms, may_override=current_actor().scope(Permission.PLACEMENT_CHANGE) is Scope.ANY)


def _hire_page(form: HireForm, offer: HireOffer, status: int) -> ResponseReturnValue:
    return respond.page("placements/new.html", status=status, form=form, **_summary(form, offer))


def _summary(form: HireForm, offer: HireOffer) -> dict[str, Any]:
    """Compute what the hire that was typed costs under its terms; None while it gives no fee."""
    shown = {"offer": offer, "agreed": terms_words.fee(offer.terms)}
    try:
        charge = terms.charge_of(offer.terms, form.charged(offer.currency))
    except InvalidInput:
        return {**shown, "charge": None}
    shares = offer.shares(charge.fee_minor - charge.platform_fee_minor)
    return {**shown, "charge": charge, "rate": terms_words.rate(charge.terms), "shares": shares}
