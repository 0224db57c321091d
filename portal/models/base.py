"""What the tables share: column types and small builders of constraints."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

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
