"""interviews: stages of a job, interviews of accepted proposals, notes on them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

PROPOSALS, USERS = "network.candidate_role_assignments.id", "identity.users.id"
OF_ITS_JOB = """
CREATE FUNCTION network.check_interview() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_state text;
BEGIN
    SELECT p.state INTO found_state
    FROM network.candidate_role_assignments p JOIN network.interview_stages s ON s.job_id = p.job_id
    WHERE p.id = NEW.proposal_id AND s.id = NEW.stage_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the stage is of another job' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND found_state <> 'accepted' THEN
        RAISE EXCEPTION 'only who was accepted is interviewed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the tables; nothing that exists is touched but for the locks of the foreign keys."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "interview_stages",
        *_ids("id", "job_id"),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 8", name=op.f("ck_interview_stages_place")),
        sa.ForeignKeyConstraint(["job_id"], ["ats.jobs.id"], name=op.f("fk_interview_stages_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_stages")),
        _unique("place"),
        _unique("name"),
        schema="network",
    )
    _add_interviews()
    _add_notes()
    op.execute(OF_ITS_JOB)
    op.execute(
        "CREATE TRIGGER check_interview BEFORE INSERT OR UPDATE OF proposal_id, stage_id ON network.interviews"
        " FOR EACH ROW EXECUTE FUNCTION network.check_interview()"
    )


def _ids(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in names]


def _unique(column: str) -> sa.UniqueConstraint:
    name = op.f(f"uq_interview_stages_{column}")
    return sa.UniqueConstraint("job_id", column, name=name, deferrable=True, initially="DEFERRED")


def _add_interviews() -> None:
    moment, recorded = sa.DateTime(timezone=True), "(outcome IS NULL) = (recorded_at IS NULL)"
    references = {"proposal_id": PROPOSALS, "stage_id": "network.interview_stages.id"}
    references |= dict.fromkeys(("scheduled_by", "recorded_by"), USERS)
    op.create_table(
        "interviews",
        *_ids("id", "proposal_id", "stage_id", "scheduled_by"),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in ("with_whom", "place")),
        sa.Column("scheduled_at", moment, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", moment, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "outcome IN ('passed', 'not_passed', 'cancelled', 'no_show')", name=op.f("ck_interviews_outcome")
        ),
        sa.CheckConstraint("minutes BETWEEN 5 AND 480", name=op.f("ck_interviews_minutes")),
        sa.CheckConstraint(
            f"{recorded} AND (outcome IS NULL) = (recorded_by IS NULL)", name=op.f("ck_interviews_recorded")
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_interviews_{column}"))
            for column, target in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interviews")),
        schema="network",
    )
    for column in ("proposal_id", "stage_id"):
        op.create_index(op.f(f"ix_interviews_{column}"), "interviews", [column], schema="network")
    where = sa.text("outcome IS NULL")
    op.create_index("ix_interviews_awaited", "interviews", ["starts_at"], schema="network", postgresql_where=where)


def _add_notes() -> None:
    references = {"interview_id": "network.interviews.id", "written_by": USERS}
    op.create_table(
        "interview_notes",
        *_ids("id", "interview_id"),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_ids("written_by"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("note <> ''", name=op.f("ck_interview_notes_note")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_interview_notes_{column}"))
            for column, target in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_notes")),
        schema="network",
    )
    op.create_index(op.f("ix_interview_notes_interview_id"), "interview_notes", ["interview_id"], schema="network")


def downgrade() -> None:
    """Remove them, with what was noted."""
    for table in ("interview_notes", "interviews", "interview_stages"):
        op.drop_table(table, schema="network")
    op.execute("DROP FUNCTION network.check_interview()")
