"""What waits around recruiters: appeals against what counts, and people who want to begin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, literal

from portal.domain.permissions import Actor, Role
from portal.domain.reputation import CONTESTED
from portal.models import Recruiter, ReputationAppeal, User
from portal.queries.waiting.kinds import Wanted, waits
from portal.queries.waiting.rows import rows


@waits(
    Role.PLATFORM_ADMIN,
    what="Appeals {about}",
    verb="Decide",
    path="/recruiters/appeals/{id}",
    form="/recruiters/appeals/{id}#h-rule",
)
def appeal(viewer: Actor, wanted: Wanted) -> Select[Any]:
    start = ReputationAppeal.__table__.join(Recruiter.__table__, Recruiter.id == ReputationAppeal.recruiter_id)
    return rows(
        viewer,
        wanted,
        ReputationAppeal.id,
        ReputationAppeal.state == "open",
        start=start.join(User.__table__, User.id == Recruiter.user_id),
        who=User.name,
        about=case(CONTESTED, value=ReputationAppeal.input_kind),
    )


@waits(
    Role.PLATFORM_ADMIN,
    what="Needs activation",
    verb="Activate",
    path="/admin/people/{id}",
    form="/admin/people/{id}#recruiter-h",
)
def pending(viewer: Actor, wanted: Wanted) -> Select[Any]:
    start = Recruiter.__table__.join(User.__table__, User.id == Recruiter.user_id)
    return rows(viewer, wanted, User.id, Recruiter.status == "pending", start=start, who=User.name, about=literal(""))
