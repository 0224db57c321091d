"""checkpoints by number: find the first one that bears an entry out, and the last one that a place has"""

from __future__ import annotations

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

INDEXES = (
    (op.f("ix_event_checkpoints_number"), "event_checkpoints", ["number", "id"]),
    (op.f("ix_event_checkpoint_copies_place"), "event_checkpoint_copies", ["place", "checkpoint_id"]),
)


def upgrade() -> None:
    """Add the indexes."""
    with op.get_context().autocommit_block():
        for name, table, columns in INDEXES:
            op.create_index(name, table, columns, schema="network", postgresql_concurrently=True, if_not_exists=True)


def downgrade() -> None:
    """Remove them."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table, schema="network")
