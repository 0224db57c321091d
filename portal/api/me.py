"""GET /api/me: who the caller is."""

from __future__ import annotations

import uuid

from portal.api.endpoint import Api, Described
from portal.api.types import Out
from portal.domain.permissions import Permission
from portal.policy import current_actor

bp = Api("me", __name__)


class Me(Out):
    """The caller: person, organisation acted for, roles held there."""

    user_id: uuid.UUID
    name: str
    email: str
    organisation_id: uuid.UUID | None
    organisation_name: str
    roles: list[str]
    recruiter_id: uuid.UUID | None
    scopes: list[str]


@bp.endpoint("/me", described=Described(tag="Account", out=Me, permission=Permission.ACCOUNT_USE))
def get_me() -> Me:
    """Tell who the caller is."""
    actor = current_actor()
    return Me(
        user_id=actor.user_id,
        name=actor.name,
        email=actor.email,
        organisation_id=actor.organisation_id,
        organisation_name=actor.organisation_name,
        roles=sorted(actor.roles),
        recruiter_id=actor.recruiter_id,
        scopes=sorted(actor.scopes),
    )
