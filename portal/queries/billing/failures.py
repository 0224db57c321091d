"""What reporting a failure would mean for the money of a placement, shown before it is reported (money.md §5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal import access
from portal.domain.billing import consequences
from portal.domain.billing.consequences import Consequence, GivenBack
from portal.domain.billing.facts import Failed
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import FailureReason, check_last_day, check_no_show, check_reported, local_day
from portal.extensions import reading
from portal.models import FeePlacement, Placement
from portal.queries.billing import standings
from portal.queries.billing.standings import Loaded

_CHANGE = Permission.PLACEMENT_CHANGE


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that is being typed: what the terms decide, and what each gives back.

    What of it was paid out already is for those who see payouts.
    """

    consequence: Consequence
    currency: str
    last_day: date | None  # None: never came
    given: tuple[tuple[str, GivenBack], ...]  # the name, empty for the platform
    sees_payouts: bool

    @property
    def to_company(self) -> int:
        """Return what goes back to the company, with its tax."""
        return self.consequence.refund + self.consequence.tax


def typed(placement_id: uuid.UUID, *, viewer: Actor, last_day: date | None, reason: str) -> Failure | None:
    """Return what a failure would mean, with today as the last day if none is typed; None when no fee was earned yet.

    Raises:
        InvalidInput: the last day cannot be, or is after a completed guarantee; or that nobody came is told too late.
    """
    columns = (Placement.state, Placement.guarantee_end_date, Placement.report_grace_days)
    query = select(FeePlacement.fee_id, *columns).join(Placement, Placement.id == FeePlacement.placement_id)
    query = query.where(Placement.id == placement_id, access.visible(Placement, viewer))
    row = reading().execute(query).one_or_none()
    if row is None:
        return None
    loaded = standings.with_cases(standings.of_fees([row.fee_id])[row.fee_id])
    fact = _fact(loaded, viewer, last_day, reason)
    if reason == FailureReason.NO_SHOW and loaded.standing.start is not None and viewer.scope(_CHANGE) is not Scope.ANY:
        check_no_show(loaded.standing.start, row.report_grace_days, fact.on)
    if fact.last_day is not None:
        check_reported(row.state, row.guarantee_end_date, fact.last_day)
    found = consequences.of_failure(loaded.standing, fact)
    sees_payouts = viewer.scope(Permission.MONEY_VIEW) is Scope.ANY
    return Failure(found, loaded.fee.currency, fact.last_day, _given(loaded, found), sees_payouts)


def _fact(loaded: Loaded, viewer: Actor, last_day: date | None, reason: str) -> Failed:
    today, start = local_day(viewer.now, loaded.fee.time_zone), loaded.standing.start
    if reason == FailureReason.NO_SHOW or start is None or (last_day is None and today < start):
        return Failed(on=today, last_day=None, reason=reason)
    worked = last_day or today
    check_last_day(worked, start, today)
    return Failed(on=today, last_day=worked, reason=reason)


def _given(loaded: Loaded, found: Consequence) -> tuple[tuple[str, GivenBack], ...]:
    names = {str(row.recruiter_id or ""): row.recruiter_name for row in loaded.rows}
    given = ((name, found.given_by(recruiter)) for recruiter, name in names.items())
    return tuple((name, back) for name, back in given if back.total)
