"""participants: who of the company takes part in an interview"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

REFERENCES = {"interview_id": "network.interviews.id", "user_id": "identity.users.id"}
OF_THE_COMPANY = """
CREATE FUNCTION network.check_interview_participant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM network.interviews i
        JOIN network.candidate_role_assignments p ON p.id = i.proposal_id
        JOIN identity.memberships m ON m.organisation_id = p.company_id
        WHERE i.id = NEW.interview_id AND m.user_id = NEW.user_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'who takes part in an interview belongs to its company' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the table; an interview that there is has nobody in it."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "interview_participants",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in REFERENCES),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_interview_participants_{column}"))
            for column, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint(*REFERENCES, name=op.f("pk_interview_participants")),
        schema="network",
    )
    op.create_index(op.f("ix_interview_participants_user_id"), "interview_participants", ["user_id"], schema="network")
    op.execute(OF_THE_COMPANY)
    op.execute(
        "CREATE TRIGGER check_interview_participant BEFORE INSERT OR UPDATE ON network.interview_participants"
        " FOR EACH ROW EXECUTE FUNCTION network.check_interview_participant()"
    )


def downgrade() -> None:
    """Remove it; interviews keep their guests."""
    op.drop_table("interview_participants", schema="network")
    op.execute("DROP FUNCTION network.check_interview_participant()")
