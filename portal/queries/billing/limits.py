"""The platform's limits of money, and a higher one that waits for a second admin."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import MoneySettings, User


@dataclass(frozen=True, slots=True)
class Limits:
    """What is set, in the smallest unit of any currency; `may_approve` says whether the viewer is the second admin."""

    four_eyes_minor: int
    small_difference_minor: int
    version: int
    proposed_minor: int | None
    proposed_by: str
    may_approve: bool


def limits(viewer: Actor) -> Limits:
    """Return the limits as they are now."""
    m = MoneySettings
    query = select(m.four_eyes_minor, m.small_difference_minor, m.version, m.proposed_minor, m.proposed_by, User.name)
    row = reading().execute(query.outerjoin(User, User.id == m.proposed_by)).one()
    can = row.proposed_minor is not None and row.proposed_by != viewer.user_id
    return Limits(*row[:4], row.name or "", can)
