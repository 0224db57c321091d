"""disputes: about payouts and invoices, and a freeze of single payouts while the rest of a fee goes on"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

EFFECTS = "'keep', 'transfer', 'refuse', 'void', 'amend', 'none', 'refund', 'remedy'"
ROLE = "network.dispute_freezes ADD CONSTRAINT ck_dispute_freezes_role"


def upgrade() -> None:
    """Add the columns and allow the rulings; 0034 looks at the rows."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE billing.payouts ADD COLUMN is_frozen boolean DEFAULT false NOT NULL")
    op.execute("ALTER TABLE network.dispute_freezes ADD COLUMN role text")
    op.execute(f"ALTER TABLE {ROLE} CHECK (role IS NULL OR kind = 'placement') NOT VALID")
    _allow(f"{EFFECTS}, 'release', 'cancel', 'credit'")


def downgrade() -> None:
    """Allow them no more; fails while there are such rulings, which the release before could not read."""
    _allow(EFFECTS)
    op.execute("ALTER TABLE network.dispute_freezes DROP COLUMN role")
    op.execute("ALTER TABLE billing.payouts DROP COLUMN is_frozen")


def _allow(effects: str) -> None:
    name = "ck_dispute_rulings_effect"
    # The one that replaces it allows more, and stands when this transaction ends.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE network.dispute_rulings DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE network.dispute_rulings ADD CONSTRAINT {name} CHECK (effect IN ({effects})) NOT VALID")
