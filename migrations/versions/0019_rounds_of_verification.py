"""checkpoints that say how far old entries were checked again"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE, NAME = "network.event_checkpoints", "ck_event_checkpoints_kind"


def _allow(*kinds: str) -> None:
    """Replace the list of kinds without keeping writers out."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {NAME} CHECK (kind IN ({listed})) NOT VALID")


def upgrade() -> None:
    """Allow them."""
    _allow("head", "verified", "rechecked", "restored")
    op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {NAME}")


def downgrade() -> None:
    """Refuse new ones; those that are there are signed, and each is named by the one after it."""
    _allow("head", "verified", "restored")
