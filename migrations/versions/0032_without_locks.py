"""indexes and checks on tables with rows, which may take as long as they like, because nobody waits for them"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INDEXES = {
    "ats.ix_candidates_import": "ats.candidates (import_id, id) WHERE import_id IS NOT NULL",
    "network.ix_marketplace_events_dispute": (
        "network.marketplace_events ((payload ->> 'dispute_id')) WHERE (payload ->> 'dispute_id') IS NOT NULL"
    ),
}
CHECKS = {
    "ats.candidates": (
        "fk_candidates_import_id",
        "ck_candidates_erased",
        "ck_candidates_numbers",
        "ck_candidates_salaries",
        "ck_candidates_erased_profile",
    ),
    "network.proposal_states": ("ck_proposal_states_from_state",),
    "network.disputes": ("ck_disputes_subject_type",),
    "network.dispute_rulings": ("ck_dispute_rulings_effect",),
}
ENDED, ENDED_BEFORE = "uq_proposal_states_ended", "uq_proposal_states_terminal"
ENDS = "to_state IN ('accepted', 'declined', 'withdrawn', 'timeout') AND from_state IS DISTINCT FROM 'accepted'"


def upgrade() -> None:
    """Add them; what an attempt that was broken off left behind is made anew, so that it can be repeated."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for index, rows in INDEXES.items():
            _index("INDEX", index, rows)
        _index("UNIQUE INDEX", f"network.{ENDED}", f"network.proposal_states (proposal_id) WHERE {ENDS}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS network.{ENDED_BEFORE}")
        # Nothing asks for an index by its name.
        op.execute(f"-- squawk-ignore renaming-object\nALTER INDEX network.{ENDED} RENAME TO {ENDED_BEFORE}")
    for table, names in CHECKS.items():
        for name in names:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Leave them: each goes with what it is about, and to let more proposals end is undone by 0025."""


def _index(kind: str, name: str, rows: str) -> None:
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name.partition('.')[2]} ON {rows}")
