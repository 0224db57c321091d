"""credit paid out: what a company paid too much goes back when no invoice takes it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

TABLE = "credit_payments"


def upgrade() -> None:
    """Add the table."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_payments_amount")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["identity.organisations.id"], name=op.f("fk_credit_payments_company_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_credit_payments_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_payments")),
        schema="billing",
    )
    op.create_index(op.f("ix_credit_payments_company_id"), TABLE, ["company_id"], schema="billing")


def downgrade() -> None:
    """Remove it; the transfers of what was paid out stay in the ledger."""
    op.drop_table(TABLE, schema="billing")
