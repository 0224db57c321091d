"""short words: what a trigram is too long for, two letters or digits, is found by an index, too"""

from __future__ import annotations

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

# Replaced, because they stay when an index below is refused, and all is run again. This one yields each letter of the
# text as it is compared, and each two that stand side by side.
PAIRS_IN = """
CREATE OR REPLACE FUNCTION ats.pairs_in(text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 20000 AS $$
DECLARE
    letters text[] := string_to_array(ats.folded($1), NULL);
    found text[] := letters;
BEGIN
    FOR at IN 2..cardinality(letters) LOOP
        found[cardinality(letters) + at - 1] := letters[at - 1] || letters[at];
    END LOOP;
    RETURN found;
END
$$
"""
# What must be among those of a text that is LIKE a pattern with % at both ends and nowhere else.
PAIRS_OF = """
CREATE OR REPLACE FUNCTION ats.pairs_of(pattern text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN length(word) < 2 THEN array_remove(ARRAY[word], '')
        ELSE ARRAY(SELECT substr(word, at, 2) FROM generate_series(1, length(word) - 1) at) END
    FROM regexp_replace(substr(ats.folded($1), 2, length(ats.folded($1)) - 2), '\\\\(.)', '\\1', 'g') word
$$
"""
CANDIDATE = "full_name || ' ' || email || ' ' || title || ' ' || employer || ' ' || coalesce(phone, '')"  # as ix_candidates_search
INDEXES = {
    "ats.ix_candidates_pairs": f"ats.candidates USING gin (ats.pairs_in({CANDIDATE}))",
    "ats.ix_candidates_name_pairs": "ats.candidates USING gin (ats.pairs_in(full_name))",
    "ats.ix_jobs_pairs": "ats.jobs USING gin (ats.pairs_in(title || ' ' || location))",
    "billing.ix_invoices_pairs": "billing.invoices USING gin (ats.pairs_in(number))",
    "billing.ix_receipts_search": "billing.receipts USING gin (ats.folded(reference) gin_trgm_ops)",
    "billing.ix_receipts_pairs": "billing.receipts USING gin (ats.pairs_in(reference))",
}


def upgrade() -> None:
    """Index them while others go on writing; the release before neither knows nor minds."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute(PAIRS_IN)
    op.execute(PAIRS_OF)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.split('.')[1]} ON {rows}")
            if "pairs" in name:  # statistics of arrays take long, and no statement is planned by them
                op.execute(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 0")
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Read each row for a short word."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute("DROP FUNCTION ats.pairs_of(text)")
    op.execute("DROP FUNCTION ats.pairs_in(text)")
