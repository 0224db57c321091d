"""What waits around disputes: statements and rulings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, case, or_

from portal.domain.disputes import SUBJECTS, DisputeState
from portal.domain.permissions import Actor, Role
from portal.models import Dispute, DisputeParty, User
from portal.queries.waiting.kinds import Wanted, waits
from portal.queries.waiting.rows import rows

_OF_PARTY = Dispute.__table__.join(DisputeParty.__table__, DisputeParty.dispute_id == Dispute.id)


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
    asked = (_own(viewer), DisputeParty.answered_at.is_(None), Dispute.state == DisputeState.OPEN)
    return _cases(viewer, wanted, *asked, start=_OF_PARTY, due=DisputeParty.due_at)


@waits(
    Role.RECRUITER,
    Role.COMPANY_ADMIN,
    what="Dispute ({about}): accept or appeal the ruling",
    verb="Review",
    path="/disputes/{id}",
    ahead="Appeal due",
)
def ruled(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What the viewer's side can still appeal against, and hasn't accepted."""
    is_first = Dispute.appealed_at.is_(None) & Dispute.settled_at.is_(None)
    can_appeal = (_own(viewer), DisputeParty.appeal_waived_at.is_(None), is_first, Dispute.appeal_until > viewer.now)
    return _cases(viewer, wanted, *can_appeal, start=_OF_PARTY, due=Dispute.appeal_until)


def _own(viewer: Actor) -> ColumnElement[bool]:
    own = DisputeParty.organisation_id == viewer.organisation_id
    if viewer.recruiter_id is None:  # a side that is a company has no recruiter either
        return own
    return or_(own, DisputeParty.recruiter_id == viewer.recruiter_id)


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
