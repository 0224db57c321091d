"""Emails about money (money.md §8): invoices, payments, payouts, refunds, and replacements that are owed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from portal.domain.permissions import Actor
from portal.mailers.mailing import (
    Attached,
    Case,
    Mailing,
    Says,
    collaborators_and_admins,
    company_admins,
    recruiter,
)
from portal.mailers.rendering import amount, link_to
from portal.queries.recipients import Happened, Person
from portal.services import billing_details
from portal.services.billing import papers

Prints = Callable[[Happened, Actor], Attached]
INVOICE, EARNINGS, MONEY = "/invoices/{invoice_id}", "/earnings", "/placements/{placement_id}/money"
OUTCOMES = {
    "fulfilled": "A replacement has started, so the obligation is fulfilled.",
    "refunded": "No replacement started, so the refund follows automatically.",
    "lapsed": "No replacement started, and the terms give no refund.",
    "waived": "The company waived it.",
}


def _sum(case: Case, _person: Person) -> Mapping[str, Any]:
    """Return the amount of the event, as figures and in words."""
    payload = case.event.payload
    figures = {"amount_minor": payload["amount_minor"], "currency": payload["currency"]}
    return {**figures, "amount": amount(payload["amount_minor"], payload["currency"])}


def _invoice(case: Case, person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    about = {"number": payload["number"], "due_on": case.day("due_on"), "replaces": payload.get("replaces", "")}
    received = payload.get("received_minor", 0)
    paid = {"received_minor": received, "left_minor": payload["amount_minor"] - received}
    return {**paid, **_sum(case, person), **about}


def _reminder(case: Case, person: Person) -> Mapping[str, Any]:
    days = int(case.event.payload["days"])
    when = "is due today" if days == 0 else f"is due in {-days} days" if days < 0 else f"is {days} days overdue"
    return {**_invoice(case, person), "when": when, "announced": case.event.payload["announced"]}


def _received(case: Case, person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    figures = {"left_minor": payload.get("left_minor", 0), "over_minor": payload.get("over_minor", 0)}
    return {**_invoice(case, person), **figures, "received_on": case.day("received_on")}


def _credit_note(case: Case, person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    total = payload["amount_minor"] + payload["tax_minor"]
    about = {"number": payload["number"], "is_replaced": payload.get("is_replaced", False)}
    return {**_sum(case, person), **about, "tax_minor": payload["tax_minor"], "total_minor": total}


def _due(case: Case, person: Person) -> Mapping[str, Any]:
    """Return the amount and the day of the run that pays it, None of an event that does not know it."""
    return {**_sum(case, person), "run_on": case.day("next_run_on") if case.event.payload.get("next_run_on") else None}


def _paid(case: Case, person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    net = payload["amount_minor"] - payload["netted_minor"]
    about = {"netted_minor": payload["netted_minor"], "net_minor": net, "reference": payload["reference"]}
    return {**_sum(case, person), **about}


def _waiting(case: Case, person: Person) -> Mapping[str, Any]:
    """Return why a payout waits again: its guarantee runs, or the invoice that covered it is unpaid again."""
    covered = case.event.payload.get("is_covered")
    why = ("the guarantee is still running", "the guarantee has ended")
    unpaid = ("the payment that covered it was returned", "the invoice is paid in full")
    return {**_sum(case, person), **dict(zip(("why", "until"), why if covered else unpaid, strict=True))}


def _returned(case: Case, person: Person) -> Mapping[str, Any]:
    return {**_due(case, person), "reason": case.event.payload["reason"]}


def _refund(case: Case, person: Person) -> Mapping[str, Any]:
    return {**_sum(case, person), "tax_minor": case.event.payload["tax_minor"]}


def _refund_paid(case: Case, person: Person) -> Mapping[str, Any]:
    return {**_sum(case, person), "paid_on": case.day("paid_on")}


def _owed(case: Case, person: Person) -> Mapping[str, Any]:
    acts = case.recruiter
    about = {"first": acts.name, "is_first": acts.user_id == person.user_id}
    return {"due_on": case.day("due_on"), "zone": case.placement.time_zone, **about}


def _closed(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"outcome": OUTCOMES[case.event.payload["outcome"]]}


def _payee(case: Case, _person: Person) -> Mapping[str, Any]:
    done = "added" if case.event.payload["is_first"] else "changed"
    return {"at": case.event.at, "usable_at": case.at("usable_at"), "done": done}


def _first_and_admins(case: Case) -> Iterable[Person]:
    """Return who acts first, and the admins of the company."""
    return (case.recruiter, *company_admins(case))


def _billing_address(case: Case) -> Iterable[Person]:
    """Return whoever reads a billing address: nobody's account, so that the email is filed under who named it."""
    address = case.facts.billing_addresses.get(_id(case.event, "consent_id"))
    asker = case.facts.users[_id(case.event, "user_id")]
    return (replace(asker, email=address.email, name=address.company),) if address else ()


def _naming(_case: Case, person: Person) -> Mapping[str, Any]:
    return {"customer": person.name, "email": person.email}


def _link(event: Happened) -> Mapping[str, Any]:
    """Make the link by which an address answers, from what only the running portal knows."""
    return {"url": link_to(f"/billing-address/{billing_details.token_of(_id(event, 'consent_id'))}")}


def _print_invoice(event: Happened, actor: Actor) -> Attached:
    found = papers.of_invoice(_id(event, "invoice_id"), actor=actor)
    return Attached(found.name, "application/pdf", found.content)


def _print_credit_note(event: Happened, actor: Actor) -> Attached:
    found = papers.of_credit_note(_id(event, "credit_note_id"), actor=actor)
    return Attached(found.name, "application/pdf", found.content)


def _id(event: Happened, name: str) -> Any:
    return event.uuid(name)


def _document(template: str, subject: str, path: str, says: Says, prints: Prints | None = None) -> Mailing:
    """Declare an email about an invoice: to the admins of the company, and a copy to its billing address."""
    return Mailing(template, company_admins, subject, path, says, attached=prints, to_billing=True)


MAILINGS = (
    _document("invoice_issued", "Invoice {number}: {amount}", INVOICE, _invoice, _print_invoice),
    _document("invoice_reminded", "Invoice {number} {when}", INVOICE, _reminder),
    _document("payment_received", "Payment received: {amount} for {number}", INVOICE, _received),
    _document("payment_reversed", "Payment returned by the bank: {amount}", "/invoices", _sum),
    _document("credit_note_issued", "Credit note {number}", INVOICE, _credit_note, _print_credit_note),
    Mailing("payout_due", recruiter, "Payout due: {amount} for {candidate}", MONEY, _due),
    Mailing("payout_paid", recruiter, "Payout paid: {amount} for {candidate}", EARNINGS, _paid),
    Mailing("payout_waiting", recruiter, "Payout on hold again: {amount} for {candidate}", MONEY, _waiting),
    Mailing("payout_returned", recruiter, "Payout returned by the bank: {amount} for {candidate}", EARNINGS, _returned),
    Mailing("payee_changed", recruiter, "Your bank details were {done}", "/earnings/payee", _payee),
    Mailing(
        "billing_address",
        _billing_address,
        "Would you like copies of {customer}’s invoices?",
        "/billing-details",
        _naming,
        secret=_link,
    ),
    Mailing("clawback_opened", recruiter, "You owe {amount}: {candidate}", MONEY, _sum),
    Mailing("refund_owed", collaborators_and_admins, "Refund decided: {amount} for {candidate}", MONEY, _refund),
    Mailing("refund_paid", company_admins, "Refund paid: {amount} for {candidate}", MONEY, _refund_paid),
    Mailing("credit_paid", company_admins, "Credit paid out: {amount}", "/invoices", _refund_paid),
    Mailing("obligation_opened", _first_and_admins, "Replacement owed: {candidate}", MONEY, _owed),
    Mailing("obligation_expiring", _first_and_admins, "Replacement due soon: {candidate}", MONEY, _owed),
    Mailing("obligation_closed", collaborators_and_admins, "Replacement no longer owed: {candidate}", MONEY, _closed),
)
