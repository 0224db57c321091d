"""limits by currency: 50,000 yen are little, 50,000 dinars much"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; without a row of its own a currency keeps the limits of all others."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "limits",
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("four_eyes_minor", sa.BigInteger(), nullable=False),
        sa.Column("small_difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("proposed_minor", sa.BigInteger()),
        sa.Column("proposed_by", sa.Uuid()),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(proposed_minor IS NULL) = (proposed_by IS NULL)", name=op.f("ck_limits_proposed")),
        sa.CheckConstraint("proposed_minor > four_eyes_minor", name=op.f("ck_limits_higher")),
        sa.CheckConstraint("four_eyes_minor >= 0 AND small_difference_minor >= 0", name=op.f("ck_limits_bounds")),
        sa.ForeignKeyConstraint(["proposed_by"], ["identity.users.id"], name=op.f("fk_limits_proposed_by")),
        sa.PrimaryKeyConstraint("currency", name=op.f("pk_limits")),
        schema="billing",
    )


def downgrade() -> None:
    """Remove it; every currency has the same limits again."""
    op.drop_table("limits", schema="billing")
