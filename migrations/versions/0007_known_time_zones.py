"""known time zones: the database keeps only those that it can reckon with itself"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("identity.users", "identity.organisations", "ats.placements")


def upgrade() -> None:
    """Set what was never a known zone to UTC, then refuse what is none."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(
        """
        CREATE FUNCTION identity.is_time_zone(zone text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
            PERFORM timezone(zone, TIMESTAMPTZ 'epoch');
            RETURN true;
        EXCEPTION WHEN invalid_parameter_value THEN
            RETURN false;
        END $$
        """
    )
    for table in TABLES:
        op.execute(f"UPDATE {table} SET time_zone = 'UTC' WHERE NOT identity.is_time_zone(time_zone)")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {_name(table)} CHECK (identity.is_time_zone(time_zone))")


def downgrade() -> None:
    """Take any text for a zone."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {_name(table)}")
    op.execute("DROP FUNCTION identity.is_time_zone")


def _name(table: str) -> str:
    return f"ck_{table.partition('.')[2]}_time_zone"
