"""In-app notices: a person reads them, one or all; nobody else's exist."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, select, update

from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.models import Notice
from portal.services.machinery.unit_of_work import unit_of_work


def read(notice_id: uuid.UUID, *, actor: Actor) -> str:
    """Mark an own notice as read and return the path that it leads to; reading it again changes nothing."""
    mine = (Notice.id == notice_id, Notice.user_id == actor.user_id)
    with unit_of_work(actor) as uow:
        path = existing(uow.session.scalars(select(Notice.path).where(*mine)).one_or_none())
        uow.session.execute(update(Notice).where(*mine, Notice.read_at.is_(None)).values(read_at=uow.now))
        return path


def read_all(*, actor: Actor, among: Select[Any] | None = None) -> int:
    """Mark all own notices as read, or those `among` these ids, and count those that were not."""
    with unit_of_work(actor) as uow:
        unread = [Notice.user_id == actor.user_id, Notice.read_at.is_(None)]
        wanted = update(Notice).where(*unread, *([] if among is None else [Notice.id.in_(among)]))
        changed = wanted.values(read_at=uow.now).returning(Notice.id).execution_options(synchronize_session=False)
        return len(uow.session.execute(changed).all())
