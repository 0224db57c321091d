"""How a team answered the extension of a guarantee, which affects the money of those who agree (money.md §1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, cast, func, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal.domain.permissions import Actor
from portal.models import ExtensionConsent, Fee, GuaranteeExtension, Payout, Placement, Recruiter, User


@dataclass(frozen=True, slots=True)
class Consent:
    """How a recruiter on the team answered the latest extension; None if not yet."""

    recruiter_id: uuid.UUID
    name: str
    agreed: bool | None
    answer_by: date  # the end of the guarantee that the recruiter agreed to before


def consents() -> ColumnElement[Any]:
    """Select what those who were asked said to the latest extension of a placement."""
    c, extension = ExtensionConsent, GuaranteeExtension
    one = func.json_build_array(c.recruiter_id, User.name, c.agreed, c.answer_by)
    asked = (
        select(func.json_agg(aggregate_order_by(one, User.name)))
        .select_from(c)
        .join(extension, extension.id == c.extension_id)
        .join(Recruiter, Recruiter.id == c.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(extension.placement_id == Placement.id, extension.number == Placement.extensions)
    )
    return asked.correlate(Placement).scalar_subquery()


def own_end(viewer: Actor) -> ColumnElement[Any]:
    """Select the end of the guarantee that the viewer's own shares of a placement are under; NULL without any."""
    if viewer.recruiter_id is None:
        return cast(null(), Date)
    agreed = cast(func.max(func.greatest(Fee.agreed_days, Payout.extended_days)), Integer)
    mine = (
        select(cast(func.min(Fee.start_date) + agreed, Date))
        .select_from(Payout)
        .join(Fee, Fee.id == Payout.fee_id)
        .where(Payout.placement_id == Placement.id, Payout.recruiter_id == viewer.recruiter_id)
        .where(Fee.placement_id == Placement.id)  # it has not moved to a replacement
    )
    return mine.correlate(Placement).scalar_subquery()


def to_consent(values: Sequence[Any]) -> Consent:
    """Make the consent of one row of `consents`."""
    recruiter, name, agreed, answer_by = values
    return Consent(uuid.UUID(recruiter), name, agreed, date.fromisoformat(answer_by))
