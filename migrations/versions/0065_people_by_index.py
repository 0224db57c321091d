"""people by index: people and organizations are found as candidates are, blind to accents; read row by row, that takes long"""

from __future__ import annotations

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

INDEXES = {
    "identity.ix_users_search": "identity.users USING gin (ats.folded(name) gin_trgm_ops)",
    "identity.ix_organisations_search": "identity.organisations USING gin (ats.folded(name) gin_trgm_ops)",
}


def upgrade() -> None:
    """Index the names, while others go on writing; the release before reads none of it."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.split('.')[1]} ON {rows}")
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Search row by row."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
