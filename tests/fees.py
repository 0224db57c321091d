"""Fees for tests of money: the founding example's team, and facts by the day of the guarantee."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from portal.domain.billing import operations as rules
from portal.domain.billing.facts import Activated, Fact, Issued, Received
from portal.domain.billing.ledger import AccountKind, Operation, balances
from portal.domain.billing.schedule import Row
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms

START = date(2026, 1, 5)
FEE = 2_500_000
TEAM = (
    Row("sourcer", "rita", 4_000),
    Row("submitter", "omar", 3_000),
    Row("closer", "lena", 2_000),
    Row("support", "noor", 1_000),
)
PLATFORM_TERMS = {"platform_bp": 500, "remedy": "pro_rata"}


def on(day: int) -> date:
    """Return the date of a day of the guarantee."""
    return START + timedelta(days=day)


def activated(rows: Iterable[Row] = TEAM, days: int = 90) -> Activated:
    """Lock the sheet."""
    return Activated(on=START, rows=tuple(rows), start=START, days=days)


def issued(day: int = 0) -> Issued:
    """Issue the invoice, payable in 30 days."""
    return Issued(on=on(day), invoice="invoice", due_on=on(day + 30))


def received(amount: int, day: int = 10) -> Received:
    """Record that money came in."""
    return Received(on=on(day), amount=amount, received_on=on(day))


def booked(facts: Iterable[Fact], fee: int = FEE, **terms: Any) -> tuple[Standing, tuple[Operation, ...]]:
    """Book an activation, an invoice, and what is said."""
    start = rules.begin(Terms(**terms), "placement", "acme", fee)
    return rules.operations(start, [activated(), issued(), *facts])


def balance(operations: Iterable[Operation], kind: str, party: str = "") -> int:
    """Return the balance of all accounts of a kind, or of those of a party or owner."""
    return sum(
        amount
        for ref, amount in balances(operations).items()
        if ref.kind == AccountKind(kind) and party in {"", ref.party, ref.owner}
    )


def by_party(operations: Iterable[Operation], kind: str) -> list[int]:
    """Return the balances of a kind for the team: payable and clawback by recruiter, held by row."""
    names = [row.holder if kind == "held" else row.recruiter for row in TEAM]
    return [balance(operations, kind, name) for name in names]
