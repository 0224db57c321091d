"""Numbers of documents (money.md §3): one counter a kind and year, locked until the transaction that issues ends."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.domain.billing import documents
from portal.domain.errors import InvalidInput
from portal.domain.placements import local_day
from portal.domain.times import write_day
from portal.models import DocumentCounter, MoneySettings, PlatformSettings
from portal.services.machinery.unit_of_work import UnitOfWork

LONGEST_AGO = timedelta(days=5 * 365)  # the year is mistyped rather than meant


def settings(uow: UnitOfWork) -> MoneySettings:
    return uow.session.scalars(select(MoneySettings)).one()


def document_day(uow: UnitOfWork) -> date:
    """Return today's date as documents print it: in the platform's zone."""
    return local_day(uow.now, uow.session.scalars(select(PlatformSettings.time_zone)).one())


def check_moved(uow: UnitOfWork, field: str, on: date) -> None:
    """Refuse a day on which money is said to have moved that hasn't come yet where the actor is, or a mistyped year."""
    latest = max(document_day(uow), local_day(uow.now, uow.actor.time_zone))
    earliest = latest - LONGEST_AGO
    if earliest <= on <= latest:
        return
    what = "payment date" if field == "paid_on" else "date the payment arrived"
    bound = "today or earlier" if on > latest else f"{write_day(earliest)} or later"
    raise InvalidInput.field(field, f"Enter the {what}, {bound}.")


def allocate(uow: UnitOfWork, prefix: str, on: date, count: int) -> list[str]:
    """Return the next numbers of the year; whoever issues at the same moment waits, and a rollback gives them back."""
    counter = insert(DocumentCounter).values(kind=prefix, year=on.year, last=count)
    taken = counter.on_conflict_do_update(
        index_elements=["kind", "year"], set_={"last": DocumentCounter.last + count}
    ).returning(DocumentCounter.last)
    last = uow.session.scalars(taken).one()
    return [documents.number(prefix, on.year, sequence) for sequence in range(last - count + 1, last + 1)]
