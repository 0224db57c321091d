"""sourcing credit: shared by a ruling, so that the next hire's share of the sourcer is divided"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

CLAIMS, RULINGS = "ats.candidate_sourcers", "network.dispute_rulings"
EFFECTS = "'keep', 'transfer', 'refuse', 'void', 'release', 'cancel', 'credit', 'amend', 'none', 'refund', 'remedy'"
CONSTRAINTS = {
    "fk_candidate_sourcers_shared_with": "FOREIGN KEY (shared_with) REFERENCES network.recruiters (id)",
    "ck_candidate_sourcers_shared": (
        "CHECK ((shared_with IS NULL) = (shared_bp IS NULL) AND shared_with IS DISTINCT FROM recruiter_id"
        " AND shared_bp BETWEEN 1 AND 9999)"
    ),
}


def upgrade() -> None:
    """Add the columns at once; rows are looked at while others go on writing."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("candidate_sourcers", sa.Column("shared_with", sa.Uuid(), nullable=True), schema="ats")
    op.add_column("candidate_sourcers", sa.Column("shared_bp", sa.BigInteger(), nullable=True), schema="ats")
    for name, rule in CONSTRAINTS.items():
        op.execute(f"ALTER TABLE {CLAIMS} ADD CONSTRAINT {name} {rule} NOT VALID")
    _allow(f"{EFFECTS}, 'share'")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
    for name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {CLAIMS} VALIDATE CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {RULINGS} VALIDATE CONSTRAINT ck_dispute_rulings_effect")
    op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Allow it no more; fails while there are such rulings, which the release before could not read."""
    _allow(EFFECTS)
    for name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {CLAIMS} DROP CONSTRAINT {name}")
    for name in ("shared_bp", "shared_with"):
        op.drop_column("candidate_sourcers", name, schema="ats")


def _allow(effects: str) -> None:
    name = "ck_dispute_rulings_effect"
    # The one that replaces it allows more, and stands when this transaction ends.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {RULINGS} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {RULINGS} ADD CONSTRAINT {name} CHECK (effect IN ({effects})) NOT VALID")
