"""whom an inviter named, until the person acts for the organization: the account's own name is nobody else's before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the name."""
    op.add_column("memberships", sa.Column("invited_as", sa.Text(), nullable=True), schema="identity")


def downgrade() -> None:
    """Forget it."""
    op.drop_column("memberships", "invited_as", schema="identity")
