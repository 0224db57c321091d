"""called like hosts: find the organizations whose names look like hosts"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

INDEX = op.f("ix_organisations_called_like_a_host")


def upgrade() -> None:
    """Add the index."""
    with op.get_context().autocommit_block():
        op.create_index(
            INDEX,
            "organisations",
            ["name"],
            schema="identity",
            postgresql_where=text(r"name ~ '\w\.[A-Za-z]{2}'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Remove it."""
    op.drop_index(INDEX, "organisations", schema="identity")
