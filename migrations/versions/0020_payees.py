"""payees: where recruiters are paid, encrypted; a payout is held while that is missing or was just changed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "payees",
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("legal_form", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("legal_form IN ('person', 'agency')", name=op.f("ck_payees_legal_form")),
        sa.CheckConstraint("legal_name <> '' AND shown <> '' AND sealed <> ''", name=op.f("ck_payees_complete")),
        sa.ForeignKeyConstraint(["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_payees_recruiter_id")),
        sa.PrimaryKeyConstraint("recruiter_id", name=op.f("pk_payees")),
        schema="billing",
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("payees", schema="billing")
