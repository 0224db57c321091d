"""lists: how a person's spreadsheet reads CSV, and indexes for the orders that lists offer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add each person's choice, automatic by time zone until then."""
    op.add_column(
        "users", sa.Column("spreadsheet", sa.Text(), server_default="auto", nullable=False), schema="identity"
    )
    op.create_check_constraint(
        op.f("ck_users_spreadsheet"), "users", "spreadsheet IN ('auto', 'comma', 'semicolon')", schema="identity"
    )


def downgrade() -> None:
    """Forget the choices."""
    op.drop_column("users", "spreadsheet", schema="identity")
