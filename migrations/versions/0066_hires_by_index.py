"""hires by index: the work queue looks for accepted proposals without a hire, and asked of each one by itself"""

from __future__ import annotations

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

INDEXES = {"ix_placements_lead_hired": "lead_recruiter_id", "ix_placements_company_hired": "company_id"}


def upgrade() -> None:
    """Index the hires by recruiter and by company, while others go on writing; the release before reads none of it."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, whose in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ats.{name}")
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON ats.placements ({whose}, proposal_id)"
                " WHERE state <> 'undone'"
            )
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Ask of each proposal by itself."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ats.{name}")
