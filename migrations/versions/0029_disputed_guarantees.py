"""disputes: about how a placement ended, with a refund, the remedy of the terms, or a void guarantee as rulings"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SUBJECTS = "'candidate', 'proposal', 'placement', 'payout', 'invoice'"
EFFECTS = "'keep', 'transfer', 'refuse', 'void', 'amend'"


def upgrade() -> None:
    """Allow the subject and the rulings; 0032 looks at the rows."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    _allow("disputes", "subject_type", "'candidate', 'proposal', 'placement', 'guarantee', 'payout', 'invoice'")
    _allow("dispute_rulings", "effect", f"{EFFECTS}, 'none', 'refund', 'remedy'")


def downgrade() -> None:
    """Allow them no more; fails while there are such cases, which the release before could not read."""
    _allow("dispute_rulings", "effect", EFFECTS)
    _allow("disputes", "subject_type", SUBJECTS)


def _allow(table: str, column: str, values: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    # The one that replaces it allows more, and stands when this transaction ends.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE network.{table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE network.{table} ADD CONSTRAINT {name} CHECK ({column} IN ({values})) NOT VALID")
