"""lost days: a replacement that is owed is prolonged by the days that the company took away"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count the days, and keep on which the job took no proposals."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column(
        "obligations",
        sa.Column("prolonged_days", sa.BigInteger(), server_default="0", nullable=False),
        schema="billing",
    )
    op.add_column(
        "obligations",
        sa.Column("idle_on", sa.ARRAY(sa.Date()), server_default="{}", nullable=False),
        schema="billing",
    )
    op.create_check_constraint(
        op.f("ck_obligations_prolonged"), "obligations", "prolonged_days >= cardinality(idle_on)", schema="billing"
    )


def downgrade() -> None:
    """Forget them; the deadlines stay."""
    op.drop_constraint(op.f("ck_obligations_prolonged"), "obligations", schema="billing")
    for column in ("idle_on", "prolonged_days"):
        op.drop_column("obligations", column, schema="billing")
