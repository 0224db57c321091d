"""The profile of a recruiter: what it says, and whether the recruiter may act (domain.md §1)."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal import access
from portal.domain.errors import InvalidInput, NotPermitted, existing
from portal.domain.events import UserProfileChanged
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.texts import NOTES, clean
from portal.models import Recruiter
from portal.models.accounts import RECRUITER_STATUSES
from portal.services.identity.accounts import give_status
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


def change(recruiter_id: uuid.UUID, *, actor: Actor, bio: str | None = None, status: str | None = None) -> None:
    """Change what a profile says; None leaves it. Recruiters change their own, the status is the platform's.

    Raises:
        NotPermitted: the profile is another recruiter's, or the status is not the actor's to change.
        InvalidInput: the text or the status cannot be.
    """
    access.require(actor, Permission.RECRUITER_EDIT)
    said = None if bio is None else clean("bio", bio, most=NOTES, multiline=True)
    if status is not None and status not in RECRUITER_STATUSES:
        raise InvalidInput.field("status", "Choose pending, active or suspended.")
    with unit_of_work(actor) as uow:
        locked = select(Recruiter).where(Recruiter.id == recruiter_id).with_for_update()
        row = existing(uow.session.scalars(locked).one_or_none())
        is_platform = actor.scope(Permission.RECRUITER_EDIT) is Scope.ANY
        if not is_platform and (row.id != actor.recruiter_id or status is not None):
            raise NotPermitted("You can change your own profile; only the platform can change the status.")
        _write(uow, row, said, status)


def _write(uow: UnitOfWork, row: Recruiter, bio: str | None, status: str | None) -> None:
    if bio is not None and bio != row.bio:
        row.bio = bio
        uow.record(UserProfileChanged(user_id=row.user_id, changed=("bio",)))
    if status is not None and status != row.status:
        give_status(uow, row, status)
