"""Who would bear a bad debt, before it is written off."""

from __future__ import annotations

import uuid

from portal.domain.billing import consequences
from portal.domain.billing.facts import DebtWrittenOff
from portal.domain.permissions import Actor
from portal.queries.billing import limits, standings


def bearers(placement_id: uuid.UUID, *, viewer: Actor) -> tuple[tuple[str, int], ...]:
    """Return whose shares what is outstanding of a fee is taken from, and how much of each, in minor units.

    That is nobody's if it is a small difference, which the platform covers (money.md §9).
    """
    loaded = standings.of_placement(placement_id)
    if loaded is None:
        return ()
    standing, names = loaded.standing, {str(row.recruiter_id): row.recruiter_name for row in loaded.rows}
    if standing.outstanding <= limits.limits(viewer, loaded.fee.currency).small_difference_minor:
        return ()
    lost = consequences.of_bad_debt(standing, DebtWrittenOff(on=standings.document_day(viewer.now)))
    return tuple((names[recruiter], amount) for recruiter, amount in lost.items() if recruiter and amount)
