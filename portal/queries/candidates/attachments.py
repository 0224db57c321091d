"""The files of candidates: whoever sees a candidate sees them, so that a company does so once it has accepted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal.access import visible
from portal.domain.attachments import KIND_LABELS, AttachmentKind, size_in_words
from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.models import Attachment, Candidate
from portal.queries import gone
from portal.queries.gathered import rows
from portal.queries.prepared import prepared

A = Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file without its content; `scanned_at` is None where no virus scanner looked at it."""

    id: uuid.UUID
    name: str
    media_type: str
    size: int
    sha256: str
    attached_at: datetime
    scanned_at: datetime | None

    @property
    def size_in_words(self) -> str:
        return size_in_words(self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentLine(FileLine):
    kind: str

    @property
    def label(self) -> str:
        return KIND_LABELS[AttachmentKind(self.kind)]


@dataclass(frozen=True, slots=True)
class Download:
    kind: str
    name: str
    media_type: str
    content: bytes


def of_candidate(candidate_id: uuid.UUID, *, viewer: Actor) -> tuple[AttachmentLine, ...]:
    """List the files of a candidate, in the order in which they were attached."""
    row = existing(_listed(viewer, candidate=candidate_id).one_or_none())
    return lines(row.files)


def line(candidate_id: uuid.UUID, attachment_id: uuid.UUID, *, viewer: Actor) -> AttachmentLine:
    """Return a file of a candidate without its content.

    Raises:
        Conflict: somebody removed it.
    """
    found = next((one for one in of_candidate(candidate_id, viewer=viewer) if one.id == attachment_id), None)
    if found is None:
        raise gone.removed_file(candidate_id, attachment_id)
    return found


def content(candidate_id: uuid.UUID, attachment_id: uuid.UUID, *, viewer: Actor) -> Download:
    row = existing(_content(viewer, candidate=candidate_id, attachment=attachment_id).one_or_none())
    return Download(row.kind, row.name, row.media_type, row.content)


def gathered() -> ColumnElement[Any]:
    """Gather the files of a candidate as JSON, for a statement that selects the candidate."""
    one = func.jsonb_build_object(
        "id", A.id, "kind", A.kind, "name", A.name, "media_type", A.media_type, "size", A.size,
        "sha256", A.sha256, "attached_at", A.attached_at, "scanned_at", A.scanned_at,
    )  # fmt: skip
    files = select(func.jsonb_agg(aggregate_order_by(one, A.id))).where(A.candidate_id == Candidate.id)
    return files.correlate(Candidate).scalar_subquery()


def lines(files: list[dict[str, Any]] | None) -> tuple[AttachmentLine, ...]:
    """Read what `gathered` selected."""
    return tuple(AttachmentLine(**vars(one)) for one in rows(files))


@prepared
def _listed(viewer: Actor) -> Select[Any]:
    query = select(Candidate.id, gathered().label("files"))
    return query.where(Candidate.id == bindparam("candidate"), visible(Candidate, viewer))


@prepared
def _content(viewer: Actor) -> Select[str, str, str, bytes]:
    return (
        select(A.kind, A.name, A.media_type, A.content)
        .join(Candidate, Candidate.id == A.candidate_id)
        .where(A.id == bindparam("attachment"), Candidate.id == bindparam("candidate"), visible(Candidate, viewer))
    )
