"""ending in order: the guarantees that end soonest are found in the order of the work queue, also a company's own"""

from __future__ import annotations

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

NEW = {
    "ix_placements_ending": "guarantee_end_date, id",
    "ix_placements_company_ending": "company_id, guarantee_end_date, id",
}
OLD = {"ix_placements_guarantee": "guarantee_end_date"}


def upgrade() -> None:
    """Index them while others go on writing; the release before reads the first of the new ones as it read the old."""
    _replace(OLD, NEW)


def downgrade() -> None:
    """Sort those that end on a day."""
    _replace(NEW, OLD)


def _replace(before: dict[str, str], after: dict[str, str]) -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, columns in after.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ats.{name}")
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON ats.placements ({columns}) WHERE state = 'active'"
            )
        for name in before:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ats.{name}")
        op.execute("SET statement_timeout = '30s'")
