"""shortlists: a company's own mark on a proposal, with who put it there and when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

REFERENCES = {"proposal_id": "network.candidate_role_assignments.id", "marked_by": "identity.users.id"}


def upgrade() -> None:
    """Add the table."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "shortlist_marks",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in REFERENCES),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_shortlist_marks_{column}"))
            for column, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_shortlist_marks")),
        schema="network",
    )


def downgrade() -> None:
    """Remove it, with the marks."""
    op.drop_table("shortlist_marks", schema="network")
