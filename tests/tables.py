"""Look into tables, and change what no service does."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import MarketplaceEvent, PlatformSettings, SplitSheet

T = TypeVar("T")


def row(model: type[T], id: uuid.UUID) -> T:
    """Read one row."""
    with Session(db.engine) as session:
        return session.get_one(model, id)


def rows(model: type[T], *where: ColumnElement[bool]) -> list[T]:
    """Read rows in the order in which they were made."""
    with Session(db.engine) as session:
        return list(session.scalars(select(model).where(*where).order_by(model.id)))


def count(model: type[Any], *where: ColumnElement[bool]) -> int:
    """Count the rows of a table."""
    with Session(db.engine) as session:
        return session.scalars(select(func.count()).select_from(model).where(*where)).one()


def events(kind: str) -> list[MarketplaceEvent]:
    """Read the events of a type, the first one first."""
    return rows(MarketplaceEvent, MarketplaceEvent.type == kind)


def sheets(placement_id: uuid.UUID) -> list[SplitSheet]:
    """Read the versions of a split, the first one first."""
    query = select(SplitSheet).where(SplitSheet.placement_id == placement_id).order_by(SplitSheet.version)
    with Session(db.engine) as session:
        return list(session.scalars(query))


def allow(**limits: int) -> None:
    """Set limits of the platform."""
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(**limits))
