"""ended lately: what ended of one's own is found by when it did, in charts and behind scores"""

from __future__ import annotations

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

INDEXES = [f"ix_candidate_role_assignments_{whose}_closed" for whose in ("recruiter", "company")]


def upgrade() -> None:
    """Index them by whose they are, while others go on writing; the release before reads none of it."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS network.{name}")
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON network.candidate_role_assignments"
                f" ({name.split('_')[-2]}_id, closed_at) INCLUDE (proposed_at, state) WHERE closed_at IS NOT NULL"
            )
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Look for them among all that ended lately."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS network.{name}")
