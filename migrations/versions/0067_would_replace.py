"""would replace: a no-show remembers what it was linked to, and what was undone before replaces nothing any more"""

from __future__ import annotations

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

TABLE, REFERENCE, RULE = "ats.placements", op.f("fk_placements_would_replace_id"), "ck_placements_would_replace"
# Until unlinking came, these kept their link, and what they were to replace counted as replaced.
NEVER_BEGAN = "replaces_id IS NOT NULL AND activated_at IS NULL AND state IN ('undone', 'failed')"


def upgrade() -> None:
    """Add the column with its rules, which are looked at apart, and free what was never replaced."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN would_replace_id uuid")
    op.execute(
        f"ALTER TABLE {TABLE} ADD CONSTRAINT {REFERENCE} FOREIGN KEY (would_replace_id)"
        f" REFERENCES {TABLE} (id) NOT VALID"
    )
    op.execute(
        f"ALTER TABLE {TABLE} ADD CONSTRAINT {RULE} CHECK"
        " (would_replace_id IS NULL OR (failure_reason = 'no_show' AND replaces_id IS NULL)) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
    op.execute(
        f"UPDATE {TABLE} SET would_replace_id = CASE WHEN state = 'failed' THEN replaces_id END,"
        f" replaces_id = NULL, linked_at = NULL, version = version + 1 WHERE {NEVER_BEGAN}"
    )
    op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {REFERENCE}")
    op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {RULE}")


def downgrade() -> None:
    """Forget what a no-show was linked to."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"ALTER TABLE {TABLE} DROP COLUMN would_replace_id")
