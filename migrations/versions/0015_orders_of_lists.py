"""orders of lists: an index for each order of a list that somebody sees all of"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = (
    ("ats", "candidates", "ix_candidates_name", ("lower(full_name)", "id")),
    ("ats", "jobs", "ix_jobs_title", ("lower(title)", "id")),
    ("ats", "jobs", "ix_jobs_salary", ("coalesce(salary_max_minor, salary_min_minor, 0)", "id")),
    ("ats", "jobs", "ix_jobs_fee", ("fee_bp", "id")),
    ("ats", "placements", "ix_placements_guarantee_order", ("coalesce(guarantee_end_date, '2999-12-31'::date)", "id")),
    ("ats", "placements", "ix_placements_fee", ("fee_minor", "id")),
    (
        "notifications",
        "notices",
        "ix_notices_order",
        ("user_id", "num_nulls(read_at)", "id"),
    ),
)


def upgrade() -> None:
    """Add indexes, so that a page in any order costs what it shows."""
    for schema, table, name, keys in INDEXES:
        columns = [key if key.isidentifier() else sa.text(key) for key in keys]
        op.create_index(name, table, columns, schema=schema)


def downgrade() -> None:
    """Sort again."""
    for schema, table, name, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table, schema=schema)
