"""same person: a second record of somebody is merged into the first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLE, INDEX = "ats.candidates", "ix_candidates_merged"
CONSTRAINTS = {
    "fk_candidates_merged_into_id": "FOREIGN KEY (merged_into_id) REFERENCES ats.candidates (id)",
    "ck_candidates_merged": (
        "CHECK ((merged_into_id IS NULL) = (merged_at IS NULL) AND merged_into_id IS DISTINCT FROM id)"
    ),
}


def upgrade() -> None:
    """Add the columns at once; rows are looked at, and indexed, while others go on writing."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("candidates", sa.Column("merged_into_id", sa.Uuid(), nullable=True), schema="ats")
    op.add_column("candidates", sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True), schema="ats")
    for name, rule in CONSTRAINTS.items():
        op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {name} {rule} NOT VALID")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ats.{INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON {TABLE} (merged_into_id) WHERE merged_into_id IS NOT NULL"
        )
    for name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {name}")
    op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Remove them: second records are candidates of their own again."""
    for name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {name}")
    for name in ("merged_into_id", "merged_at"):
        op.drop_column("candidates", name, schema="ats")
