"""What is wrong with the books at a glance: for /readyz and the platform's first page."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.domain.billing.ledger import AccountKind
from portal.extensions import reading
from portal.models import LedgerAccount


def troubles() -> tuple[str, ...]:
    """Return in which currency debits are not credits, and where more was paid than came in."""
    account = LedgerAccount
    moved = func.sum(account.debits_minor - account.credits_minor)
    cash = func.sum(account.debits_minor - account.credits_minor).filter(account.kind == AccountKind.CASH)
    query = (
        select(account.currency, moved, func.coalesce(cash, 0)).group_by(account.currency).order_by(account.currency)
    )
    said: list[str] = []
    for currency, difference, left in reading().execute(query):
        if difference:
            said.append(f"The ledger’s accounts in {currency} do not add up to zero.")
        if left < 0:
            said.append(f"More {currency} has been paid out than received.")
    return tuple(said)
