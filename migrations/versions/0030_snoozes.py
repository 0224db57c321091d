"""snoozes: rows of the work queue that a person has put off"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "snoozes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_snoozes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "kind", "subject_id", name=op.f("pk_snoozes")),
        schema="identity",
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("snoozes", schema="identity")
