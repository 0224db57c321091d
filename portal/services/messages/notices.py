"""In-app notices: a person reads them, one or all; nobody else's exist."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.models import Notice
from portal.services.machinery.unit_of_work import unit_of_work


def read(notice_id: uuid.UUID, *, actor: Actor) -> str:
    """Mark an own notice as read and give the path that it leads to; reading it again changes nothing.

    Raises:
        NotFound: there is none with this id, or it is somebody else's.
    """
    mine = (Notice.id == notice_id, Notice.user_id == actor.user_id)
    with unit_of_work(actor) as uow:
        path = uow.session.scalars(select(Notice.path).where(*mine)).one_or_none()
        if path is None:
            raise NotFound()
        uow.session.execute(update(Notice).where(*mine, Notice.read_at.is_(None)).values(read_at=uow.now))
        return path


def read_all(*, actor: Actor) -> int:
    """Mark all own notices as read and count those that were not."""
    with unit_of_work(actor) as uow:
        unread = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
        changed = uow.session.execute(update(Notice).where(*unread).values(read_at=uow.now).returning(Notice.id))
        return len(changed.all())
