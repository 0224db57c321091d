"""In-app notices: a person reads them, one or all; nobody else's exist."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, delete, exists, select, update

from portal.domain.errors import existing
from portal.domain.events import Kind
from portal.domain.notifications import KIND_OF
from portal.domain.permissions import Actor
from portal.models import MarketplaceEvent, Notice
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

OF_MONEY = [template for template, kind in KIND_OF.items() if kind is Kind.MONEY]


def read(notice_id: uuid.UUID, *, actor: Actor) -> str:
    """Mark an own notice as read, with the earlier ones that say the same, and return the path that it leads to."""
    with unit_of_work(actor) as uow:
        said = (Notice.title, Notice.path, Notice.candidate_id)
        query = select(*said).where(Notice.id == notice_id, Notice.user_id == actor.user_id)
        values = existing(uow.session.execute(query).one_or_none())
        alike = [column.is_not_distinct_from(value) for column, value in zip(said, values, strict=True)]
        unread = (Notice.user_id == actor.user_id, Notice.read_at.is_(None), Notice.id <= notice_id)
        uow.session.execute(update(Notice).where(*unread, *alike).values(read_at=uow.now))
        return str(values.path)


def read_all(*, actor: Actor, among: Select[Any] | None = None) -> int:
    """Mark all own notices as read, or those `among` these ids, and count those that were not."""
    with unit_of_work(actor) as uow:
        unread = [Notice.user_id == actor.user_id, Notice.read_at.is_(None)]
        wanted = update(Notice).where(*unread, *([] if among is None else [Notice.id.in_(among)]))
        changed = wanted.values(read_at=uow.now).returning(Notice.id).execution_options(synchronize_session=False)
        return len(uow.session.execute(changed).all())


def forget_money(uow: UnitOfWork, user_id: uuid.UUID, company_id: uuid.UUID) -> None:
    """Delete what a former admin of a company was told of its money: the titles have sums."""
    of_it = exists().where(MarketplaceEvent.id == Notice.event_id, MarketplaceEvent.organisation_id == company_id)
    gone = delete(Notice).where(Notice.user_id == user_id, Notice.template.in_(OF_MONEY), of_it)
    uow.session.execute(gone.execution_options(synchronize_session=False))
