"""The time is the database's clock, so that no two machines disagree about an expiry; simulations and tests set it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Connection, DateTime, bindparam, func, select
from sqlalchemy.orm import Session

_simulated: datetime | None = None
_SIMULATED: BindParameter[datetime] = bindparam("simulated_now", type_=DateTime(timezone=True))
_CLOCK = select(func.clock_timestamp(type_=DateTime(timezone=True)))


def now_sql() -> ColumnElement[datetime]:
    """Return the SQL expression for now: the database's clock, unless a simulation has set the time."""
    if _simulated is not None:
        return bindparam(None, _simulated, type_=DateTime(timezone=True))
    return func.clock_timestamp(type_=DateTime(timezone=True))


def kept_now() -> ColumnElement[datetime]:
    """Return the same for a statement that is built once; each call of it gives `simulation()`."""
    return func.coalesce(_SIMULATED, func.clock_timestamp(type_=DateTime(timezone=True)))


def simulation() -> dict[str, datetime | None]:
    """Return what a statement with `kept_now()` is asked with: the time that a simulation has set."""
    return {_SIMULATED.key: _simulated}


def read(from_: Session | Connection) -> datetime:
    """Return now: read from the database, unless a simulation has set the time."""
    return _simulated or from_.execute(_CLOCK).scalar_one()


def seconds_ahead(from_: Connection) -> float:
    """Return by how much this machine's own clock is ahead of the database's."""
    asked = time.time()
    theirs: datetime = from_.execute(_CLOCK).scalar_one()
    return (asked + time.time()) / 2 - theirs.timestamp()


def simulated_time() -> datetime | None:
    """Return the time that a simulation has set."""
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
