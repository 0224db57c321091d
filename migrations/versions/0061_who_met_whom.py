"""who met whom: whom a company has met, for which jobs a recruiter proposed, and who did what, each by an index"""

from __future__ import annotations

from alembic import context, op
from sqlalchemy import text

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

PROPOSALS, EVENTS = "network.candidate_role_assignments", "network.marketplace_events"
INDEXES = {
    "network.ix_candidate_role_assignments_met": f"{PROPOSALS} (company_id, candidate_id) WHERE state = 'accepted'",
    "network.ix_candidate_role_assignments_recruiter_job": f"{PROPOSALS} (recruiter_id, job_id)",
}
OF_LOG, COLUMNS = "ix_marketplace_events_actor_type", "(actor_id, type, id)"
MONTHS = """
SELECT month.relname FROM pg_inherits i JOIN pg_class month ON month.oid = i.inhrelid
WHERE i.inhparent = 'network.marketplace_events'::regclass AND NOT EXISTS (
    SELECT FROM pg_index x JOIN pg_inherits of ON of.inhrelid = x.indexrelid
    WHERE x.indrelid = month.oid AND of.inhparent = 'network.ix_marketplace_events_actor_type'::regclass
) ORDER BY month.relname
"""


def upgrade() -> None:
    """Make the indexes while others go on writing, of the log month by month."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.split('.')[1]} ON {rows}")
        # Of the whole alone, which has no rows itself: an instant.
        of_whole = f"CREATE INDEX IF NOT EXISTS {OF_LOG} ON ONLY {EVENTS} {COLUMNS}"
        op.execute(f"-- squawk-ignore require-concurrent-index-creation\n{of_whole}")
        for month in _months():
            name = f"{month}_actor_id_type_id_idx"
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS network.{name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON network.{month} {COLUMNS}")
            op.execute(f"ALTER INDEX network.{OF_LOG} ATTACH PARTITION network.{name}")
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Read what there is, and leave out most of it."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"DROP INDEX IF EXISTS network.{OF_LOG}")


def _months() -> list[str]:
    """Return the months that have no such index yet; none where the statements are only written down."""
    return [] if context.is_offline_mode() else list(op.get_bind().execute(text(MONTHS)).scalars())
