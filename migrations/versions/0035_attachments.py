"""attachments: files of candidates with their content, which must be what its size and digest say"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KINDS = "'cv', 'cover_letter', 'certificate', 'work_sample', 'other'"
TYPES = "'application/pdf', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'"
CHECKS = {
    "kind": f"kind IN ({KINDS})",
    "media_type": f"media_type IN ({TYPES})",
    "size": "size BETWEEN 1 AND 4194304 AND octet_length(content) = size",
    "sha256": "encode(sha256(content), 'hex') = sha256",
    "place": "place BETWEEN 1 AND 10",
}


def upgrade() -> None:
    """Add the table; its content is packed already, so PostgreSQL does not try to."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "name", "media_type")),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("attached_by", sa.Uuid(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_attachments_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(["candidate_id"], ["ats.candidates.id"], name=op.f("fk_attachments_candidate_id")),
        sa.ForeignKeyConstraint(["attached_by"], ["identity.users.id"], name=op.f("fk_attachments_attached_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("candidate_id", "place", name=op.f("uq_attachments_place")),
        sa.UniqueConstraint("candidate_id", "sha256", name=op.f("uq_attachments_sha256")),
        schema="ats",
    )
    op.execute("ALTER TABLE ats.attachments ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Remove it, with the files."""
    op.drop_table("attachments", schema="ats")
