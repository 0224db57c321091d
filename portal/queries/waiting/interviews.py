"""What waits around interviews: their results."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, cast, func

from portal.access import visible
from portal.domain.permissions import Actor, Role
from portal.models import Interview, Proposal
from portal.queries.waiting.kinds import waits
from portal.queries.waiting.rows import is_hired, rows, with_names, worth_of_proposal


@waits(
    Role.COMPANY_ADMIN,
    Role.HIRING_MANAGER,
    what="{about}: record how the interview went",
    verb="Record the result",
    path="/interviews/{id}/result",
)
def interview(viewer: Actor, kind: str) -> Select[Any]:
    """What is over and has no result; after the hire nobody is asked for it."""
    over = Interview.starts_at + func.make_interval(0, 0, 0, 0, 0, cast(Interview.minutes, Integer))
    return rows(
        viewer,
        kind,
        Interview.id,
        visible(Proposal, viewer),
        Proposal.state == "accepted",
        Interview.outcome.is_(None),
        over <= viewer.now,
        ~is_hired(),
        start=with_names(Proposal).join(Interview.__table__, Interview.proposal_id == Proposal.id),
        due=over,
        state=Proposal.state,
        money=worth_of_proposal(),
    )
