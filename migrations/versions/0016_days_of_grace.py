"""days of grace: a departure inside the guarantee can be reported after its end, by the last day worked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the days of grace to placements, and the last day worked to failures and their history."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column(
        "placements", sa.Column("report_grace_days", sa.BigInteger(), server_default="0", nullable=False), schema="ats"
    )
    op.add_column(
        "placements",
        sa.Column("guarantee_waived", sa.Boolean(), server_default=sa.false(), nullable=False),
        schema="ats",
    )
    op.execute("UPDATE ats.placements SET report_grace_days = 5 WHERE state = 'active'")
    for table in ("placements", "placement_states"):
        op.add_column(table, sa.Column("last_day_worked", sa.Date(), nullable=True), schema="ats")
    op.create_check_constraint(op.f("ck_placements_grace"), "placements", "report_grace_days >= 0", schema="ats")
    op.create_check_constraint(
        op.f("ck_placements_last_day"),
        "placements",
        "last_day_worked IS NULL OR (failed_at IS NOT NULL AND last_day_worked >= start_date)",
        schema="ats",
    )
    _left("'hired', 'active', 'completed'")
    _keep("'failed'")


def downgrade() -> None:
    """Drop them; what failed after its completion stays failed."""
    op.execute("UPDATE ats.placement_states SET from_state = 'active' WHERE from_state = 'completed'")
    _keep("'completed', 'failed'")
    _left("'hired', 'active'")
    op.drop_constraint(op.f("ck_placements_last_day"), "placements", schema="ats")
    op.drop_constraint(op.f("ck_placements_grace"), "placements", schema="ats")
    for table in ("placements", "placement_states"):
        op.drop_column(table, "last_day_worked", schema="ats")
    for column in ("guarantee_waived", "report_grace_days"):
        op.drop_column("placements", column, schema="ats")


def _left(states: str) -> None:
    name = op.f("ck_placement_states_from_state")
    op.drop_constraint(name, "placement_states", schema="ats")
    op.create_check_constraint(name, "placement_states", f"from_state IN ({states})", schema="ats")


def _keep(states: str) -> None:
    """Make these states final; of the others a completed placement can only fail."""
    op.execute("DROP TRIGGER keep_terminal ON ats.placements")
    op.execute(
        "CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON ats.placements FOR EACH ROW"
        f" EXECUTE FUNCTION network.keep_terminal({states})"
    )
    op.execute("DROP TRIGGER IF EXISTS keep_completed ON ats.placements")
    if "completed" not in states:
        op.execute(
            "CREATE TRIGGER keep_completed BEFORE UPDATE OF state ON ats.placements FOR EACH ROW"
            " WHEN (OLD.state = 'completed' AND NEW.state NOT IN ('completed', 'failed'))"
            " EXECUTE FUNCTION network.keep_terminal('completed')"
        )
