"""profiles: what is known of a candidate's working life, all of it optional, and gone with the rest when erased"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLE = "ats.candidates"
COLUMNS = (
    "experience_years",
    "notice_weeks",
    "available_on",
    "salary_minor",
    "expected_salary_minor",
    "currency",
    "right_to_work",
    "languages",
)
CHECKS = {
    "ck_candidates_numbers": "experience_years BETWEEN 0 AND 70 AND notice_weeks BETWEEN 0 AND 104",
    "ck_candidates_salaries": (
        "salary_minor > 0 AND expected_salary_minor > 0"
        " AND (num_nonnulls(salary_minor, expected_salary_minor) = 0) = (currency IS NULL)"
    ),
    "ck_candidates_erased_profile": (
        "erased_at IS NULL OR (num_nonnulls(experience_years, notice_weeks, available_on, currency) = 0"
        " AND right_to_work = '' AND cardinality(languages) = 0)"
    ),
}


def upgrade() -> None:
    """Add the columns and what must hold of them; 0032 looks at the rows."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    for name in ("experience_years", "notice_weeks"):
        op.add_column("candidates", sa.Column(name, sa.BigInteger(), nullable=True), schema="ats")
    op.add_column("candidates", sa.Column("available_on", sa.Date(), nullable=True), schema="ats")
    for name in ("salary_minor", "expected_salary_minor"):
        op.add_column("candidates", sa.Column(name, sa.BigInteger(), nullable=True), schema="ats")
    op.add_column("candidates", sa.Column("currency", sa.Text(), nullable=True), schema="ats")
    words = sa.Column("right_to_work", sa.Text(), nullable=False, server_default="")
    op.add_column("candidates", words, schema="ats")
    listed = sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("candidates", listed, schema="ats")
    for name, rule in CHECKS.items():
        op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID")


def downgrade() -> None:
    """Remove them."""
    for name in CHECKS:
        op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {name}")
    for name in COLUMNS:
        op.drop_column("candidates", name, schema="ats")
