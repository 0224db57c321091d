"""names without blanks: 李小龙 is found in 李 小龙, as the languages that put no blank between words write it"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Thai, Lao, Burmese, Hangul, Khmer, kana and Han.
SIGNS = (
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u31ff\u3400-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff]"
)
BLANKS = "[[:space:]\u00a0\u200b\u3000]"
FOLDED = f"""
CREATE OR REPLACE FUNCTION ats.folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(replace(replace(replace(replace(
        translate(lower(public.unaccent('public.unaccent', normalize($1, NFC))), '''’‘ʼ`´-·・･', ''),
        'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 'aa', 'a'),
        '({SIGNS}){BLANKS}+(?={SIGNS})', '\\1', 'g')
$$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION ats.folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(
        translate(lower(public.unaccent('public.unaccent', normalize($1, NFC))), '''’‘ʼ`´-·', ''),
        'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 'aa', 'a')
$$
"""
INDEXES = ("ats.ix_candidates_search", "ats.ix_candidates_name_employer")


def upgrade() -> None:
    """Fold blanks away between signs that need none, and the dots that part foreign names in Japanese."""
    _replace(FOLDED)


def downgrade() -> None:
    """Compare with the blanks as they were typed."""
    _replace(BEFORE)


def _replace(function: str) -> None:
    op.execute(function)
    with op.get_context().autocommit_block():
        for index in INDEXES:
            op.execute(f"REINDEX INDEX CONCURRENTLY {index}")
