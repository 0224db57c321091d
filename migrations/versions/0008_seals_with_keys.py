"""seals with keys of their own: stamps on events, numbered keys, checkpoints in the database"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("event_checkpoints", "event_checkpoint_copies")


def upgrade() -> None:
    """Add columns whose defaults mean "from before", and the tables of checkpoints, which only grow."""
    op.add_column(
        "marketplace_events", sa.Column("stamp", sa.Text(), server_default="", nullable=False), schema="network"
    )
    op.add_column(
        "event_seals", sa.Column("key_number", sa.BigInteger(), server_default="0", nullable=False), schema="network"
    )
    op.create_table(
        "event_checkpoints",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('head', 'verified', 'restored')", name=op.f("ck_event_checkpoints_kind")),
        sa.UniqueConstraint("mac", name=op.f("uq_event_checkpoints_mac")),
        schema="network",
    )
    op.create_table(
        "event_checkpoint_copies",
        sa.Column("checkpoint_id", sa.BigInteger(), sa.ForeignKey("network.event_checkpoints.id"), primary_key=True),
        sa.Column("place", sa.Text(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        schema="network",
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON network.{table}"
            " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON network.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
        )


def downgrade() -> None:
    """Go back to seals under SECRET_KEY; what was sealed since cannot be verified then."""
    for table in reversed(TABLES):
        op.drop_table(table, schema="network")
    op.drop_column("event_seals", "key_number", schema="network")
    op.drop_column("marketplace_events", "stamp", schema="network")
