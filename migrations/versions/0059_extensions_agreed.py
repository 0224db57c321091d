"""extensions agreed to: a longer guarantee moves the money of those who consented, and of nobody else"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

CONSENTS, PAYOUTS, CONSTRAINT = "extension_consents", "billing.payouts", "ck_payouts_extended"


def upgrade() -> None:
    """Add the answers, and to payouts the days that were agreed to, whose rule is looked at apart."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        CONSENTS,
        sa.Column("extension_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("agreed", sa.Boolean()),
        sa.CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name=op.f("ck_extension_consents_answered")),
        sa.ForeignKeyConstraint(
            ["extension_id"], ["ats.guarantee_extensions.id"], name=op.f("fk_extension_consents_extension_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_extension_consents_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("extension_id", "recruiter_id", name=op.f("pk_extension_consents")),
        schema="ats",
    )
    op.create_index(op.f("ix_extension_consents_recruiter_id"), CONSENTS, ["recruiter_id"], schema="ats")
    op.execute(f"ALTER TABLE {PAYOUTS} ADD COLUMN extended_days bigint DEFAULT 0 NOT NULL")
    rule = "extended_days >= 0 AND (extended_days = 0 OR recruiter_id IS NOT NULL)"
    op.execute(f"ALTER TABLE {PAYOUTS} ADD CONSTRAINT {CONSTRAINT} CHECK ({rule}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
    op.execute(f"ALTER TABLE {PAYOUTS} VALIDATE CONSTRAINT {CONSTRAINT}")


def downgrade() -> None:
    """Forget who agreed; payouts keep to the guarantee of the terms again."""
    op.execute(f"ALTER TABLE {PAYOUTS} DROP COLUMN extended_days")
    op.drop_table(CONSENTS, schema="ats")
