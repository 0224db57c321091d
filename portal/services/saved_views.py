"""Saving the views of lists: a person's own, for the organization acted for, and bounded (ADR 0055)."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, delete, select, update

from portal.domain import texts
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import Actor
from portal.domain.saved_views import MOST, NAME, QUERY
from portal.models import SavedView
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

FULL = Conflict(f"You have {MOST} saved views of this list. Delete one first.", code="TOO_MANY_VIEWS")
TAKEN = InvalidInput.field("name", "You already have a view with this name. Choose another.")
MEANWHILE = {"uq_saved_views_place": FULL, "uq_saved_views_name": TAKEN}


def save(path: str, query: str, *, actor: Actor, name: str) -> uuid.UUID:
    """Keep filters and order of a list, as its address has them, under a name.

    Raises:
        InvalidInput: the name is not acceptable or taken, or there is nothing to keep.
        Conflict: there are as many as a person may have.
    """
    said = _clean(name)
    if not query or len(query) > QUERY:
        raise InvalidInput("Set a filter or sort order first." if not query else "These filters are too long to save.")
    if actor.organisation_id is None:
        raise NotPermitted("Choose an organization before you save a view.")
    with unit_of_work(actor) as uow:
        place = _free_place(uow, path)
        own = {"user_id": actor.user_id, "organisation_id": actor.organisation_id}
        row = SavedView(path=path, place=place, name=said, query=query, **own)
        with uow.refusing(MEANWHILE):
            uow.add(row)
        return row.id


def rename(view_id: uuid.UUID, *, actor: Actor, name: str) -> None:
    """Rename one of the actor's own views.

    Raises:
        InvalidInput: the name is not acceptable or taken.
    """
    said = _clean(name)
    with unit_of_work(actor) as uow:
        renamed = update(SavedView).where(*_own(actor, view_id)).values(name=said).returning(SavedView.id)
        with uow.refusing(MEANWHILE):
            if uow.session.scalars(renamed).one_or_none() is None:
                raise NotFound()


def remove(view_id: uuid.UUID, *, actor: Actor) -> str:
    """Delete a view of one's own, and return the path of its list."""
    with unit_of_work(actor) as uow:
        gone = delete(SavedView).where(*_own(actor, view_id)).returning(SavedView.path)
        path = uow.session.scalars(gone).one_or_none()
        if path is None:
            raise NotFound("This view doesn’t exist or has already been deleted.")
        return path


def _free_place(uow: UnitOfWork, path: str) -> int:
    """Return the place after the last one, or the first that is free; the constraint refuses who comes second."""
    of_list = (
        SavedView.user_id == uow.actor.user_id,
        SavedView.organisation_id == uow.actor.organisation_id,
        SavedView.path == path,
    )
    taken = set(uow.session.scalars(select(SavedView.place).where(*of_list)))
    last = max(taken, default=0)
    place = last + 1 if last < MOST else next((n for n in range(1, MOST + 1) if n not in taken), None)
    if place is None:
        raise FULL
    return place


def _own(actor: Actor, view_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    mine = (SavedView.user_id == actor.user_id, SavedView.organisation_id == actor.organisation_id)
    return (SavedView.id == view_id, *mine)


def _clean(name: str) -> str:
    return texts.clean("name", name, most=NAME, least=1)
