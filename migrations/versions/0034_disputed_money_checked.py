"""disputes: look at the rows of the checks that 0033 added, while others go on reading and writing them"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

CHECKS = {"network.dispute_freezes": "ck_dispute_freezes_role", "network.dispute_rulings": "ck_dispute_rulings_effect"}


def upgrade() -> None:
    """Validate them."""
    op.execute("SET LOCAL statement_timeout = '6h'")
    for table, name in CHECKS.items():
        # 0033 has been committed by then; only the printed SQL of several migrations is one transaction.
        op.execute(f"-- squawk-ignore constraint-missing-not-valid\nALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """Leave them: they go with 0033."""
