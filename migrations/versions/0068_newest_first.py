"""newest first: a search looks at the newest proposals and placements of one's own, whatever their state"""

from __future__ import annotations

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

INDEXES = {
    "network.ix_candidate_role_assignments_recruiter_newest": "network.candidate_role_assignments (recruiter_id, id)",
    "network.ix_candidate_role_assignments_company_newest": "network.candidate_role_assignments (company_id, id)",
    "ats.ix_placements_company_newest": "ats.placements (company_id, id)",
}


def upgrade() -> None:
    """Index them by whose they are, while others go on writing; the release before reads none of it."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.split('.')[1]} ON {rows}")
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Look at them state by state."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
