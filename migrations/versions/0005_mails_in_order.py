"""mails in order: those of one moment are taken in the order of what they tell"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend the index of what is due by the id."""
    _index_due(["next_at", "id"])


def downgrade() -> None:
    """Index the time alone."""
    _index_due(["next_at"])


def _index_due(columns: list[str]) -> None:
    op.drop_index("ix_deliveries_due", table_name="deliveries", schema="notifications")
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        columns,
        schema="notifications",
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
