"""What has been removed, according to the event log, so that whoever comes second reads that it has been done.

This must not reveal anything: callers ask only once they know that the viewer can see where it was.
"""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import aliased

from portal.domain.errors import Conflict, NotFound, PortalError
from portal.domain.permissions import Actor, Permission, Scope
from portal.extensions import reading
from portal.models import MarketplaceEvent, User

_E = MarketplaceEvent


def removed_member(membership_id: uuid.UUID, *, viewer: Actor) -> PortalError:
    """Return why an organization that the viewer administers has no such membership: removed, or never existed."""
    own = true() if viewer.scope(Permission.TEAM_EDIT) is Scope.ANY else _E.organisation_id == viewer.organisation_id
    return _removed("membership", membership_id, own)


def removed_file(candidate_id: uuid.UUID, attachment_id: uuid.UUID) -> PortalError:
    """Return why a candidate has no such file: it was removed, or never existed."""
    return _removed("attachment", attachment_id, _E.candidate_id == candidate_id)


def _removed(noun: str, row_id: uuid.UUID, where: ColumnElement[bool]) -> PortalError:
    by, whom = aliased(User), aliased(User)
    query = (
        select(by.name.label("by"), func.coalesce(whom.name, "this file").label("what"))
        .select_from(_E)
        .join(by, by.id == _E.actor_id)
        .outerjoin(whom, whom.id == _E.user_id)
        .where(_E.type == f"{noun}.removed", _E.payload[f"{noun}_id"].astext == str(row_id), where)
        .limit(1)
    )
    found = reading().execute(query).one_or_none()
    if found is None:
        return NotFound()
    return Conflict(f"{found.by} has already removed {found.what}.", code="ALREADY_REMOVED")
