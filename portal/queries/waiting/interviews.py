"""What waits around interviews: those to come, and results."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, cast, func

from portal.access import visible
from portal.domain.permissions import Actor, Role
from portal.models import Interview, InterviewStage, Proposal
from portal.queries.waiting.kinds import MONTH, Wanted, waits
from portal.queries.waiting.rows import is_hired, rows, with_names, within, worth_of_proposal


@waits(
    Role.COMPANY_ADMIN,
    Role.HIRING_MANAGER,
    what="{about}: interview result to record",
    verb="Record result",
    path="/interviews/{id}/result",
    worth="Fee",
)
def interview(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What is over and has no result; after the hire nobody is asked for it."""
    over = Interview.starts_at + func.make_interval(0, 0, 0, 0, 0, cast(Interview.minutes, Integer))
    return rows(
        viewer,
        wanted,
        Interview.id,
        *_awaited(viewer),
        over <= viewer.now,
        start=_with_interviews(),
        due=over,
        state=Proposal.state,
        money=worth_of_proposal(),
    )


@waits(
    Role.RECRUITER,
    Role.COMPANY_ADMIN,
    Role.HIRING_MANAGER,
    what="Interview: {about}",
    verb="Open",
    path="/proposals/{id}#interviews",
    ahead="Interview ({about})",
    happens=True,
)
def meeting(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return rows(
        viewer,
        wanted,
        Proposal.id,
        *_awaited(viewer),
        within(Interview.starts_at, viewer, MONTH),
        start=_with_interviews().join(InterviewStage.__table__, InterviewStage.id == Interview.stage_id),
        about=InterviewStage.name,
        due=Interview.starts_at,
        state=Proposal.state,
    )


def _awaited(viewer: Actor) -> tuple[Any, ...]:
    """Return the conditions of an interview that has no result and is still of use."""
    return visible(Proposal, viewer), Proposal.state == "accepted", Interview.outcome.is_(None), ~is_hired()


def _with_interviews() -> Any:
    return with_names(Proposal).join(Interview.__table__, Interview.proposal_id == Proposal.id)
