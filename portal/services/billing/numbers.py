"""Numbers of documents (money.md §3): one counter a kind and year, locked until the transaction that issues ends."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.domain.billing import documents
from portal.domain.errors import InvalidInput
from portal.domain.placements import local_day
from portal.models import DocumentCounter, MoneySettings, PlatformSettings
from portal.services.machinery.unit_of_work import UnitOfWork


def settings(uow: UnitOfWork) -> MoneySettings:
    return uow.session.scalars(select(MoneySettings)).one()


def document_day(uow: UnitOfWork) -> date:
    """Return today's date as documents print it: in the platform's zone."""
    return local_day(uow.now, uow.session.scalars(select(PlatformSettings.time_zone)).one())


def refuse_future(uow: UnitOfWork, field: str, on: date) -> None:
    """Refuse a day on which money is said to have moved that has not come yet."""
    if on > document_day(uow):
        what = "payment date" if field == "paid_on" else "date the payment arrived"
        raise InvalidInput.field(field, f"Enter the {what}, today or earlier.")


def allocate(uow: UnitOfWork, prefix: str, on: date, count: int) -> list[str]:
    """Return the next numbers of the year; whoever issues at the same moment waits, and a rollback gives them back."""
    counter = insert(DocumentCounter).values(kind=prefix, year=on.year, last=count)
    taken = counter.on_conflict_do_update(
        index_elements=["kind", "year"], set_={"last": DocumentCounter.last + count}
    ).returning(DocumentCounter.last)
    last = uow.session.scalars(taken).one()
    return [documents.number(prefix, on.year, sequence) for sequence in range(last - count + 1, last + 1)]
