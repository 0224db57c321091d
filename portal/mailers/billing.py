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
    nothing_more,
    recruiter,
)
from portal.mailers.rendering import link_to
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


def _invoice(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"left_minor": case.said["amount_minor"] - case.said["received_minor"]}


def _reminder(case: Case, _person: Person) -> Mapping[str, Any]:
    days = int(case.event.payload["days"])
    return {
        "when": "is due today" if days == 0 else f"is due in {-days} days" if days < 0 else f"is {days} days overdue"
    }


def _credit_note(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"total_minor": case.event.payload["amount_minor"] + case.event.payload["tax_minor"]}


def _paid(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"net_minor": case.event.payload["amount_minor"] - case.event.payload["netted_minor"]}


def _waiting(case: Case, _person: Person) -> Mapping[str, Any]:
    """Return why a payout waits again: its guarantee runs, or the invoice that covered it is unpaid again."""
    covered = case.event.payload.get("is_covered")
    why = ("the guarantee is still running", "the guarantee has ended")
    unpaid = ("the payment that covered it was returned", "the invoice is paid in full")
    return dict(zip(("why", "until"), why if covered else unpaid, strict=True))


def _owed(case: Case, person: Person) -> Mapping[str, Any]:
    return {"first": case.recruiter.name, "is_first": case.recruiter.user_id == person.user_id}


def _closed(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"outcome": OUTCOMES[case.event.payload["outcome"]]}


def _payee(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"done": "added" if case.event.payload["is_first"] else "changed"}


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


def _document(
    template: str, subject: str, path: str, says: Says = nothing_more, *, attached: Prints | None = None
) -> Mailing:
    """Declare an email about an invoice: to the admins of the company, and a copy to its billing address."""
    return Mailing(template, company_admins, subject, path, says, attached=attached, to_billing=True)


MAILINGS = (
    _document("invoice_issued", "Invoice {number}: {amount}", INVOICE, _invoice, attached=_print_invoice),
    _document("invoice_reminded", "Invoice {number} {when}", INVOICE, _reminder),
    _document("payment_received", "Payment received: {amount} for {number}", INVOICE),
    _document("payment_reversed", "Payment returned by the bank: {amount}", "/invoices"),
    _document("credit_note_issued", "Credit note {number}", INVOICE, _credit_note, attached=_print_credit_note),
    Mailing("payout_due", recruiter, "Payout due: {amount} for {candidate}", MONEY),
    Mailing("payout_paid", recruiter, "Payout paid: {amount} for {candidate}", EARNINGS, _paid),
    Mailing("payout_waiting", recruiter, "Payout on hold again: {amount} for {candidate}", MONEY, _waiting),
    Mailing("payout_returned", recruiter, "Payout returned by the bank: {amount} for {candidate}", EARNINGS),
    Mailing("payee_changed", recruiter, "Your bank details were {done}", "/earnings/payee", _payee),
    Mailing(
        "billing_address",
        _billing_address,
        "Would you like copies of {customer}’s invoices?",
        "/billing-details",
        _naming,
        secret=_link,
    ),
    Mailing("clawback_opened", recruiter, "You owe {amount}: {candidate}", MONEY),
    Mailing("refund_owed", collaborators_and_admins, "Refund decided: {amount} for {candidate}", MONEY),
    Mailing("refund_paid", company_admins, "Refund paid: {amount} for {candidate}", MONEY),
    Mailing("credit_paid", company_admins, "Credit paid out: {amount}", "/invoices"),
    Mailing("obligation_opened", _first_and_admins, "Replacement owed: {candidate}", MONEY, _owed),
    Mailing("obligation_expiring", _first_and_admins, "Replacement due soon: {candidate}", MONEY, _owed),
    Mailing("obligation_closed", collaborators_and_admins, "Replacement no longer owed: {candidate}", MONEY, _closed),
)
