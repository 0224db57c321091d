"""billing addresses: who agreed to get copies of a company's documents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; addresses that were entered before get copies again once they have agreed."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("declined_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("confirmed_at IS NULL OR declined_at IS NULL", name=op.f("ck_addresses_one_answer")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_addresses_organisation_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["identity.users.id"], name=op.f("fk_addresses_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        schema="billing",
    )
    op.create_index(
        "uq_addresses_organisation_id_email",
        "addresses",
        ["organisation_id", sa.text("lower(email)")],
        unique=True,
        schema="billing",
    )


def downgrade() -> None:
    """Remove it; billing addresses get copies without having agreed."""
    op.drop_table("addresses", schema="billing")
