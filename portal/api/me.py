"""GET /api/me: who the caller is."""

from __future__ import annotations

from portal.answers.account import Me
from portal.api.endpoint import Api
from portal.domain.permissions import Permission
from portal.policy import current_actor

bp = Api("me", __name__, tag="Account")


@bp.reads("/me", Me, Permission.ACCOUNT_USE)
def get_me() -> Me:
    """Return who the caller is."""
    actor = current_actor()
    return Me.of(actor, roles=sorted(actor.roles), scopes=sorted(actor.scopes))
