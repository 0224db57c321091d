"""last success: when each periodic job last ended without an error, whatever came after"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a job that ended well last did so when it ended."""
    column = sa.Column("succeeded_at", sa.DateTime(timezone=True))
    op.add_column("periodic_runs", column, schema="notifications")
    op.execute("UPDATE notifications.periodic_runs SET succeeded_at = finished_at WHERE last_error IS NULL")


def downgrade() -> None:
    """Forget it."""
    op.drop_column("periodic_runs", "succeeded_at", schema="notifications")
