"""soonest first: what waits for a person, ended lately or is to be found is read by an index, whatever there was before"""

from __future__ import annotations

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

PROPOSALS, PLACEMENTS = "network.candidate_role_assignments", "ats.placements"
OPEN = "state IN ('proposed', 'company_reviewing')"
INDEXES = {
    "network.ix_candidate_role_assignments_recruiter_due": f"{PROPOSALS} (recruiter_id, expires_at, id) WHERE {OPEN}",
    "network.ix_candidate_role_assignments_company_due": f"{PROPOSALS} (company_id, expires_at, id) WHERE {OPEN}",
    "network.ix_candidate_role_assignments_closed": f"{PROPOSALS} (closed_at)"
    " INCLUDE (proposed_at, state, company_id, recruiter_id) WHERE closed_at IS NOT NULL",
    "network.ix_proposal_questions_open": "network.proposal_questions (recruiter_id) WHERE answered_at IS NULL",
    "ats.ix_placements_failed": f"{PLACEMENTS} (failed_at) WHERE failed_at IS NOT NULL",
    "ats.ix_placements_by_hand": f"{PLACEMENTS} (company_id, guarantee_end_date)"
    " WHERE state = 'active' AND automatic_completion IS FALSE",
    "ats.ix_placements_replaced": f"{PLACEMENTS} (lead_recruiter_id) WHERE replacement_requested_at IS NOT NULL",
    "ats.ix_placement_collaborators_recruiter": "ats.placement_collaborators (recruiter_id, placement_id)",
    "ats.ix_candidate_sourcers_ends": "ats.candidate_sourcers (recruiter_id, protection_expires_at, candidate_id)"
    " WHERE is_current",
}
# The first column of one of those above: it has nothing of its own.
SPARED = {"ats.ix_placement_collaborators_recruiter_id": "ats.placement_collaborators (recruiter_id)"}


def upgrade() -> None:
    """Make the indexes while others go on writing, and say what folding a text costs: two thousand times a comparison."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER FUNCTION ats.folded(text) COST 2000")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        _make(INDEXES)
        _drop(SPARED)
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Read what there is, and sort it."""
    op.execute("ALTER FUNCTION ats.folded(text) COST 100")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        _make(SPARED)
        _drop(INDEXES)
        op.execute("SET statement_timeout = '30s'")


def _make(indexes: dict[str, str]) -> None:
    for name, rows in indexes.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.split('.')[1]} ON {rows}")


def _drop(indexes: dict[str, str]) -> None:
    for name in indexes:
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
