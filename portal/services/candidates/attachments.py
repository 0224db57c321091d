"""Files of candidates: attach, remove, download; each in the log (domain.md §1)."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from portal import access
from portal.domain import attachments
from portal.domain.attachments import AttachmentKind
from portal.domain.errors import InvalidInput
from portal.domain.events import AttachmentAdded, AttachmentDownloaded, AttachmentRemoved
from portal.domain.permissions import Actor, Permission
from portal.models import Attachment, Candidate
from portal.queries import gone
from portal.queries.candidates import attachments as queries
from portal.runtime import scanning
from portal.services.candidates.candidates import refuse_rivals_edit
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


def attach(candidate_id: uuid.UUID, *, actor: Actor, kind: str, name: str, content: bytes) -> uuid.UUID:
    """Attach a file to a candidate, and return its id.

    Raises:
        InvalidInput: the kind is unknown, the file is of no type that is taken, or the virus scanner reported it.
        Conflict: it is attached already, there are as many as there may be, or the candidate is protected for another.
        Unavailable: the virus scanner did not answer.
    """
    access.require(actor, Permission.CANDIDATE_EDIT)
    queries.of_candidate(candidate_id, viewer=actor)  # a stranger's file is not even scanned
    if kind not in attachments.KIND_LABELS:
        raise InvalidInput.field("kind", "Choose a document type.")
    document = attachments.read(name, content)
    scanned = scanning.check(content)
    with unit_of_work(actor) as uow:
        _load(uow, candidate_id)
        id = _insert(uow, candidate_id, AttachmentKind(kind), document, uow.now if scanned else None)
        uow.record(
            AttachmentAdded(candidate_id=candidate_id, attachment_id=id, kind=kind, size=len(content), scanned=scanned)
        )
        return id


def _load(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    uow.load(Candidate, candidate_id, Permission.CANDIDATE_EDIT)
    refuse_rivals_edit(uow, candidate_id)


def _insert(
    uow: UnitOfWork,
    candidate_id: uuid.UUID,
    kind: AttachmentKind,
    document: attachments.Document,
    scanned_at: datetime | None,
) -> uuid.UUID:
    """Insert the file in the first place that is free; the lock on the candidate keeps others from it meanwhile."""
    taken = set(uow.session.scalars(select(Attachment.place).where(Attachment.candidate_id == candidate_id)))
    place = next((place for place in range(1, attachments.MOST + 1) if place not in taken), None)
    if place is None:
        raise attachments.TOO_MANY
    row = Attachment(
        candidate_id=candidate_id,
        place=place,
        kind=kind,
        **document.as_kept(),
        attached_by=uow.actor.user_id,
        attached_at=uow.now,
        scanned_at=scanned_at,
    )
    with uow.refusing({"uq_attachments_sha256": attachments.ATTACHED_BEFORE}):
        uow.add(row)
    return row.id


def remove(candidate_id: uuid.UUID, attachment_id: uuid.UUID, *, actor: Actor) -> None:
    """Remove a file of a candidate for good.

    Raises:
        Conflict: the candidate is protected for another recruiter, or somebody removed the file already.
    """
    with unit_of_work(actor) as uow:
        _load(uow, candidate_id)
        query = select(Attachment).where(Attachment.id == attachment_id, Attachment.candidate_id == candidate_id)
        row = uow.session.scalars(query).one_or_none()
        if row is None:
            raise gone.removed_file(candidate_id, attachment_id)
        uow.session.delete(row)
        uow.record(AttachmentRemoved(candidate_id=candidate_id, attachment_id=attachment_id, kind=row.kind))


def download(candidate_id: uuid.UUID, attachment_id: uuid.UUID, *, actor: Actor) -> queries.Download:
    """Return a file with its content, and record that it was handed out."""
    found = queries.content(candidate_id, attachment_id, viewer=actor)
    with unit_of_work(actor) as uow:
        uow.record(AttachmentDownloaded(candidate_id=candidate_id, attachment_id=attachment_id, kind=found.kind))
    return found
