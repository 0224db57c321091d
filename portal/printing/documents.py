"""Invoices and credit notes on A4 (money.md §3), as they were issued: nothing that happened later is on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from portal.domain.people import NumberFormat
from portal.printing.paper import Paper
from portal.wording import notation, writing
from portal.wording.amounts import money

TAX_ROUNDING = (
    "Tax is calculated on the whole fee and rounded to the currency’s smallest unit, with half a unit rounded up."
)
Details = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a document says; amounts are minor units of its currency."""

    title: str
    number: str
    currency: str
    issuer: Details
    billed_to: Details
    issued_on: date
    lines: Sequence[tuple[str, int]]
    due_on: date | None = None  # of an invoice
    refers_to: str = ""  # the invoice that a credit note takes back, or that this one replaces
    taxed: bool = False
    paid: int = 0  # what counted for an invoice when it was issued: paid for the one that it replaces, or credit

    @property
    def total(self) -> int:
        """Return the sum of the lines."""
        return sum(amount for _, amount in self.lines)


def printed(said: Printed) -> bytes:
    """Print a document; amounts and days are written one way, whoever reads it."""
    with notation.using(NumberFormat.COMMA_POINT):
        return _printed(said)


def _printed(said: Printed) -> bytes:
    texts = [*said.issuer.values(), *said.billed_to.values(), *(text for text, _ in said.lines)]
    paper = Paper(f"{said.title} {said.number}", said.issued_on, texts)
    paper.write_columns([("From", _party(said.issuer)), ("To", _party(said.billed_to))])
    paper.write_columns([("Details", _facts(said)), *_payment(said)])
    rows = [(text, _amount(said, amount)) for text, amount in said.lines]
    paper.write_sums(("Description", f"Amount in {said.currency}"), [*rows, *_sums(said)])
    if said.taxed:
        paper.write_plain(TAX_ROUNDING, size=8)
    return paper.to_bytes()


def _sums(said: Printed) -> list[tuple[str, str]]:
    """Return the total and, of an invoice of which something is paid, what is left."""
    paid = [("Already paid", said.paid), ("Left to pay", said.total - said.paid)] if said.paid else []
    return [(text, _amount(said, amount)) for text, amount in (("Total", said.total), *paid)]


def _amount(said: Printed, minor: int) -> str:
    return money(minor, said.currency, cents=True)


def _party(details: Details) -> list[str]:
    tax_id = details.get("tax_id")
    return [
        details.get("legal_name", ""),
        *details.get("address", "").splitlines(),
        f"Tax ID: {tax_id}" if tax_id else "",
        details.get("email", ""),
    ]


def _facts(said: Printed) -> list[str]:
    return [
        f"Number: {said.number}",
        f"Date: {day_in_full(said.issued_on)}",
        f"Due: {day_in_full(said.due_on)}" if said.due_on else "",
        said.refers_to,
    ]


def _payment(said: Printed) -> list[tuple[str, Sequence[str]]]:
    """Return how an invoice is paid; a credit note asks for no money."""
    if said.due_on is None:
        return []
    account = said.issuer.get("bank_account", "")
    return [("Payment", [f"Account: {writing.account(account)}" if account else "", f"Reference: {said.number}"])]


def day_in_full(on: date) -> str:
    """Return a day as a document writes it."""
    return format_date(on, "d MMMM yyyy", locale="en")
