"""Earnings: what a recruiter has earned, what is coming and why not yet; a statement a month."""

from __future__ import annotations

import re
import uuid
from datetime import date

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain import money
from portal.domain.billing.payees import LEGAL_FORM_LABELS
from portal.domain.billing.payouts import STATE_LABELS
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.times import month_after
from portal.forms.billing import PayeeForm
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries.billing import earnings as queries
from portal.queries.billing import listing, looked_after, payees
from portal.queries.billing import money as placement_money
from portal.queries.billing.looked_after import OpenClawback
from portal.queries.billing.money import PlacementMoney
from portal.queries.disputes import holding
from portal.queries.log import slices
from portal.rendering import earnings_charts, money_files
from portal.requests import lists, respond
from portal.services.billing import payees as payee_service
from portal.wording import terms as words

bp = Blueprint("earnings", __name__)
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")  # as in the API; the calendar ends where years have five digits
TONES = {"held": "", "due": "info", "approved": "info", "paid": "ok", "cancelled": "", "reversed": "bad"}


@bp.get("/earnings")
@policy(Permission.EARNINGS_VIEW)
def index() -> ResponseReturnValue:
    """Show one's own money and payouts; a platform admin sees all payouts, or names a recruiter in the address."""
    actor = current_actor()
    recruiter_id = read_id(request.args.get("recruiter")) or actor.recruiter_id
    if recruiter_id is not None:
        queries.check_viewer(recruiter_id, actor)
    return lists.show(
        listing.PAYOUTS,
        "earnings/index.html",
        also=lambda rows: {"cases": holding.of_payouts(actor, [row.id for row in rows if row.line.is_disputed])},
        beside=lambda: _beside(recruiter_id),
        shows_all=actor.scope(Permission.EARNINGS_VIEW) is Scope.ANY,
        labels=STATE_LABELS,
        tones=TONES,
        whose=f"&recruiter={recruiter_id}" if recruiter_id != actor.recruiter_id else "",
        payee=payees.own(actor) if recruiter_id == actor.recruiter_id and actor.has(Permission.PAYEE_EDIT) else None,
    )


def _beside(recruiter_id: uuid.UUID | None) -> dict[str, object]:
    """Return the sums of a recruiter and their charts; nothing beside everybody's payouts."""
    if recruiter_id is None:
        return {"found": None}
    found = queries.earnings(recruiter_id, viewer=current_actor())
    return {"found": found, "charts": earnings_charts.by_month(found.months, found.today)}


@bp.get("/earnings/statement")
@policy(Permission.EARNINGS_VIEW)
def statement() -> ResponseReturnValue:
    """Show, or send as CSV, a month in one currency: opening, earned, paid, clawed back, closing."""
    found = queries.statement(
        _whose(), viewer=current_actor(), month=_month(), currency=_currency(request.args.get("currency", "USD"))
    )
    if request.args.get("format") == "csv":
        return respond.file(*money_files.statement_csv(found, KINDS, lists.style_of(current_actor())), "text/csv")
    return respond.page("earnings/statement.html", s=found, months=_around(found.month), kinds=KINDS)


@bp.get("/earnings/payee")
@policy(Permission.PAYEE_EDIT)
def payee_page() -> ResponseReturnValue:
    """Show where one's payouts go, masked, and ask for other details."""
    found = payees.own(current_actor())
    return _payee_page(found, PayeeForm(obj=found), 200)


@bp.post("/earnings/payee")
@policy(Permission.PAYEE_EDIT)
def set_payee() -> ResponseReturnValue:
    """Save where one's payouts go; they wait for 72 hours then."""
    form, actor = PayeeForm(), current_actor()
    return respond.submit(
        form,
        lambda: payee_service.save(actor=actor, **form.to_input()),
        again=lambda status: _payee_page(payees.own(actor), form, status),
        then=lambda is_new: respond.done(
            url_for("earnings.payee_page"),
            "Bank details saved. They take effect in 72 hours." if is_new else "Nothing changed.",
        ),
    )


def _payee_page(found: payees.PayeeView, form: PayeeForm, status: int) -> ResponseReturnValue:
    return respond.page("earnings/payee.html", status=status, form=form, found=found, forms=LEGAL_FORM_LABELS)


@bp.get("/placements/<uuid:placement_id>/money")
@policy(Permission.MONEY_VIEW)
def placement(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Show the money of one placement: fee, shares, invoice, each payout with what it waits for, today's reserve."""
    viewer = current_actor()
    found = placement_money.of_placement(placement_id, viewer=viewer)
    before = read_id(request.args.get("before"))
    return respond.page(
        "earnings/placement.html",
        panel="earnings/_placement.html",
        m=found,
        owing=_owing(found, viewer),
        placement_id=placement_id,
        cases=holding.of_payouts(viewer, [line.id for line in found.payouts if line.is_disputed]) if found else {},
        said=words.in_words(found.terms) if found else (),
        labels=STATE_LABELS,
        tones=TONES,
        outcomes=OUTCOMES,
        history=slices.timeline(viewer, placement_id=placement_id, money=True, before=before),
    )


def _owing(found: PlacementMoney | None, viewer: Actor) -> tuple[OpenClawback, ...]:
    """Return what is still owed of a placement of which something that was paid out went back."""
    if found is None or not any(line.moved_at and line.amount < line.original for line in found.payouts):
        return ()
    return looked_after.owed_of(found.placement_id, viewer=viewer)


OUTCOMES = {
    "fulfilled": "A replacement has started; the fee moved to its team.",
    "refunded": "No replacement started, so the fee was refunded to the company.",
    "lapsed": "No replacement started, and the terms give no refund.",
    "waived": "The company waived the replacement.",
}
KINDS = {
    "payout_due": "Earned",
    "payout_undone": "On hold again",
    "payout_paid": "Paid out",
    "payout_returned": "Payment returned",
    "refund_decided": "Refund to the company",
    "clawback_repaid": "Repaid by you",
    "written_off": "Written off",
    "amended": "Split changed",
    "invoice_credited": "Hire corrected",
}


def _whose() -> uuid.UUID:
    """Return the recruiter of the address, or the viewer.

    Raises:
        NotFound: the viewer is no recruiter and names none.
    """
    recruiter_id = read_id(request.args.get("recruiter")) or current_actor().recruiter_id
    if recruiter_id is None:
        raise NotFound()
    return recruiter_id


def _month() -> date | None:
    """Return the month of the address."""
    text = request.args.get("month")
    if text and not MONTH.fullmatch(text):
        raise NotFound()
    return date.fromisoformat(f"{text}-01") if text else None


def _currency(text: str) -> str:
    if text not in money.CURRENCIES:
        raise NotFound()
    return text


def _around(month: date) -> tuple[date, date]:
    return month_after(month, -1), month_after(month, 1)
