"""Money as files: a payout run, which says what the bank is to pay to which accounts, and a recruiter's statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from portal.domain.money import to_major
from portal.domain.placements import local_day
from portal.queries.billing import payees, standings
from portal.queries.billing.earnings import Statement
from portal.queries.billing.ledger import RunDetail
from portal.rendering import spreadsheets
from portal.rendering.spreadsheets import Style

ACCOUNT = ("iban", "country", "account_number", "bank_code", "bic", "tax_id")
ABOUT = ("run", "collected", "paid", "recruiter", "account_holder")
RUN_HEADS = (*ABOUT, *ACCOUNT, "currency", "gross", "netted", "net", "reference")


def run_csv(found: RunDetail, style: Style = spreadsheets.PLAIN) -> tuple[str, str]:
    """Return amounts and each account in the clear as CSV, and the name of the file; days are those of the books."""
    zone = standings.document_zone()
    collected, *paid = (local_day(at, zone) for at in (found.collected_at, found.closed_at) if at)
    days = (collected, paid[0] if found.is_paid else None)
    accounts = payees.accounts_of(found.id)
    rows: list[tuple[object, ...]] = []
    for line in found.lines:
        sums = [to_major(amount, found.currency) for amount in (line.gross, line.netted, line.net)]
        name, account = accounts[line.recruiter_id]
        where = [getattr(account, part) for part in ACCOUNT]
        rows.append((found.id, *days, line.recruiter_name, name, *where, found.currency, *sums, line.reference))
    return spreadsheets.table(RUN_HEADS, rows, style), f"payout-run-{collected:%Y-%m-%d}-{found.currency}.csv"


STATEMENT_HEADS = ("Date", "What", "Candidate", "Invoice", "Document", "Currency", "Amount", "Deducted", "Balance")
NOTHING, UNMOVED = ("", "", ""), (None, None)  # what the first and the last line are about, and have moved


def statement_csv(found: Statement, kinds: Mapping[str, str], style: Style) -> tuple[str, str]:
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
    return spreadsheets.table(STATEMENT_HEADS, rows, style), f"statement-{found.month:%Y-%m}-{found.currency}.csv"
