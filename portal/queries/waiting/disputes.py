"""What waits around disputes: statements and rulings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, or_

from portal.domain.disputes import SUBJECTS, DisputeState
from portal.domain.permissions import Actor, Role
from portal.models import Dispute, DisputeParty, User
from portal.queries.waiting.kinds import Wanted, waits
from portal.queries.waiting.rows import rows


@waits(
    Role.RECRUITER,
    Role.COMPANY_ADMIN,
    what="Dispute ({about}): your statement is due",
    verb="Answer",
    path="/disputes/{id}",
    form="/disputes/{id}#h-say",
    ahead="Statement due",
)
def statement(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What the viewer's side of a case is asked to say."""
    own = DisputeParty.organisation_id == viewer.organisation_id
    if viewer.recruiter_id is not None:  # a side that is a company has no recruiter either
        own = or_(own, DisputeParty.recruiter_id == viewer.recruiter_id)
    of_party = Dispute.__table__.join(DisputeParty.__table__, DisputeParty.dispute_id == Dispute.id)
    asked = (own, DisputeParty.answered_at.is_(None), Dispute.state == DisputeState.OPEN)
    return _cases(viewer, wanted, *asked, start=of_party, due=DisputeParty.due_at)


@waits(
    Role.PLATFORM_ADMIN,
    what="Dispute ({about}): ruling due",
    verb="Decide",
    path="/disputes/{id}",
    form="/disputes/{id}#h-rule",
    ahead="Ruling due",
)
def ruling(viewer: Actor, wanted: Wanted) -> Select[Any]:
    is_reviewed = Dispute.state == DisputeState.UNDER_REVIEW
    return _cases(viewer, wanted, is_reviewed, start=Dispute.__table__, due=Dispute.ruling_due_at)


def _cases(viewer: Actor, wanted: Wanted, *conditions: Any, start: Any, due: Any) -> Select[Any]:
    """Select cases by who opened them: not every party may read the candidate's name."""
    labels = {name: subject.label.lower() for name, subject in SUBJECTS.items()}
    return rows(
        viewer,
        wanted,
        Dispute.id,
        *conditions,
        start=start.join(User.__table__, User.id == Dispute.opened_by),
        who=User.name,
        about=case(labels, value=Dispute.subject_type),
        due=due,
    )
