"""credit guarded: what was paid out of a company's credit never changes, like what was paid of a refund"""

from __future__ import annotations

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE = "billing.credit_payments"


def upgrade() -> None:
    """Add the triggers; the release before only inserts, too."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {TABLE}"
        " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
    )


def downgrade() -> None:
    """Remove them."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(f"DROP TRIGGER append_only ON {TABLE}")
    op.execute(f"DROP TRIGGER never_emptied ON {TABLE}")
