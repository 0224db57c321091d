"""names in notices: a notice keeps the place of a candidate's name, whoever may know it then reads it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_NAMES = """
UPDATE notifications.notices n
SET candidate_id = e.candidate_id, alias = 'a candidate', title = replace(n.title, c.full_name, U&'\\FFFC')
FROM network.marketplace_events e JOIN ats.candidates c ON c.id = e.candidate_id
WHERE e.id = n.event_id
"""
WITH_NAMES = """
UPDATE notifications.notices n
SET title = replace(n.title, U&'\\FFFC', c.full_name)
FROM ats.candidates c WHERE c.id = n.candidate_id
"""


def upgrade() -> None:
    """Take the names out of the titles."""
    op.add_column("notices", sa.Column("candidate_id", sa.Uuid()), schema="notifications")
    op.add_column(
        "notices",
        sa.Column("alias", sa.Text(), nullable=False, server_default=""),
        schema="notifications",
    )
    op.execute(OF_NAMES)


def downgrade() -> None:
    """Write the names into the titles again."""
    op.execute(WITH_NAMES)
    op.drop_column("notices", "alias", schema="notifications")
    op.drop_column("notices", "candidate_id", schema="notifications")
