"""employers like hosts: find who else has an employer whose name looks like a host"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

INDEX = op.f("ix_candidates_employer_like_a_host")


def upgrade() -> None:
    """Add the index."""
    with op.get_context().autocommit_block():
        op.create_index(
            INDEX,
            "candidates",
            [text("lower(employer)")],
            schema="ats",
            postgresql_where=text(r"employer ~ '\w\.[A-Za-z]{2}'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Remove it."""
    op.drop_index(INDEX, "candidates", schema="ats")
