"""The files of cases: whoever sees a case, a party or a platform admin, reads what was attached to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from portal import access
from portal.domain.attachments import ENDINGS, Document, MediaType
from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, Dispute, DisputeAttachment
from portal.queries import gathered
from portal.queries.candidates.attachments import FileLine
from portal.queries.candidates.identities import KNOWN_AS
from portal.queries.disputes import gathering
from portal.queries.disputes.redaction import reader
from portal.queries.prepared import prepared

A = DisputeAttachment


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile(FileLine):
    """A file without its content, and which party attached it; of an erased one only the digest is left."""

    by: str
    erased_at: datetime | None


def of_case(dispute_id: uuid.UUID, *, viewer: Actor) -> tuple[EvidenceFile, ...]:
    """List the files of a case, in the order in which they were attached."""
    row = existing(_listed(viewer, dispute=dispute_id).one_or_none())
    return lines(row.files)


@prepared
def _listed(viewer: Actor) -> Select[Any]:
    query = select(gathering.attachments().label("files")).select_from(Dispute)
    return query.where(Dispute.id == bindparam("dispute"), access.visible(Dispute, viewer))


def lines(files: list[dict[str, Any]] | None) -> tuple[EvidenceFile, ...]:
    """Read what `gathering.attachments` selected."""
    return tuple(EvidenceFile(**vars(one)) for one in gathered.rows(files))


def content(dispute_id: uuid.UUID, attachment_id: uuid.UUID, *, viewer: Actor) -> Document:
    query = (
        select(A.name, A.media_type, A.content, Candidate.full_name, Dispute.candidate_id, KNOWN_AS)
        .add_columns(access.knows(viewer).label("is_known"))
        .join(Dispute, Dispute.id == A.dispute_id)
        .join(Candidate, Candidate.id == Dispute.candidate_id)
        .where(A.id == attachment_id, A.erased_at.is_(None), Dispute.id == dispute_id, access.visible(Dispute, viewer))
    )
    row = existing(reading().execute(query).one_or_none())
    return Document(reader(row)(row.name), MediaType(row.media_type), row.content)


def contents(dispute_id: uuid.UUID) -> Iterator[tuple[uuid.UUID, str, bytes]]:
    """Read the files of a case that are still there: each with its id, a name that harms nobody, and its content."""
    query = select(A.id, A.media_type, A.content).where(A.dispute_id == dispute_id, A.erased_at.is_(None))
    for number, row in enumerate(reading().execute(query.order_by(A.id)), start=1):
        yield row.id, f"attachments/{number:02}{ENDINGS[MediaType(row.media_type)]}", row.content
