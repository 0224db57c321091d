"""what scores read: indices that hold all of it, so that a run over everybody reads no table"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put covering indices in the place of the plain ones."""
    op.drop_index("ix_placements_lead_recruiter_id", table_name="placements", schema="ats")
    op.create_index(
        "ix_placements_lead",
        "placements",
        ["lead_recruiter_id"],
        schema="ats",
        postgresql_include=["id", "state", "failure_reason"],
    )
    op.drop_index("ix_collaborator_feedback_recruiter_id", table_name="collaborator_feedback", schema="ats")
    op.create_index(
        "ix_collaborator_feedback_rated",
        "collaborator_feedback",
        ["recruiter_id"],
        schema="ats",
        postgresql_include=["id", "stars", "by_recruiter_id"],
    )
    op.drop_index("ix_proposal_questions_recruiter", table_name="proposal_questions", schema="network")
    op.create_index(
        "ix_proposal_questions_asked",
        "proposal_questions",
        ["recruiter_id", "asked_at"],
        schema="network",
        postgresql_include=["id", "answered_at", "proposal_id"],
    )


def downgrade() -> None:
    """Put the plain indices back."""
    op.drop_index("ix_proposal_questions_asked", table_name="proposal_questions", schema="network")
    op.create_index(
        "ix_proposal_questions_recruiter", "proposal_questions", ["recruiter_id", "asked_at"], schema="network"
    )
    op.drop_index("ix_collaborator_feedback_rated", table_name="collaborator_feedback", schema="ats")
    op.create_index("ix_collaborator_feedback_recruiter_id", "collaborator_feedback", ["recruiter_id"], schema="ats")
    op.drop_index("ix_placements_lead", table_name="placements", schema="ats")
    op.create_index("ix_placements_lead_recruiter_id", "placements", ["lead_recruiter_id"], schema="ats")
