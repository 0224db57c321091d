"""What the tables share: column types and small builders of constraints."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base

Identity = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
MaybeMoment = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]
Words = Annotated[str, mapped_column(Text)]
MaybeWords = Annotated[str | None, mapped_column(Text)]
JsonObject = Annotated[dict[str, object], mapped_column(JSONB)]

IDENTITY, ATS, NETWORK, OUTBOX, BILLING = "identity", "ats", "network", "notifications", "billing"
SCHEMAS = (IDENTITY, ATS, NETWORK, OUTBOX, BILLING)

__all__ = ["Base"]


class Made:
    """What a row says of its making: when, and by whom."""

    at: Mapped[Moment]
    by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))


class StateStep(Made):
    """A step in the history of a row that has states; the first one comes from none."""

    id: Mapped[Identity]
    from_state: Mapped[MaybeWords]
    to_state: Mapped[Words]
    notes: Mapped[Words] = mapped_column(server_default="")


def among(column: str, values: Iterable[str]) -> str:
    """Write the condition that a column has one of some values of the domain."""
    listed = ", ".join(f"'{v}'" for v in values)
    return f"{column} IN ({listed})"


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Refuse a value outside the enum of the domain."""
    return CheckConstraint(among(column, values), name=column)


def known_zone() -> CheckConstraint:
    """Refuse anything that isn't the name of a time zone: every query and page that uses it would break."""
    return CheckConstraint("identity.is_time_zone(time_zone)", name="time_zone")


def in_order(earlier: str, later: str, *, name: str) -> CheckConstraint:
    """Refuse a window that ends before it starts."""
    return CheckConstraint(f"{later} > {earlier}", name=name)
