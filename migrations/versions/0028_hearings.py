"""disputes: every party agrees to a withdrawal and may waive an appeal, platform admins keep notes, the log is found by case"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; 0029 adds the index."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    for name in ("withdrawal_agreed_at", "appeal_waived_at"):
        op.add_column("dispute_parties", sa.Column(name, sa.DateTime(timezone=True), nullable=True), schema="network")
    op.create_table(
        "dispute_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("said <> ''", name=op.f("ck_dispute_notes_said")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_dispute_notes_by")),
        sa.ForeignKeyConstraint(["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_notes_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_notes")),
        schema="network",
    )
    op.create_index(op.f("ix_dispute_notes_dispute_id"), "dispute_notes", ["dispute_id"], schema="network")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON network.dispute_notes"
        " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON network.dispute_notes"
        " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_marketplace_events_dispute", "marketplace_events", schema="network", if_exists=True)
    op.drop_table("dispute_notes", schema="network")
    for name in ("appeal_waived_at", "withdrawal_agreed_at"):
        op.drop_column("dispute_parties", name, schema="network")
