"""archives of the log: which months left it, signed, so that what is left still verifies"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, which only grows."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "event_archives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since_id", sa.Uuid(), nullable=False),
        sa.Column("until_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.CheckConstraint("until_id > since_id", name=op.f("ck_event_archives_range")),
        sa.CheckConstraint("entries > 0", name=op.f("ck_event_archives_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_archives")),
        sa.UniqueConstraint("since_id", name=op.f("uq_event_archives_since_id")),
        schema="network",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON network.event_archives"
        " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON network.event_archives"
        " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
    )


def downgrade() -> None:
    """Remove it; a log that has archives does not verify then."""
    op.drop_table("event_archives", schema="network")
