"""A recruiter's statement as a file: from the opening balance to the closing one, a line for each movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from portal.domain.money import to_major
from portal.queries.billing.earnings import Statement
from portal.rendering import spreadsheets
from portal.rendering.spreadsheets import Style

HEADS = ("Date", "What", "Candidate", "Invoice", "Document", "Currency", "Amount", "Deducted", "Balance")
NOTHING, UNMOVED = ("", "", ""), (None, None)  # what the first and the last line are about, and have moved


def as_csv(found: Statement, kinds: Mapping[str, str], style: Style) -> tuple[str, str]:
    """Return a statement as CSV with the balance after each line, and the name of the file."""

    def row(
        on: date, what: str, about: tuple[str, str, str], moved: Sequence[int | None], balance: int
    ) -> tuple[object, ...]:
        sums = (None if minor is None else to_major(minor, found.currency) for minor in moved)
        return (on, what, *about, found.currency, *sums, to_major(balance, found.currency))

    balance = found.opening
    rows = [row(found.month, "Opening balance", NOTHING, UNMOVED, balance)]
    for line in found.lines:
        balance += line.amount
        what = kinds.get(line.kind, line.kind)
        about = (line.candidate_name, line.invoice, line.document)
        rows.append(row(line.at, what, about, (line.amount, line.deducted), balance))
    rows.append(row(found.last_day, "Closing balance", NOTHING, UNMOVED, found.closing))
    return spreadsheets.table(HEADS, rows, style), f"statement-{found.month:%Y-%m}-{found.currency}.csv"
