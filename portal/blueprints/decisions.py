"""What is decided about money on a page of its own: paid out, repaid, returned, written off, waived, given up."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.errors import StaleVersion, existing
from portal.domain.permissions import Permission
from portal.domain.seen import digest
from portal.forms.billing import CreditPaidForm, PaidOutForm, ReasonForm, RepaidForm
from portal.policy import current_actor, policy
from portal.queries.billing import debts, documents, ledger, looked_after
from portal.queries.billing import money as placement_money
from portal.queries.billing.documents import ListedInvoice
from portal.requests import respond
from portal.services.billing import decisions, lifecycle, payments
from portal.wording.amounts import money

bp = Blueprint("decisions", __name__)
NOTHING = "Nothing is outstanding."


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: `says` is what follows, `go` the button, `done` the note afterwards.

    `place` is the page one comes from and goes back to: its name and its address.
    `over` is said instead, and nothing asked, where nothing is left to decide.
    """

    title: str
    says: str
    go: str
    done: str
    place: tuple[str, str]
    currency: str = ""
    danger: bool = False
    over: str = ""

    @property
    def shown(self) -> str:
        """Return what the form carries for the sums that it shows."""
        return digest({"says": self.says})

    def unless_changed(self, command: Callable[[], object]) -> object:
        """Do what was asked, if the form showed what is so now."""
        if request.form.get("shown", self.shown) != self.shown:
            raise StaleVersion("The figures changed since you opened this page. Nothing was saved; check them again.")
        return command()


@bp.route("/refunds/<uuid:refund_id>/paid", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def refund_paid(refund_id: uuid.UUID) -> ResponseReturnValue:
    found, form = looked_after.refund(refund_id), PaidOutForm()
    owed = money(found.owed, found.currency, cents=True)
    question = Question(
        f"Refund to {found.company_name}",
        f"{owed} is owed. Credit applied to invoices has already been deducted.",
        "Record payment",
        "Refund recorded as paid.",
        ("Billing", url_for("billing.desk")),
        over="" if found.owed else NOTHING,
    )
    return _answer(question, form, lambda: decisions.refund_paid(refund_id, actor=current_actor(), **form.to_input()))


@bp.route("/organisations/<uuid:organisation_id>/credit/paid", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def credit_paid(organisation_id: uuid.UUID) -> ResponseReturnValue:
    (name, found), form = looked_after.company_credit(organisation_id), CreditPaidForm()
    form.currency.choices = [(one.currency, one.currency) for one in found]
    sums = " and ".join(money(one.amount, one.currency, cents=True) for one in found)
    question = Question(
        f"Pay back {name}’s credit",
        f"{sums} was overpaid and not applied to an invoice.",
        "Record payment",
        "Credit recorded as paid out.",
        ("Billing", url_for("billing.desk")),
        over="" if found else f"{name} has no credit to pay out.",
    )
    return _answer(
        question, form, lambda: decisions.credit_paid(organisation_id, actor=current_actor(), **form.to_input())
    )


@bp.route("/clawbacks/<uuid:clawback_id>/repaid", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def clawback_repaid(clawback_id: uuid.UUID) -> ResponseReturnValue:
    """Record what a recruiter paid back."""
    found, form = looked_after.clawback(clawback_id), RepaidForm()
    question = Question(
        f"Repayment by {found.recruiter_name}",
        f"{money(found.open, found.currency, cents=True)} is outstanding, excluding amounts reserved by a payout run.",
        "Record repayment",
        "Repayment recorded.",
        ("Billing", url_for("billing.desk")),
        found.currency,
        over="" if found.open > 0 else NOTHING,
    )
    return _answer(
        question,
        form,
        lambda: payments.repaid(clawback_id, actor=current_actor(), **form.to_input(found.currency)),
    )


@bp.route("/clawbacks/<uuid:clawback_id>/write-off", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def write_off_clawback(clawback_id: uuid.UUID) -> ResponseReturnValue:
    found, form = looked_after.clawback(clawback_id), ReasonForm()
    question = Question(
        f"Write off what {found.recruiter_name} owes?",
        f"{money(found.open, found.currency, cents=True)} won’t be deducted from payouts. The platform covers it.",
        "Write off",
        "Written off.",
        ("Billing", url_for("billing.desk")),
        danger=True,
        over="" if found.open > 0 else NOTHING,
    )
    return _answer(
        question,
        form,
        lambda: decisions.write_off_clawback(clawback_id, actor=current_actor(), **form.to_input()),
    )


@bp.route("/invoices/<uuid:invoice_id>/write-off", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def write_off_invoice(invoice_id: uuid.UUID) -> ResponseReturnValue:
    found, form = documents.invoice(invoice_id, viewer=current_actor()), ReasonForm()
    question = Question(
        f"Write off {found.number}?",
        _borne(found),
        "Write off",
        "Written off.",
        (found.number, url_for("billing.show", invoice_id=invoice_id)),
        danger=True,
        over="" if found.outstanding > 0 else NOTHING,
    )
    return _answer(
        question, form, lambda: decisions.write_off_invoice(invoice_id, actor=current_actor(), **form.to_input())
    )


def _borne(found: ListedInvoice) -> str:
    """Say who bears what is outstanding on an invoice, and how much of it."""
    owed, bearers = found.outstanding, debts.bearers(found.placement_id, viewer=current_actor())
    said = f"{money(owed, found.currency, cents=True)} is outstanding."
    if not bearers:
        return f"{said} The platform covers it."
    sums = [f"{name} {money(amount, found.currency, cents=True)}" for name, amount in bearers]
    rest = owed - sum(amount for _, amount in bearers)
    platform = f" The platform covers the other {money(rest, found.currency, cents=True)}, with tax." if rest else ""
    return f"{said} Writing it off reduces what each person gets: {', '.join(sums)}.{platform}"


@bp.route("/payouts/<uuid:payout_id>/returned", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def payout_returned(payout_id: uuid.UUID) -> ResponseReturnValue:
    """Record that the bank returned the payment of a payout."""
    found, form = ledger.paid_item(payout_id), ReasonForm()
    question = Question(
        f"Payment to {found.recruiter_name} returned?",
        f"{money(found.net, found.currency, cents=True)} was returned. The payout is due again in the next run.",
        "Record return",
        "Return recorded. The payout is due again.",
        ("Payout run", url_for("billing.run", run_id=found.run_id)),
        danger=True,
    )
    return _answer(question, form, lambda: payments.returned(payout_id, actor=current_actor(), **form.to_input()))


@bp.route("/placements/<uuid:placement_id>/obligation/waive", methods=["GET", "POST"])
@policy(Permission.OBLIGATION_WAIVE)
def waive(placement_id: uuid.UUID) -> ResponseReturnValue:
    found, form = _owed(placement_id), FlaskForm()
    question = Question(
        "Waive replacement?",
        "There will be no replacement and no refund; the recruiters keep their shares.",
        "Waive replacement",
        "Waived. A replacement is no longer owed.",
        ("Money", url_for("earnings.placement", placement_id=placement_id)),
        found.currency,
        danger=True,
    )
    return _answer(question, form, lambda: lifecycle.waive(placement_id, actor=current_actor()))


@bp.route("/placements/<uuid:placement_id>/obligation/give-up", methods=["GET", "POST"])
@policy(Permission.OBLIGATION_GIVE_UP)
def give_up(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Give up on the replacement that is owed, for the company."""
    found, form = _owed(placement_id), FlaskForm()
    refund = found.obligation.refund_then if found.obligation else 0
    follows = (
        f"{money(refund, found.currency, cents=True)} of the fee will be refunded to the company now." if refund else ""
    )
    question = Question(
        "Give up on replacement?",
        follows or "The terms give no refund; the rest of the fee is paid out.",
        "Give up",
        "Recorded. The terms now apply.",
        ("Money", url_for("earnings.placement", placement_id=placement_id)),
        found.currency,
        danger=True,
    )
    return _answer(question, form, lambda: lifecycle.give_up(placement_id, actor=current_actor()))


def _owed(placement_id: uuid.UUID) -> placement_money.PlacementMoney:
    """Return the money of a placement, which may owe a replacement.

    Raises:
        NotFound: it has no money yet, or is not the viewer's to see.
    """
    return existing(placement_money.of_placement(placement_id, viewer=current_actor()))


def _answer(question: Question, form: FlaskForm, command: Callable[[], object]) -> ResponseReturnValue:
    """Ask, or do what was asked."""

    def show(status: int) -> ResponseReturnValue:
        return respond.page("billing/decide.html", status=status, q=question, form=form)

    return respond.submit(
        form,
        lambda: question.unless_changed(command),
        again=show,
        then=(question.place[1], question.done),
        once=True,
    )
