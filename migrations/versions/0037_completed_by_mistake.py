"""completed by mistake: a placement that a wrong start completed goes on when its guarantee is not over"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# Its guarantee, with the days of grace and one for the zones, ends after it was completed.
RUNS_AGAIN = (
    "NEW.state = 'active'"
    " AND NEW.guarantee_end_date + NEW.report_grace_days::int + 1 >= (OLD.completed_at AT TIME ZONE 'UTC')::date"
)


def upgrade() -> None:
    """Let a completed placement fail, or go on under a guarantee that is not over."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    _keep(f"NEW.state NOT IN ('completed', 'failed') AND ({RUNS_AGAIN}) IS NOT TRUE")


def downgrade() -> None:
    """Let a completed placement fail only."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    _keep("NEW.state NOT IN ('completed', 'failed')")


def _keep(refused: str) -> None:
    op.execute("DROP TRIGGER IF EXISTS keep_completed ON ats.placements")
    op.execute(
        "CREATE TRIGGER keep_completed BEFORE UPDATE OF state ON ats.placements FOR EACH ROW"
        f" WHEN (OLD.state = 'completed' AND {refused}) EXECUTE FUNCTION network.keep_terminal('completed')"
    )
