"""saved views: filters and order of a list that a person keeps under a name"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

REFERENCES = {"user_id": "identity.users.id", "organisation_id": "identity.organisations.id"}
CHECKS = {"place": "place BETWEEN 1 AND 12", "said": "name <> '' AND query <> ''"}


def upgrade() -> None:
    """Add the table."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "saved_views",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", *REFERENCES)),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "query")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_saved_views_{name}")) for name, rule in CHECKS.items()),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_saved_views_{column}"))
            for column, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "organisation_id", "path", "place", name=op.f("uq_saved_views_place")),
        schema="identity",
    )
    columns = ["user_id", "organisation_id", "path", sa.text("lower(name)")]
    op.create_index("uq_saved_views_name", "saved_views", columns, unique=True, schema="identity")


def downgrade() -> None:
    """Remove it, with the views."""
    op.drop_table("saved_views", schema="identity")
