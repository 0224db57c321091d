"""candidates whose data were erased on request: nothing tells who they were, and nothing can be entered again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE, NAME = "ats.candidates", "ck_candidates_erased"
EMPTY = (
    "erased_at IS NULL OR (full_name = 'Erased candidate' AND email = id || '@erased.invalid' AND email_key = email"
    " AND num_nonnulls(phone, phone_key, linkedin_url, linkedin_key) = 0"
    " AND location || title || employer = '' AND cardinality(skills) = 0 AND unsubscribed_at IS NOT NULL)"
)


def upgrade() -> None:
    """Add when it was, and what must be empty then."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("candidates", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True), schema="ats")
    op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {NAME} CHECK ({EMPTY}) NOT VALID")


def downgrade() -> None:
    """Forget when it was; what was erased stays erased."""
    op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {NAME}")
    op.drop_column("candidates", "erased_at", schema="ats")
