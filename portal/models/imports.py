"""Files of candidates that were imported, and how their columns were read."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import ATS, Base, Identity, MaybeMoment, MaybeWords, Moment, Words


class CandidateImport(Base):
    """A file whose rows were added; whom it added points here, and goes again when it is undone."""

    __tablename__ = "candidate_imports"
    id: Mapped[Identity]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("identity.organisations.id"))
    at: Mapped[Moment]
    added: Mapped[int]
    claimed: Mapped[int]
    undone_at: Mapped[MaybeMoment]
    removed: Mapped[int | None]
    __table_args__ = (
        CheckConstraint("added > 0 AND claimed BETWEEN 0 AND added", name="counts"),
        CheckConstraint("(undone_at IS NULL) = (removed IS NULL)", name="undone"),
        CheckConstraint("removed BETWEEN 1 AND added", name="removed"),
        Index("ix_candidate_imports_user", "user_id", "id"),
        {"schema": ATS},
    )


class ImportLayout(Base):
    """What a person chose for the columns of files with one header; `layout` is the header's digest."""

    __tablename__ = "import_layouts"
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"), primary_key=True)
    layout: Mapped[Words] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"), primary_key=True)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    country: Mapped[MaybeWords]
    chosen_at: Mapped[Moment]
    __table_args__ = ({"schema": ATS},)
