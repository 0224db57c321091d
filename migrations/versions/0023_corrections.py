"""corrections: a hire's figures are put right with consent, and a hire or no-show recorded by mistake is undone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATES = "'hired', 'active', 'completed', 'failed'"
LEFT = "'hired', 'active', 'completed'"


def upgrade() -> None:
    """Add what corrections keep, the state of a hire that was undone, and the ways back from a no-show."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("split_amendments", sa.Column("corrected", postgresql.JSONB(), nullable=True), schema="ats")
    op.add_column("placements", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True), schema="ats")
    _allow("placements", "state", f"{STATES}, 'undone'")
    _allow("placement_states", "to_state", f"{STATES}, 'undone'")
    _allow("placement_states", "from_state", f"{LEFT}, 'failed'")
    op.create_check_constraint(
        op.f("ck_placements_undone"), "placements", "(state = 'undone') = (undone_at IS NOT NULL)", schema="ats"
    )
    op.drop_constraint(op.f("uq_placement_states_placement_id_to_state"), "placement_states", schema="ats")
    op.create_index("ix_placement_states_placement", "placement_states", ["placement_id", "id"], schema="ats")
    op.drop_constraint(op.f("uq_placements_proposal_id"), "placements", schema="ats")
    op.create_index(
        "uq_placements_proposal_id",
        "placements",
        ["proposal_id"],
        unique=True,
        schema="ats",
        postgresql_where=sa.text("state <> 'undone'"),
    )
    _keep("'undone'")
    op.execute(
        "CREATE TRIGGER keep_failed BEFORE UPDATE OF state ON ats.placements FOR EACH ROW"
        " WHEN (OLD.state = 'failed' AND (OLD.failure_reason <> 'no_show' OR NEW.state NOT IN"
        " ('failed', 'hired', 'active'))) EXECUTE FUNCTION network.keep_terminal('failed')"
    )


def downgrade() -> None:
    """Drop them; what was undone counts as a no-show."""
    op.execute("DROP TRIGGER keep_failed ON ats.placements")
    op.execute("DROP TRIGGER keep_terminal ON ats.placements")
    op.drop_constraint(op.f("ck_placements_undone"), "placements", schema="ats")
    op.execute(
        "UPDATE ats.placements SET state = 'failed', failed_at = undone_at, failure_reason = 'no_show',"
        " replacement_eligible = false WHERE state = 'undone'"
    )
    _allow("placements", "state", STATES)
    _keep("'failed'")
    op.drop_index("uq_placements_proposal_id", "placements", schema="ats")
    op.create_unique_constraint(op.f("uq_placements_proposal_id"), "placements", ["proposal_id"], schema="ats")
    op.drop_index("ix_placement_states_placement", "placement_states", schema="ats")
    op.create_unique_constraint(
        op.f("uq_placement_states_placement_id_to_state"),
        "placement_states",
        ["placement_id", "to_state"],
        schema="ats",
    )
    _allow("placement_states", "from_state", LEFT)
    _allow("placement_states", "to_state", STATES)
    op.drop_column("placements", "undone_at", schema="ats")
    op.drop_column("split_amendments", "corrected", schema="ats")


def _allow(table: str, column: str, states: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table, schema="ats")
    op.create_check_constraint(name, table, f"{column} IN ({states})", schema="ats")


def _keep(states: str) -> None:
    """Let these states be final."""
    op.execute("DROP TRIGGER IF EXISTS keep_terminal ON ats.placements")
    op.execute(
        "CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON ats.placements FOR EACH ROW"
        f" EXECUTE FUNCTION network.keep_terminal({states})"
    )
