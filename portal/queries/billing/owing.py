"""What of a refund is still to be paid back: credit pays a company's next invoices, out of its oldest refunds first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, exists, func, select
from sqlalchemy.orm import aliased

from portal.domain.billing.ledger import AccountKind
from portal.models import LedgerAccount, Refund, RefundPayment

_newer = aliased(Refund)


def left() -> ColumnElement[int]:
    """Select what is left to pay of a refund that was not paid: what the credit has beyond newer refunds."""
    account = LedgerAccount
    of_company = (account.owner_id == Refund.company_id, account.currency == Refund.currency)
    credit = select(account.credits_minor - account.debits_minor)
    credit = credit.where(account.kind == AccountKind.REFUNDABLE, *of_company).correlate(Refund)
    newer = select(func.coalesce(cast(func.sum(_newer.owed_minor), BigInteger), 0)).where(
        _newer.company_id == Refund.company_id,
        _newer.currency == Refund.currency,
        _newer.id > Refund.id,
        ~exists().where(RefundPayment.refund_id == _newer.id).correlate(_newer),
    )
    there = func.coalesce(credit.scalar_subquery(), 0) - newer.correlate(Refund).scalar_subquery()
    return cast(func.greatest(func.least(Refund.owed_minor, there), 0), BigInteger)


# Both of a refund that is joined with its payment, if it has one.
owed: Any = case((RefundPayment.id.is_not(None), RefundPayment.amount_minor), else_=left())
state: Any = case((RefundPayment.id.is_not(None), "paid"), (left() == 0, "credited"), else_="owed")
