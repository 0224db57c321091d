"""A search over several tables: every word occurs in one of them, and plain letters fold as all others do."""

from __future__ import annotations

from sqlalchemy import text

from portal.extensions import db
from portal.queries.lists import Asked
from portal.queries.placements.listing import PLACEMENTS
from portal.queries.proposals.proposals import PROPOSALS
from portal.queries.search import search
from tests.cast import Cast
from tests.hires import hired
from tests.marketplace import posted, proposed

# What stands behind the pair makes the function take its long way; the pair must fold to the same.
DIFFERING = """
    SELECT count(*) FROM generate_series(1, 127) a, generate_series(1, 127) b,
        LATERAL (SELECT chr(a) || chr(b) || ' ' AS pair) p
    WHERE ats.folded(pair || 'ł') <> ats.folded(pair) || 'l'
"""


def test_plain_letters_fold_as_all_others_do(cast: Cast) -> None:
    with db.engine.connect() as connection:
        assert connection.execute(text(DIFFERING)).scalar_one() == 0


def test_each_word_is_found_in_one_of_the_tables(cast: Cast) -> None:
    job = posted(cast, title="Wind Engineer")
    hired(cast, job_id=job, name="Łucja Nowak")
    proposed(cast, job_id=job, name="Hugo Meier")
    rita, carl = cast.actor(cast.rita), cast.actor(cast.carl)
    for q, found in (("lucja wind", 1), ("acme nowak engineer", 1), ('"Wind Engineer"', 1), ("nowak sailor", 0)):
        assert len(PLACEMENTS.page(carl, Asked({"q": q})).rows) == found, q
    for q, found in (("hugo engineer rita", 1), ("meier acme", 1), ("wind", 2), ("hugo nowak", 0)):
        assert len(PROPOSALS.page(rita, Asked({"q": q, "state": None})).rows) == found, q
    assert len(PROPOSALS.page(carl, Asked({"q": "hugo", "state": None})).rows) == 0  # nobody is named before acceptance
    assert {group.title: len(group.hits) for group in search(rita, "nowak engineer")} == {
        "Proposals": 1,
        "Placements": 1,
    }
