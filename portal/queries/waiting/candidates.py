"""What is waiting about candidates: claims that expire, and claims that were declined."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, literal

from portal.domain.permissions import Actor, Role
from portal.models import Candidate, CandidateSourcer, OwnershipConflict, Recruiter, User
from portal.queries.candidates.ownership import case_about
from portal.queries.waiting.kinds import A_WEEK_AGO, MONTH, Wanted, waits
from portal.queries.waiting.rows import rows, within


@waits(Role.RECRUITER, what="Your claim expires", verb="Open", path="/candidates/{id}", ahead="Claim expires")
def protection(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return rows(
        viewer,
        wanted,
        Candidate.id,
        CandidateSourcer.recruiter_id == viewer.recruiter_id,
        CandidateSourcer.is_current,
        within(CandidateSourcer.protection_expires_at, viewer, MONTH),
        start=CandidateSourcer.__table__.join(Candidate.__table__, Candidate.id == CandidateSourcer.candidate_id),
        about=literal(""),
        due=CandidateSourcer.protection_expires_at,
    )


@waits(
    Role.PLATFORM_ADMIN,
    what="{about} tried to claim this candidate",
    verb="Review claims",
    path="/candidates/{id}#conflicts",
)
def conflict(viewer: Actor, wanted: Wanted) -> Select[Any]:
    start = OwnershipConflict.__table__.join(Candidate.__table__, Candidate.id == OwnershipConflict.candidate_id)
    start = start.join(Recruiter.__table__, Recruiter.id == OwnershipConflict.challenger_id)
    return rows(
        viewer,
        wanted,
        Candidate.id,
        OwnershipConflict.id >= A_WEEK_AGO,
        case_about(OwnershipConflict).is_(None),
        start=start.join(User.__table__, User.id == Recruiter.user_id),
        about=User.name,
    )
