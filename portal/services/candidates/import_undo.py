"""Undo an import: whom it added goes, with the claim that it made, unless somebody worked with them since."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from portal import access
from portal.domain import imports
from portal.domain.errors import Conflict, existing
from portal.domain.events import CandidateRemoved, CandidatesImportUndone
from portal.domain.permissions import Actor, Permission
from portal.models import Candidate, CandidateImport, CandidateSourcer
from portal.queries.candidates.imports import owns, untouched
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

UNDONE = Conflict(imports.UNDONE, code="IMPORT_UNDONE")
NOTHING_LEFT = Conflict(imports.NOTHING_TO_UNDO, code="NOTHING_TO_UNDO")


@dataclass(frozen=True, slots=True)
class Undone:
    """How many were removed, and how many stayed because somebody worked with them."""

    removed: int
    kept: int


def undo(import_id: uuid.UUID, *, actor: Actor) -> Undone:
    """Remove whom an import added and nobody touched since, and their claims.

    Raises:
        Conflict: it is undone already, or nobody would be removed.
    """
    access.require(actor, Permission.CANDIDATE_ADD)
    with unit_of_work(actor) as uow:
        batch = _load(uow, import_id)
        gone = _removable(uow, batch.id)
        if not gone:
            raise NOTHING_LEFT
        _remove(uow, gone, batch.id)
        batch.undone_at, batch.removed = uow.now, len(gone)
        done = Undone(len(gone), batch.added - len(gone))
        uow.record(
            CandidatesImportUndone(
                import_id=batch.id, recruiter_id=actor.recruiter_id, removed=done.removed, kept=done.kept
            )
        )
        return done


def _load(uow: UnitOfWork, import_id: uuid.UUID) -> CandidateImport:
    query = select(CandidateImport).where(CandidateImport.id == import_id, owns(uow.actor)).with_for_update()
    batch = existing(uow.session.scalars(query).one_or_none())
    if batch.undone_at is not None:
        raise UNDONE
    return batch


def _removable(uow: UnitOfWork, import_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Lock whom the import added, and then see who is untouched: whoever came first keeps the candidate."""
    added = select(Candidate.id).where(Candidate.import_id == import_id).order_by(Candidate.id)
    uow.session.execute(added.with_for_update()).all()
    return uow.session.scalars(added.where(untouched())).all()


def _remove(uow: UnitOfWork, gone: Sequence[uuid.UUID], import_id: uuid.UUID) -> None:
    for model, key in ((CandidateSourcer, CandidateSourcer.candidate_id), (Candidate, Candidate.id)):
        uow.session.execute(delete(model).where(key.in_(gone)).execution_options(synchronize_session=False))
    for id in gone:
        uow.record(CandidateRemoved(candidate_id=id, import_id=import_id))
    uow.forget(*(f"protection:{id}" for id in gone))
