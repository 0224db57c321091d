"""The saved views of lists: each person's own, for the organization that the person acts for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, bindparam, select

from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.models import SavedView
from portal.queries.prepared import ORGANISATION, USER, prepared

V = SavedView


@dataclass(frozen=True, slots=True)
class Saved:
    """A view by its name: the list's path and what the address has after it."""

    id: uuid.UUID
    path: str
    name: str
    query: str

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}"


def of_list(path: str, *, viewer: Actor) -> tuple[Saved, ...]:
    """List the viewer's views of a list, in the order in which they were saved."""
    return tuple(Saved(*row) for row in _selected(viewer, "path", path=path))


def view(view_id: uuid.UUID, *, viewer: Actor) -> Saved:
    row = existing(_selected(viewer, "id", id=view_id).one_or_none())
    return Saved(*row)


def own() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a view of the viewer's own, for a prepared statement."""
    return V.user_id == USER, V.organisation_id == ORGANISATION


@prepared
def _selected(_viewer: Actor, by: str) -> Select[uuid.UUID, str, str, str]:
    query = select(V.id, V.path, V.name, V.query).where(*own(), getattr(V, by) == bindparam(by))
    return query.order_by(V.place)
