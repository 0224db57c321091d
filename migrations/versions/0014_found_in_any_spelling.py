"""found in any spelling: names are compared blind to case, accents, apostrophes, joints and order"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# unaccent is only stable because its rules may be replaced; whoever does that rebuilds the indexes below.
FOLDED = """
CREATE FUNCTION ats.folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(
        translate(lower(public.unaccent('public.unaccent', normalize($1, NFC))), '''’‘ʼ`´-·', ''),
        'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 'aa', 'a')
$$
"""
# The letters of a name or of an employer, sorted: blind to the order and the joints of its words.
LETTERS = """
CREATE FUNCTION ats.letters(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(letter, '' ORDER BY letter COLLATE "C"), '')
    FROM regexp_split_to_table(regexp_replace(ats.folded($1), '[[:space:][:punct:]]', '', 'g'), '') letter
$$
"""
# One key for the old and the new form of numbers that countries rewrote, as far as files hold many of them; of two
# records of one person the second keeps its own.
REWRITTEN = """
UPDATE ats.candidates c SET phone_key = n.key
FROM (
    SELECT id, regexp_replace(regexp_replace(regexp_replace(phone_key,
        '^\\+521(\\d{10})$', '+52\\1'), '^\\+549(\\d{10})$', '+54\\1'), '^\\+55(\\d\\d)([6-9]\\d{7})$', '+55\\19\\2') AS key
    FROM ats.candidates WHERE phone_key ~ '^\\+5[245]'
) n
WHERE c.id = n.id AND c.phone_key <> n.key AND NOT EXISTS (SELECT FROM ats.candidates o WHERE o.phone_key = n.key)
"""
SEARCHED = "full_name || ' ' || email || ' ' || title || ' ' || employer"
TELEPHONE = " || ' ' || coalesce(phone, '')"


def upgrade() -> None:
    """Make the search and the check compare what is left of a text."""
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public")
    op.execute(FOLDED)
    op.execute(LETTERS)
    _index_search(f"ats.folded({SEARCHED}{TELEPHONE})")
    _index_names("ats.letters(full_name), ats.letters(employer)")
    op.execute(REWRITTEN)


def downgrade() -> None:
    """Compare letter by letter, blind to case alone."""
    _index_search(f"({SEARCHED})")
    _index_names("lower(full_name), lower(employer)")
    op.execute("DROP FUNCTION ats.letters(text)")
    op.execute("DROP FUNCTION ats.folded(text)")


def _index_search(text: str) -> None:
    op.execute("DROP INDEX ats.ix_candidates_search")
    op.execute(f"CREATE INDEX ix_candidates_search ON ats.candidates USING gin ({text} gin_trgm_ops)")


def _index_names(columns: str) -> None:
    op.execute("DROP INDEX ats.ix_candidates_name_employer")
    op.execute(f"CREATE INDEX ix_candidates_name_employer ON ats.candidates ({columns})")
