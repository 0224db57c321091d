"""imports: whom a file added, so that it can be undone, and how its columns were read, for the next one like it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the way from a candidate to the file; 0029 adds its index."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "candidate_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("added > 0 AND claimed BETWEEN 0 AND added", name=op.f("ck_candidate_imports_counts")),
        sa.CheckConstraint("(undone_at IS NULL) = (removed IS NULL)", name=op.f("ck_candidate_imports_undone")),
        sa.CheckConstraint("removed BETWEEN 1 AND added", name=op.f("ck_candidate_imports_removed")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_candidate_imports_user_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_candidate_imports_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_imports")),
        schema="ats",
    )
    op.create_index("ix_candidate_imports_user", "candidate_imports", ["user_id", "id"], schema="ats")
    op.create_table(
        "import_layouts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_import_layouts_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_import_layouts_user_id")),
        sa.PrimaryKeyConstraint("organisation_id", "layout", "user_id", name=op.f("pk_import_layouts")),
        schema="ats",
    )
    op.add_column("candidates", sa.Column("import_id", sa.Uuid(), nullable=True), schema="ats")
    op.create_foreign_key(
        op.f("fk_candidates_import_id"),
        "candidates",
        "candidate_imports",
        ["import_id"],
        ["id"],
        source_schema="ats",
        referent_schema="ats",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_column("candidates", "import_id", schema="ats")
    op.drop_table("import_layouts", schema="ats")
    op.drop_table("candidate_imports", schema="ats")
