"""Statements built once: the viewer's values are parameters, so that building costs nothing at each request.

A rule of `access` is asked for a stand-in of the viewer, which has the viewer's roles and parameters for everything
that is a value. What it gives fits every viewer of the same shape.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, DateTime, Uuid, bindparam

from portal.domain.ids import SYSTEM_USER_ID
from portal.domain.permissions import Actor, Role

NOW: BindParameter[datetime] = bindparam("viewer_now", type_=DateTime(timezone=True))
RECRUITER: BindParameter[uuid.UUID] = bindparam("viewer_recruiter", type_=Uuid())
ORGANISATION: BindParameter[uuid.UUID] = bindparam("viewer_organisation", type_=Uuid())
USER: BindParameter[uuid.UUID] = bindparam("viewer_user", type_=Uuid())


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a viewer decides how a statement is built; hashable, so that statements are kept by it."""

    roles: frozenset[Role]
    recruits: bool
    active: bool

    def stand_in(self) -> Actor:
        """Return an actor of this shape whose values are parameters."""
        return Actor(
            SYSTEM_USER_ID,
            "",
            cast(Any, NOW),
            roles=self.roles,
            organisation_id=cast(Any, ORGANISATION),
            recruiter_id=cast(Any, RECRUITER) if self.recruits else None,
            recruiter_active=self.active,
        )


def shape_of(viewer: Actor) -> Shape:
    """Return the shape of a viewer."""
    return Shape(viewer.roles, viewer.recruiter_id is not None, viewer.recruiter_active)


def values_of(viewer: Actor) -> dict[str, object]:
    """Return the values of the parameters."""
    return {
        NOW.key: viewer.now,
        RECRUITER.key: viewer.recruiter_id,
        ORGANISATION.key: viewer.organisation_id,
        USER.key: viewer.user_id,
    }
