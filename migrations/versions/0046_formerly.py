"""formerly: the names and contact data that a candidate's record had before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

COLUMNS = ("full_name", "email", "phone", "linkedin_url")
RULE = "CHECK (erased_at IS NULL OR formerly = '[]')"
KEEP = f"""
CREATE FUNCTION ats.keep_former_identity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was jsonb := jsonb_build_object({", ".join(f"'{name}', coalesce(OLD.{name}, '')" for name in COLUMNS)});
BEGIN
    NEW.formerly := CASE
        WHEN NEW.erased_at IS NOT NULL THEN '[]'
        WHEN OLD.formerly @> jsonb_build_array(was) THEN OLD.formerly
        ELSE OLD.formerly || was
    END;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the column, and let the database fill it whichever way a record is changed."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    column = sa.Column("formerly", JSONB(), nullable=False, server_default="[]")
    op.add_column("candidates", column, schema="ats")
    op.execute(f"ALTER TABLE ats.candidates ADD CONSTRAINT ck_candidates_erased_formerly {RULE} NOT VALID")
    op.execute(KEEP)
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in COLUMNS)
    op.execute(
        f"CREATE TRIGGER keep_former_identity BEFORE UPDATE OF {', '.join(COLUMNS)} ON ats.candidates"
        f" FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION ats.keep_former_identity()"
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
    op.execute("ALTER TABLE ats.candidates VALIDATE CONSTRAINT ck_candidates_erased_formerly")
    op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TRIGGER keep_former_identity ON ats.candidates")
    op.execute("DROP FUNCTION ats.keep_former_identity()")
    op.execute("ALTER TABLE ats.candidates DROP CONSTRAINT ck_candidates_erased_formerly")
    op.drop_column("candidates", "formerly", schema="ats")
