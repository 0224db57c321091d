"""A person's imports, and what undoing one would remove."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from portal.domain import imports
from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import (
    Attachment,
    Candidate,
    CandidateImport,
    CandidateOutreach,
    CandidateSourcer,
    OwnershipConflict,
    Placement,
    Proposal,
    ProtectionNotice,
)

LATEST = 10
_SECOND = aliased(Candidate)


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that was imported; `removed` is None until it is undone."""

    id: uuid.UUID
    at: datetime
    added: int
    claimed: int
    undone_at: datetime | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing an import would remove, and how many would stay."""

    imported: Imported
    removable: int

    @property
    def staying(self) -> int:
        """Count whom somebody worked with since."""
        return self.imported.added - self.removable

    @property
    def hindrance(self) -> str:
        """Return why it cannot be undone; nothing when it can."""
        if self.imported.undone_at is not None:
            return imports.UNDONE
        return "" if self.removable else imports.NOTHING_TO_UNDO


def latest(viewer: Actor) -> list[Imported]:
    """List the viewer's own imports, the latest first."""
    query = _own(viewer).order_by(CandidateImport.id.desc()).limit(LATEST)
    return [Imported(*row) for row in reading().execute(query)]


def undoing(import_id: uuid.UUID, *, viewer: Actor) -> Undoing:
    """Return what undoing an import would do."""
    row = existing(reading().execute(_own(viewer).where(CandidateImport.id == import_id)).one_or_none())
    removable = select(func.count()).select_from(Candidate).where(Candidate.import_id == import_id, untouched())
    return Undoing(Imported(*row), reading().scalars(removable).one())


def owns(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which an import is the actor's: made by that person, for the same organization."""
    return and_(CandidateImport.user_id == actor.user_id, CandidateImport.organisation_id == actor.organisation_id)


def untouched() -> ColumnElement[bool]:
    """Return the condition that nobody edited, contacted, claimed, proposed, placed or merged a candidate since."""
    its_claim = and_(
        CandidateSourcer.is_current,
        CandidateSourcer.recruiter_id.is_not_distinct_from(Candidate.created_by_recruiter_id),
        CandidateSourcer.sourced_at == Candidate.created_at,
        not_(exists().where(ProtectionNotice.claim_id == CandidateSourcer.id)),
    )
    other_claim = exists().where(CandidateSourcer.candidate_id == Candidate.id, not_(its_claim)).correlate(Candidate)
    used = [
        exists().where(model.candidate_id == Candidate.id).correlate(Candidate)
        for model in (Attachment, CandidateOutreach, OwnershipConflict, Proposal, Placement)
    ]
    used.append(exists().where(_SECOND.merged_into_id == Candidate.id).correlate(Candidate))
    return and_(Candidate.version == 1, Candidate.unsubscribed_at.is_(None), not_(or_(other_claim, *used)))


def _own(viewer: Actor) -> Select[uuid.UUID, datetime, int, int, datetime | None, int | None]:
    c = CandidateImport
    return select(c.id, c.at, c.added, c.claimed, c.undone_at, c.removed).where(owns(viewer))
