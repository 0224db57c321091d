"""attachments of cases: files that parties attach, which nobody changes, and which are emptied in the end"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE = "network.dispute_attachments"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CHECKS = {
    "media_type": f"media_type IN ('application/pdf', '{WORD}', 'image/png', 'image/jpeg')",
    "size": "size BETWEEN 1 AND 10485760 AND octet_length(content) = size",
    "sha256": "encode(sha256(content), 'hex') = sha256",
    "place": "place BETWEEN 1 AND 20",
    "erased": "(content IS NULL) = (erased_at IS NOT NULL)",
}
KEPT = ("id", "dispute_id", "party_id", "place", "media_type", "size", "sha256", "attached_by", "attached_at")


def upgrade() -> None:
    """Add the table and the request for more; its content is packed already, so PostgreSQL does not try to."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("disputes", sa.Column("files_asked_at", sa.DateTime(timezone=True), nullable=True), schema="network")
    op.create_table(
        "dispute_attachments",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "dispute_id", "party_id")),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "media_type")),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("attached_by", sa.Uuid(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_dispute_attachments_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_attachments_dispute_id")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["network.dispute_parties.id"], name=op.f("fk_dispute_attachments_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["attached_by"], ["identity.users.id"], name=op.f("fk_dispute_attachments_attached_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_attachments")),
        sa.UniqueConstraint("dispute_id", "sha256", name="uq_dispute_attachments_sha256"),
        sa.UniqueConstraint("party_id", "place", name="uq_dispute_attachments_place"),
        schema="network",
    )
    op.execute(f"ALTER TABLE {TABLE} ALTER COLUMN content SET STORAGE EXTERNAL")
    _guard()


def _guard() -> None:
    """Let a file be emptied, once, and changed by nobody."""
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in KEPT)
    op.execute(
        f"CREATE TRIGGER only_erased BEFORE UPDATE ON {TABLE} FOR EACH ROW"
        f" WHEN (OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL OR {changed})"
        " EXECUTE FUNCTION network.refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER append_only BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
    )


def downgrade() -> None:
    """Remove them, with the files."""
    op.drop_table("dispute_attachments", schema="network")
    op.drop_column("disputes", "files_asked_at", schema="network")
