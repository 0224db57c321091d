"""others go first: the thousands of events of an import are told of after those that happened by themselves"""

from __future__ import annotations

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE OR REPLACE FUNCTION network.enqueue_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {outbox}
    INSERT INTO notifications.unsealed (event_id) SELECT id FROM written ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
ALIKE = "INSERT INTO notifications.outbox (event_id) SELECT id FROM written ON CONFLICT DO NOTHING;"
BY_NUMBER = """INSERT INTO notifications.outbox (event_id, is_bulk)
        SELECT id, (SELECT count(*) FROM written) > 50 FROM written ON CONFLICT DO NOTHING;"""
INDEX = "notifications.ix_outbox_order"


def upgrade() -> None:
    """Mark the events that come by the hundred; the release before writes and reads as it did."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE notifications.outbox ADD COLUMN IF NOT EXISTS is_bulk boolean NOT NULL DEFAULT false")
    op.execute(FUNCTION.format(outbox=BY_NUMBER))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_outbox_order ON notifications.outbox (is_bulk, event_id)"
        )


def downgrade() -> None:
    """Tell of all in the order in which they happened."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"DROP INDEX {INDEX}")
    op.execute(FUNCTION.format(outbox=ALIKE))
    op.drop_column("outbox", "is_bulk", schema="notifications")
