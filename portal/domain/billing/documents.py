"""Documents (money.md §3): numbers, the state of an invoice as the books have it, aging and reminders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

PREFIXES = ("INV", "CN")
REFUND_CAUSE_LABELS = {
    "failure": "The placement failed",
    "obligation": "No replacement started",
    "dispute": "A dispute was decided",
    "linked": "It was a replacement",
    "correction": "The hire was corrected",
}
REFUND_CAUSES = tuple(REFUND_CAUSE_LABELS)
REFUND_STATE_LABELS = {"credited": "Nothing to pay back", "owed": "To be paid back", "paid": "Paid back"}
OBLIGATION_STATES = ("open", "fulfilled", "refunded", "lapsed", "waived")
WRITE_OFF_KINDS = ("difference", "bad_debt", "clawback")
REMINDER_DAYS = (-7, 0, 7, 14)  # around the due date
AGES = (("current", 0), ("1–30 days", 30), ("31–60 days", 60), ("61–90 days", 90), ("over 90 days", None))


@dataclass(frozen=True, slots=True)
class Details:
    """What a company says about where its invoices go, or the platform about who issues them."""

    legal_name: str
    address: str
    tax_id: str = ""
    email: str = ""
    bank_account: str = ""


class InvoiceState(StrEnum):
    """The states of an invoice, derived from the books and never stored."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    CREDITED = "credited"


STATE_LABELS = {state.value: state.value.replace("_", " ").capitalize() for state in InvoiceState}


def number(prefix: str, year: int, sequence: int) -> str:
    """Return the number that is printed: INV-2026-00001."""
    return f"{prefix}-{year}-{sequence:05d}"


def invoice_state(
    *, outstanding: int, received: int, total: int, credited: int, due_on: date, today: date
) -> InvoiceState:
    """Return the state of an invoice (money.md §9): with nothing outstanding paid or credited, else overdue first."""
    if outstanding == 0:
        return InvoiceState.PAID if received and credited < total else InvoiceState.CREDITED
    if today > due_on:
        return InvoiceState.OVERDUE
    return InvoiceState.PARTLY_PAID if received else InvoiceState.OPEN


def age(due_on: date, today: date) -> str:
    """Return the bucket of aging that an open invoice lies in."""
    days = (today - due_on).days
    return next(label for label, most in AGES if most is None or days <= most)


def due_reminder(due_on: date, issued_on: date, today: date, given: frozenset[int]) -> int | None:
    """Return the one reminder to send now, or None: after a pause the latest step only, and none before the issue."""
    passed = [step for step in REMINDER_DAYS if (today - due_on).days >= step and (due_on - issued_on).days > -step]
    if not passed:
        return None
    latest = max(passed)
    return None if any(step >= latest for step in given) else latest
