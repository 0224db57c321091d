"""ruled by who handled it: a ruling says when no other admin was there to decide about the platform's own doing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark; of earlier rulings nobody wrote down who had handled the money."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column(
        "dispute_rulings",
        sa.Column("handled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="network",
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_column("dispute_rulings", "handled", schema="network")
