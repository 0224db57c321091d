"""A payout run as a file: what the bank is to pay, and to which accounts."""

from __future__ import annotations

from portal.domain.money import to_major
from portal.domain.placements import local_day
from portal.queries.billing import payees, standings
from portal.queries.billing.ledger import RunDetail
from portal.rendering import spreadsheets
from portal.rendering.spreadsheets import Style

ACCOUNT = ("iban", "country", "account_number", "bank_code", "bic", "tax_id")
ABOUT = ("run", "collected", "paid", "recruiter", "account_holder")
HEADS = (*ABOUT, *ACCOUNT, "currency", "gross", "netted", "net", "reference")


def as_csv(found: RunDetail, style: Style = spreadsheets.PLAIN) -> tuple[str, str]:
    """Return amounts and each account in the clear as CSV, and the name of the file; days are those of the books."""
    zone = standings.document_zone()
    collected, *paid = (local_day(at, zone) for at in (found.run.collected_at, found.run.closed_at) if at)
    days = (collected, paid[0] if found.run.is_paid else None)
    accounts = payees.accounts_of(found.run.id)
    rows: list[tuple[object, ...]] = []
    for line in found.lines:
        sums = [to_major(amount, found.currency) for amount in (line.gross, line.netted, line.net)]
        name, account = accounts[line.recruiter_id]
        where = [getattr(account, part) for part in ACCOUNT]
        rows.append((found.run.id, *days, line.recruiter_name, name, *where, found.currency, *sums, line.reference))
    return spreadsheets.table(HEADS, rows, style), f"payout-run-{collected:%Y-%m-%d}-{found.currency}.csv"
