"""The time is the database's clock, so that no two machines disagree about an expiry; simulations and tests set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, DateTime, bindparam, func, select
from sqlalchemy.orm import Session

_simulated: datetime | None = None


def now_sql() -> ColumnElement[datetime]:
    """Return the SQL expression for now: the database's clock, unless a simulation has set the time."""
    if _simulated is not None:
        return bindparam(None, _simulated, type_=DateTime(timezone=True))
    return func.clock_timestamp(type_=DateTime(timezone=True))


def read(from_: Session | Connection) -> datetime:
    """Return now: read from the database, unless a simulation has set the time."""
    return _simulated or from_.execute(select(now_sql())).scalar_one()


def simulated_time() -> datetime | None:
    """Return the time that a simulation has set: what a statement that is kept was built for."""
    return _simulated


@contextmanager
def simulated(at: datetime) -> Iterator[None]:
    """Set the time to `at` in this whole process: for demo data and tests, never while serving."""
    global _simulated
    before, _simulated = _simulated, at
    try:
        yield
    finally:
        _simulated = before
