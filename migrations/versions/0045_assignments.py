"""assignments: who of a company has a proposal in hand"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

USERS = "identity.users.id"
REFERENCES = {"proposal_id": "network.candidate_role_assignments.id", "assigned_to": USERS, "assigned_by": USERS}


def upgrade() -> None:
    """Add the table."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "proposal_assignments",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in REFERENCES),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_proposal_assignments_{column}"))
            for column, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal_assignments")),
        schema="network",
    )
    op.create_index(
        op.f("ix_proposal_assignments_assigned_to"), "proposal_assignments", ["assigned_to"], schema="network"
    )


def downgrade() -> None:
    """Remove it; proposals are nobody's in particular."""
    op.drop_table("proposal_assignments", schema="network")
