"""The files of cases: whoever sees a case, a party or a platform admin, reads what was attached to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from portal import access
from portal.domain.attachments import ENDINGS, Document, MediaType, size_in_words
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Candidate, Dispute, DisputeAttachment, DisputeParty, Organisation, Recruiter, User
from portal.queries.candidates.identities import KNOWN_AS
from portal.queries.disputes.redaction import reader

A = DisputeAttachment
ERASED = "Erased file"


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file without its content, and which party attached it; of an erased one only the digest is left."""

    id: uuid.UUID
    by: str
    name: str
    media_type: str
    size: int
    sha256: str
    attached_at: datetime
    scanned_at: datetime | None
    erased_at: datetime | None

    @property
    def size_in_words(self) -> str:
        """Return the size as people read it."""
        return size_in_words(self.size)


def of_case(dispute_id: uuid.UUID, *, viewer: Actor) -> tuple[EvidenceFile, ...]:
    """List the files of a case, in the order in which they were attached.

    Raises:
        NotFound: the viewer does not see the case.
    """
    if reading().execute(_case(dispute_id, viewer)).one_or_none() is None:
        raise NotFound()
    return listed(dispute_id)


def listed(dispute_id: uuid.UUID) -> tuple[EvidenceFile, ...]:
    """List the files of a case that the viewer is known to see."""
    query = (
        select(A.id, func.coalesce(User.name, Organisation.name), func.coalesce(func.nullif(A.name, ""), ERASED))
        .add_columns(A.media_type, A.size, A.sha256, A.attached_at, A.scanned_at, A.erased_at)
        .join(DisputeParty, DisputeParty.id == A.party_id)
        .outerjoin(Recruiter, Recruiter.id == DisputeParty.recruiter_id)
        .outerjoin(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == DisputeParty.organisation_id)
        .where(A.dispute_id == dispute_id)
        .order_by(A.id)
    )
    return tuple(EvidenceFile(*row) for row in reading().execute(query))


def content(dispute_id: uuid.UUID, attachment_id: uuid.UUID, *, viewer: Actor) -> Document:
    """Return a file of a case.

    Raises:
        NotFound: there is none any more, or the viewer does not see the case.
    """
    query = (
        select(A.name, A.media_type, A.content, Candidate.full_name, Dispute.candidate_id, KNOWN_AS)
        .add_columns(access.knows(viewer).label("is_known"))
        .join(Dispute, Dispute.id == A.dispute_id)
        .join(Candidate, Candidate.id == Dispute.candidate_id)
        .where(A.id == attachment_id, A.erased_at.is_(None), Dispute.id == dispute_id, access.visible(Dispute, viewer))
    )
    row = reading().execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return Document(reader(row)(row.name), MediaType(row.media_type), row.content)


def contents(dispute_id: uuid.UUID) -> Iterator[tuple[uuid.UUID, str, bytes]]:
    """Read the files of a case that are still there: each with its id, a name that harms nobody, and its content."""
    query = select(A.id, A.media_type, A.content).where(A.dispute_id == dispute_id, A.erased_at.is_(None))
    for number, row in enumerate(reading().execute(query.order_by(A.id)), start=1):
        yield row.id, f"attachments/{number:02}{ENDINGS[MediaType(row.media_type)]}", row.content


def _case(dispute_id: uuid.UUID, viewer: Actor) -> Select[Any]:
    return select(Dispute.id).where(Dispute.id == dispute_id, access.visible(Dispute, viewer))
