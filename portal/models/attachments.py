"""Files of candidates, with their content: one backup and one transaction for all of it (ADR 0051)."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.attachments import DOCUMENTS, MOST, MOST_BYTES, AttachmentKind
from portal.models.base import ATS, Base, Identity, MaybeMoment, Moment, Words, one_of


class Attachment(Base):
    """A file of a candidate; its digest is that of its content, its place one of the few that there are."""

    __tablename__ = "attachments"
    id: Mapped[Identity]
    candidate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ats.candidates.id"))
    place: Mapped[int]
    kind: Mapped[Words]
    name: Mapped[Words]
    media_type: Mapped[Words]
    size: Mapped[int]
    sha256: Mapped[Words]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    attached_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    attached_at: Mapped[Moment]
    scanned_at: Mapped[MaybeMoment]  # None where no virus scanner is set up
    __table_args__ = (
        one_of("kind", AttachmentKind),
        one_of("media_type", DOCUMENTS),
        CheckConstraint(f"size BETWEEN 1 AND {MOST_BYTES} AND octet_length(content) = size", name="size"),
        CheckConstraint("encode(sha256(content), 'hex') = sha256", name="sha256"),
        CheckConstraint(f"place BETWEEN 1 AND {MOST}", name="place"),
        UniqueConstraint("candidate_id", "place", name="uq_attachments_place"),
        UniqueConstraint("candidate_id", "sha256", name="uq_attachments_sha256"),
        {"schema": ATS},
    )
