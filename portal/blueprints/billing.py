"""Invoices for companies and the platform; payout runs, refunds, clawbacks and the books for the platform."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.billing.documents import REFUND_CAUSE_LABELS, REFUND_STATE_LABELS
from portal.domain.billing.runs import MACHINE
from portal.domain.money import CURRENCIES, LIMITS_IN, to_major
from portal.domain.permissions import Permission
from portal.forms.billing import (
    AnnounceForm,
    CollectForm,
    ConsentForm,
    DetailsForm,
    LimitAnswerForm,
    LimitsForm,
    PayForm,
    ReceiptForm,
    ReverseForm,
)
from portal.policy import current_actor, policy, public
from portal.queries.billing import alarms, details, documents, ledger, listing, looked_after, payees, standings
from portal.queries.billing import limits as set_now
from portal.queries.billing.credit_notes import CREDIT_NOTES
from portal.queries.billing.limits import Limits
from portal.queries.billing.receipts import RECEIPTS
from portal.queries.disputes import holding
from portal.rendering import money_files
from portal.requests import lists, respond
from portal.services import billing_details
from portal.services.billing import invoices, limits, papers, payments, receipts, runs

bp = Blueprint("billing", __name__)
TONES = {"open": "info", "partly_paid": "info", "paid": "ok", "overdue": "bad", "credited": ""}
REFUND_TONES = {"credited": "", "owed": "warn", "paid": "ok"}


# --- invoices ---------------------------------------------------------------------------------------------------


@bp.get("/invoices")
@policy(Permission.INVOICE_VIEW)
def index() -> ResponseReturnValue:
    """Show invoices, with what is owed by age."""
    actor = current_actor()
    return lists.show(
        listing.INVOICES,
        "billing/invoices.html",
        beside=lambda: {
            "aging": documents.aging(actor),
            "credit": documents.credit(actor),
            "silent_email": details.silent_email(actor),
        },
        organisation_id=actor.organisation_id,
        names_company=documents.of_every_company(actor),
        tones=TONES,
    )


@bp.get("/receipts")
@policy(Permission.INVOICE_VIEW)
def all_receipts() -> ResponseReturnValue:
    """Show what companies have paid, and which invoices each payment is applied to."""
    return lists.show(RECEIPTS, "billing/receipts.html", names_company=documents.of_every_company(current_actor()))


@bp.get("/credit-notes")
@policy(Permission.INVOICE_VIEW)
def credit_notes() -> ResponseReturnValue:
    """Show credit notes, each with the status of its refund."""
    return lists.show(
        CREDIT_NOTES,
        "billing/credit_notes.html",
        names_company=documents.of_every_company(current_actor()),
        states=REFUND_STATE_LABELS,
        causes=REFUND_CAUSE_LABELS,
        tones=REFUND_TONES,
    )


@bp.get("/invoices/<uuid:invoice_id>")
@policy(Permission.INVOICE_VIEW)
def show(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Show an invoice as it was issued, and what has happened to it since."""
    return _invoice_page(invoice_id, AnnounceForm(formdata=None), ReceiptForm(formdata=None), 200)


@bp.get("/invoices/<uuid:invoice_id>/pdf")
@policy(Permission.INVOICE_VIEW)
def invoice_pdf(invoice_id: uuid.UUID) -> ResponseReturnValue:
    found = papers.of_invoice(invoice_id, actor=current_actor())
    return respond.file(found.content, found.name, "application/pdf")


@bp.get("/credit-notes/<uuid:credit_note_id>/pdf")
@policy(Permission.INVOICE_VIEW)
def credit_note_pdf(credit_note_id: uuid.UUID) -> ResponseReturnValue:
    found = papers.of_credit_note(credit_note_id, actor=current_actor())
    return respond.file(found.content, found.name, "application/pdf")


@bp.post("/invoices/<uuid:invoice_id>/announce")
@policy(Permission.PAYMENT_ANNOUNCE)
def announce(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Record that the company has paid."""
    form = AnnounceForm()
    return respond.submit(
        form,
        lambda: invoices.announce(invoice_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _invoice_page(invoice_id, form, ReceiptForm(formdata=None), status),
        then=(_at(invoice_id), "Payment reported. It’s applied once the platform has received it."),
        once=True,
    )


@bp.post("/invoices/<uuid:invoice_id>/receipts")
@policy(Permission.BILLING_MANAGE)
def receive(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Record money that came in."""
    form, actor = ReceiptForm(), current_actor()
    currency = documents.invoice(invoice_id, viewer=actor).currency
    return respond.submit(
        form,
        lambda: receipts.record(invoice_id, actor=actor, **form.to_input(currency)),
        again=lambda status: _invoice_page(invoice_id, AnnounceForm(formdata=None), form, status),
        then=(_at(invoice_id), "Receipt recorded."),
        once=True,
    )


@bp.route("/receipts/<uuid:receipt_id>/reverse", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def reverse(receipt_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then reverse a receipt after the bank returned the payment."""
    form, back = ReverseForm(), _paid_by(receipt_id)
    show = partial(respond.page, "billing/reverse.html", form=form, receipt_id=receipt_id, back=back)
    return respond.submit(
        form,
        lambda: receipts.reverse(receipt_id, actor=current_actor(), **form.to_input()),
        again=lambda status: show(status=status),
        then=(back, "Receipt reversed. What it had released is on hold again."),
        once=True,
    )


def _paid_by(receipt_id: uuid.UUID) -> str:
    """Return the address of the invoice that a receipt paid, or of the list if all of it is credit."""
    invoice_id = documents.invoice_of_receipt(receipt_id)
    return _at(invoice_id) if invoice_id else url_for("billing.index")


def _at(invoice_id: uuid.UUID) -> str:
    return url_for("billing.show", invoice_id=invoice_id)


def _invoice_page(
    invoice_id: uuid.UUID, announcing: AnnounceForm, receiving: ReceiptForm, status: int
) -> ResponseReturnValue:
    actor = current_actor()
    found, manages = documents.invoice(invoice_id, viewer=actor), actor.has(Permission.BILLING_MANAGE)
    if request.method != "POST" and "reported" in request.args:  # the form as the company's report fills it in
        receiving.process(received_on=found.announced_on, reference=found.announced_as)
    return respond.page(
        "billing/invoice.html",
        status=status,
        d=found,
        announcing=announcing if actor.has(Permission.PAYMENT_ANNOUNCE) else None,
        manages=manages,
        may_dispute=found.may_dispute(actor),
        dispute_id=holding.of_invoice(actor, invoice_id),
        receiving=receiving if manages and not found.pays_viewer else None,
        tones=TONES,
    )


def _own() -> uuid.UUID:
    found = current_actor().organisation_id
    assert found is not None, "who has a permission acts for an organization"
    return found


@bp.get("/billing-details")
@policy(Permission.TERMS_EDIT)
def details_page() -> ResponseReturnValue:
    """Show where the viewer's organization gets its invoices or, for the platform, who issues them."""
    found = details.details(_own(), viewer=current_actor())
    return _details_page(found, DetailsForm(obj=found), 200)


@bp.post("/billing-details")
@policy(Permission.TERMS_EDIT)
def set_details() -> ResponseReturnValue:
    """Save billing details; invoices that were issued keep theirs."""
    form, actor = DetailsForm(), current_actor()
    return respond.submit(
        form,
        lambda: billing_details.save(_own(), actor=actor, **form.to_input()),
        again=lambda status: _details_page(details.details(_own(), viewer=actor), form, status),
        then=lambda changed: respond.done(
            url_for("billing.details_page"),
            "Billing details saved. Copies go to the billing email once the recipient agrees."
            if "email" in changed and details.details(_own(), viewer=actor).is_waiting
            else "Billing details saved.",
        ),
    )


@bp.post("/billing-details/ask")
@policy(Permission.TERMS_EDIT)
def ask_address() -> ResponseReturnValue:
    """Ask the billing email once more whether it wants copies."""
    here = url_for("billing.details_page")
    return respond.press(
        lambda: billing_details.ask_again(actor=current_actor()),
        here,
        lambda email: respond.done(here, f"Request sent. Copies go to {email} once the recipient agrees."),
    )


@bp.route("/billing-address/<token>", methods=["GET", "POST"])
@public
def answer_for_address(token: str) -> ResponseReturnValue:
    """Ask the recipient at a billing address whether they want copies; opening the page is not an answer."""
    found, form = details.address(billing_details.address_of(token)), ConsentForm()
    return respond.submit(
        form,
        lambda: billing_details.answer(token, **form.to_input()),
        again=lambda status: respond.page("billing/address.html", status=status, found=found, form=form),
        then=(request.path, "Thank you. Your answer has been saved."),
    )


def _details_page(found: details.DetailsView, form: DetailsForm, status: int) -> ResponseReturnValue:
    is_platform = current_actor().has(Permission.BILLING_MANAGE)
    return respond.page("billing/details.html", status=status, form=form, found=found, is_platform=is_platform)


# --- the platform's desk ------------------------------------------------------------------------------------------


@bp.get("/admin/billing")
@policy(Permission.BILLING_MANAGE)
def desk() -> ResponseReturnValue:
    """Show runs, refunds and clawbacks, money at risk and the trial balance."""
    return _desk(CollectForm(formdata=None), 200)


def _desk(form: CollectForm, status: int) -> ResponseReturnValue:
    actor = current_actor()
    due_now = ledger.due_now(actor)
    form.currency.choices = [one.currency for one in due_now]
    return respond.page(
        "billing/desk.html",
        status=status,
        form=form,
        runs=ledger.open_runs(),
        due_now=due_now,
        troubles=alarms.troubles(),
        run_states=MACHINE.states,
        risks=ledger.at_risk(actor),
        held_back=payees.held_back(actor),
        refunds=looked_after.owed_refunds(),
        credits=looked_after.company_credits(),
        exposures=looked_after.exposures(),
        clawbacks=looked_after.open_clawbacks(actor),
        balances=ledger.trial_balance(),
        unbooked=looked_after.without_books(actor),
        zone=standings.document_zone(),
    )


@bp.route("/admin/billing/limits", methods=["GET", "POST"])
@policy(Permission.BILLING_MANAGE)
def set_limits() -> ResponseReturnValue:
    """Show and change the limits for a second approval and for small differences, by currency."""
    actor, form = current_actor(), LimitsForm()
    if request.method != "POST":
        return _limits_page(form, 200, fill=set_now.limits(actor, request.args.get("currency", "")))
    return respond.submit(
        form,
        lambda: limits.change(actor=actor, **form.to_input()),
        again=lambda status: _limits_page(form, status),
        then=lambda holds: respond.done(
            url_for("billing.set_limits"),
            "Limits saved." if holds else "Saved. The higher limit applies once another admin approves it.",
        ),
    )


@bp.post("/admin/billing/limits/<any(approve, reject):step>")
@policy(Permission.BILLING_MANAGE)
def answer_limit(step: str) -> ResponseReturnValue:
    """Approve or reject a higher limit that another admin proposed."""
    approved, form = step == "approve", LimitAnswerForm()
    return respond.press(
        lambda: limits.answer(actor=current_actor(), approved=approved, **form.to_input()),
        url_for("billing.set_limits"),
        "The higher limit now applies." if approved else "Rejected. The limit hasn’t changed.",
    )


def _limits_page(form: LimitsForm, status: int, *, fill: Limits | None = None) -> ResponseReturnValue:
    if fill is not None:
        form.four_eyes_minor.data = to_major(fill.four_eyes_minor, fill.shown_in)
        form.small_difference_minor.data = to_major(fill.small_difference_minor, fill.shown_in)
        form.currency.data, form.version.data = fill.currency, str(fill.version)
    return respond.page(
        "billing/limits.html",
        status=status,
        form=form,
        found=set_now.all_limits(current_actor()),
        currency=form.currency.data if form.currency.data in CURRENCIES else "",
        currencies=CURRENCIES,
        digits_of=LIMITS_IN,
    )


@bp.get("/admin/billing/runs")
@policy(Permission.BILLING_MANAGE)
def all_runs() -> ResponseReturnValue:
    """Show payout runs, the newest first."""
    return lists.show(listing.RUNS, "billing/runs.html", run_states=MACHINE.states)


@bp.get("/admin/billing/ledger")
@policy(Permission.BILLING_MANAGE)
def transfers() -> ResponseReturnValue:
    """Show the transfers of the ledger, the newest first."""
    return lists.show(
        listing.TRANSFERS,
        "billing/ledger.html",
        accounts=listing.ACCOUNT_LABELS,
        operations=listing.OPERATION_LABELS,
    )


@bp.post("/admin/billing/runs")
@policy(Permission.BILLING_MANAGE)
def collect() -> ResponseReturnValue:
    """Collect what is due in a currency into a run."""
    form = CollectForm()
    return respond.submit(
        form,
        lambda: runs.collect(actor=current_actor(), currency=form.currency.data),
        again=lambda status: _desk(form, status),
        then=lambda run_id: respond.done(
            url_for("billing.run", run_id=run_id), "Payouts collected. Review the run, then approve it."
        ),
        once=True,
    )


@bp.get("/admin/billing/runs/<uuid:run_id>")
@policy(Permission.BILLING_MANAGE)
def run(run_id: uuid.UUID) -> ResponseReturnValue:
    """Show a run by recruiter, or send it as CSV."""
    if request.args.get("format") == "csv":
        return respond.file(*money_files.run_csv(ledger.run(run_id), lists.style_of(current_actor())), "text/csv")
    return _run_page(run_id, PayForm(formdata=None), 200)


def _run_page(run_id: uuid.UUID, form: FlaskForm, status: int) -> ResponseReturnValue:
    found, me = ledger.run(run_id), current_actor().user_id
    pays_viewer = not found.is_over and any(line.user_id == me for line in found.lines)
    allowed = {str(action) for action, step in MACHINE.transitions.items() if found.state in step.sources}
    needs_second = found.needs_second and "approve" in allowed
    refused = {"approve", "pay"} if pays_viewer else {"approve"} if needs_second and found.collector_id == me else set()
    return respond.page(
        "billing/run.html",
        status=status,
        d=found,
        form=form,
        state=MACHINE.states[found.state],
        allowed=allowed - refused,
        needs_second=needs_second,
        pays_viewer=pays_viewer,
        me=me,
        zone=standings.document_zone(),
    )


STEPS: dict[str, tuple[Callable[..., uuid.UUID], str]] = {
    "approve": (runs.approve, "Run approved. Pay it, then enter the bank reference."),
    "cancel": (runs.cancel, "Run canceled. Its payouts are due again."),
}


@bp.post("/admin/billing/runs/<uuid:run_id>/<any(approve, cancel):step>")
@policy(Permission.BILLING_MANAGE)
def step(run_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Approve or cancel a run."""
    command, said = STEPS[step]
    form = FlaskForm()
    return respond.submit(
        form,
        lambda: command(run_id, actor=current_actor()),
        again=lambda status: _run_page(run_id, form, status),
        then=(url_for("billing.run", run_id=run_id), said),
        once=True,
    )


@bp.post("/admin/billing/runs/<uuid:run_id>/pay")
@policy(Permission.BILLING_MANAGE)
def pay(run_id: uuid.UUID) -> ResponseReturnValue:
    """Record that an approved run was paid."""
    form = PayForm()
    return respond.submit(
        form,
        lambda: payments.pay(run_id, actor=current_actor(), reference=form.reference.data),
        again=lambda status: _run_page(run_id, form, status),
        then=(url_for("billing.run", run_id=run_id), "Run paid. Each recruiter has been notified."),
        once=True,
    )


@bp.post("/admin/billing/adopt/<uuid:placement_id>")
@policy(Permission.BILLING_MANAGE)
def adopt(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Open the books for a placement from before there were any, and issue its invoice."""
    return respond.press(
        lambda: invoices.adopt(placement_id, actor=current_actor()),
        url_for("billing.desk"),
        "Invoice issued. Payouts follow the placement’s terms.",
    )
