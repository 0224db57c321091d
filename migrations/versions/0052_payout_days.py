"""payout days: the days of the month on which the platform pays what is due"""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

SETTINGS, CONSTRAINT = "network.platform_settings", "ck_platform_settings_payout_days"


def upgrade() -> None:
    """Add the column at once, and its rule apart; there is one row."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    column = "payout_days integer[] DEFAULT '{1}' NOT NULL"
    op.execute(f"-- squawk-ignore prefer-bigint-over-int\nALTER TABLE {SETTINGS} ADD COLUMN {column}")
    rule = "cardinality(payout_days) > 0 AND 1 <= ALL (payout_days) AND 28 >= ALL (payout_days)"
    op.execute(f"ALTER TABLE {SETTINGS} ADD CONSTRAINT {CONSTRAINT} CHECK ({rule}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
    op.execute(f"ALTER TABLE {SETTINGS} VALIDATE CONSTRAINT {CONSTRAINT}")


def downgrade() -> None:
    """Forget the days."""
    op.execute(f"ALTER TABLE {SETTINGS} DROP COLUMN payout_days")
