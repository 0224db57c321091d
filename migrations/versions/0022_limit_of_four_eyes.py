"""limit of four eyes: a higher one waits for another admin"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is proposed, and by whom."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("settings", sa.Column("proposed_minor", sa.BigInteger(), nullable=True), schema="billing")
    op.add_column("settings", sa.Column("proposed_by", sa.Uuid(), nullable=True), schema="billing")
    op.create_foreign_key(
        op.f("fk_settings_proposed_by"),
        "settings",
        "users",
        ["proposed_by"],
        ["id"],
        source_schema="billing",
        referent_schema="identity",
    )
    op.create_check_constraint(
        op.f("ck_settings_proposed"),
        "settings",
        "(proposed_minor IS NULL) = (proposed_by IS NULL)",
        schema="billing",
    )
    op.create_check_constraint(
        op.f("ck_settings_higher"), "settings", "proposed_minor > four_eyes_minor", schema="billing"
    )


def downgrade() -> None:
    """Forget what is proposed."""
    for name in ("higher", "proposed"):
        op.drop_constraint(op.f(f"ck_settings_{name}"), "settings", schema="billing")
    op.drop_constraint(op.f("fk_settings_proposed_by"), "settings", schema="billing", type_="foreignkey")
    for column in ("proposed_by", "proposed_minor"):
        op.drop_column("settings", column, schema="billing")
