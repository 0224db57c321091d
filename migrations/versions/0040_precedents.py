"""precedents: what everybody may read of a ruling"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; rulings so far say nothing to others."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    text = sa.Column("precedent", sa.Text(), server_default="", nullable=False)
    op.add_column("dispute_rulings", text, schema="network")


def downgrade() -> None:
    """Remove it, with what was written."""
    op.drop_column("dispute_rulings", "precedent", schema="network")
