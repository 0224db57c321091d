"""ended in order: what ended of a recruiter's own is found newest first, behind a score"""

from __future__ import annotations

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

ENDED = "coalesce(completed_at, failed_at)"


def upgrade() -> None:
    """Index them while others go on writing; the release before reads none of it."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ats.ix_placements_lead_ended")
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_placements_lead_ended ON ats.placements"
            f" (lead_recruiter_id, {ENDED}, id) WHERE {ENDED} IS NOT NULL"
        )
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Sort all that ended."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ats.ix_placements_lead_ended")
