"""zones by name: refuse what PostgreSQL reckons with and no list of zones has, such as FOO+3, also for fees"""

from __future__ import annotations

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

FEES, CONSTRAINT = "billing.fees", op.f("ck_fees_time_zone")
TABLES = ("identity.users", "identity.organisations", "ats.placements", FEES)
# Of the list of zones, those without a place in the name.
ALONE = (
    "CET|CST6CDT|Cuba|EET|EST|EST5EDT|Egypt|Eire|GB|GB-Eire|GMT|GMT[+]0|GMT-0|GMT0|Greenwich|HST|Hongkong|Iceland|Iran|"
    "Israel|Jamaica|Japan|Kwajalein|Libya|MET|MST|MST7MDT|NZ|NZ-CHAT|Navajo|PRC|PST8PDT|Poland|Portugal|ROC|ROK|"
    "Singapore|Turkey|UCT|UTC|Universal|W-SU|WET|Zulu"
)
NAMED = f"^({ALONE}|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z_-]*[0-9+-]*)+)$"


def upgrade() -> None:
    """Set what is no name of a zone to UTC, then refuse it."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    _define(f"IF zone !~ '{NAMED}' THEN RETURN false; END IF;")
    for table in TABLES:
        op.execute(f"UPDATE {table} SET time_zone = 'UTC' WHERE NOT identity.is_time_zone(time_zone)")
    op.execute(f"ALTER TABLE {FEES} ADD CONSTRAINT {CONSTRAINT} CHECK (identity.is_time_zone(time_zone)) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
    op.execute(f"ALTER TABLE {FEES} VALIDATE CONSTRAINT {CONSTRAINT}")


def downgrade() -> None:
    """Take whatever the database can reckon with, and any text for a fee."""
    op.execute(f"ALTER TABLE {FEES} DROP CONSTRAINT {CONSTRAINT}")
    _define("")


def _define(named: str) -> None:
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION identity.is_time_zone(zone text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
            {named}
            PERFORM timezone(zone, TIMESTAMPTZ 'epoch');
            RETURN true;
        EXCEPTION WHEN invalid_parameter_value THEN
            RETURN false;
        END $$
        """
    )
