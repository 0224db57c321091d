"""What collaborators think of each other, once a pair and placement, after it ended (domain.md §6)."""

from __future__ import annotations

import uuid

from sqlalchemy import exists, select

from portal.access import require_recruiter
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.events import FeedbackGiven
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import MACHINE
from portal.domain.texts import REASON, clean
from portal.models import Collaborator, Feedback, Placement
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements.split_sheets import about

STARS = range(1, 6)
TWICE = {
    "uq_collaborator_feedback_once": Conflict(
        "You’ve already rated this person for this placement.", code="FEEDBACK_GIVEN"
    )
}


def give(placement_id: uuid.UUID, recruiter_id: uuid.UUID, *, actor: Actor, stars: int, remark: str = "") -> uuid.UUID:
    """Rate a team mate of an ended placement with one to five stars.

    Raises:
        InvalidInput: the stars are none of 1 to 5, the remark is too long, or the rated one is the rater.
        NotFound: there is no such placement, or the rated one was not on its team.
        Conflict: the placement has not ended, or the pair was rated already.
    """
    rater = require_recruiter(actor)
    remark = clean("remark", remark, most=REASON, multiline=True)
    _check(rater, recruiter_id, stars)
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.FEEDBACK_GIVE)
        if not MACHINE.states[placement.state].terminal:
            raise Conflict("You can give feedback once the placement has ended.", code="PLACEMENT_RUNS")
        _check_team(uow, placement_id, recruiter_id)
        row = Feedback(
            placement_id=placement_id, by_recruiter_id=rater, recruiter_id=recruiter_id, stars=stars, remark=remark
        )
        with uow.refusing(TWICE):
            uow.add(row)
        uow.record(FeedbackGiven(**about(placement), recruiter_id=recruiter_id, by_recruiter_id=rater, stars=stars))
    return row.id


def _check(rater: uuid.UUID, recruiter_id: uuid.UUID, stars: int) -> None:
    """Refuse what no rating can be."""
    if stars not in STARS:
        raise InvalidInput.field("stars", "Choose 1 to 5 stars.")
    if recruiter_id == rater:
        raise InvalidInput.field("recruiter_id", "You can’t rate yourself.")


def _check_team(uow: UnitOfWork, placement_id: uuid.UUID, recruiter_id: uuid.UUID) -> None:
    """Refuse a recruiter who was not on the team."""
    member = exists().where(Collaborator.placement_id == placement_id, Collaborator.recruiter_id == recruiter_id)
    if not uow.session.scalars(select(member)).one():
        raise NotFound
