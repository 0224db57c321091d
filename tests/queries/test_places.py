"""A search over several tables: every word occurs in one of them, and plain letters fold as all others do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import literal, select, text

from portal.domain.permissions import Actor
from portal.extensions import db, reading
from portal.models import Candidate, Job, Placement
from portal.queries import lists, places, reaching
from portal.queries.candidates.listing import CANDIDATES
from portal.queries.filters import Choice, Search
from portal.queries.finding import Often, words_of
from portal.queries.jobs import JOBS
from portal.queries.lists import Asked, Listing, Shown
from portal.queries.lookups import Bounds
from portal.queries.placements.listing import PLACEMENTS
from portal.queries.proposals.proposals import PROPOSALS
from portal.queries.search import search
from portal.services.jobs import change_status
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


# Of which words it is said to be true decides how rows are found, and never which.
SELDOM, OFTEN, MOSTLY = Bounds(mostly=10**6), Bounds(mostly=10**6, ids=0), Bounds(mostly=0)


@pytest.mark.parametrize(("bounds", "often"), [(SELDOM, Often.SELDOM), (OFTEN, Often.OFTEN), (MOSTLY, Often.MOSTLY)])
def test_rows_are_found_by_what_they_say_however_often_others_say_it(cast: Cast, bounds: Bounds, often: Often) -> None:
    job = posted(cast, title="Wind Engineer")
    for name in ("Łucja Nowak", "Hugo Meier"):
        hired(cast, job_id=job, name=name)
    of = (places.candidate(Placement.candidate_id), places.job(Placement.job_id), places.company(Placement.company_id))
    search = Search("q", "Words", of=of, bounds=bounds)
    query = select(Candidate.full_name).join(Placement, Placement.candidate_id == Candidate.id).order_by("full_name")
    for q, names in {
        "lucja wind": ["Łucja Nowak"],
        "engineer acme": ["Hugo Meier", "Łucja Nowak"],
        '"Wind Engineer" hugo': ["Hugo Meier"],
        "hugo nowak": [],
        "sailor": [],
    }.items():
        sought = search.looked_up(q)
        found = query.where(*search.where(search.form(sought)))
        assert list(reading().execute(found, search.values(sought, cast.actor(cast.pia))).scalars()) == names, q
    assert {one.often for word in search.looked_up("lucja").lookups for one in word} - {Often.NEVER} == {often}


def listed(listing: Listing[Any], q: str, viewer: Actor, bounds: Bounds) -> Shown[Any]:
    """Return the page of a list that finds out about the words within other bounds."""
    search = next(f for f in listing.filters if isinstance(f, Search))
    found = replace(search, bounds=bounds).looked_up(q)
    return listing.page(viewer, Asked({"q": q}, found_out={"q": found}))


@pytest.fixture(params=[reaching.NEAR, 1], ids=["of a few rows", "of more than are looked at"])
def _looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So many rows are looked at one by one."""
    monkeypatch.setattr(reaching, "NEAR", request.param)
    yield from without_kept_statements()


def without_kept_statements() -> Iterator[None]:
    for kept in (lists._statement, lists._tally):
        kept.cache_clear()
    yield
    for kept in (lists._statement, lists._tally):
        kept.cache_clear()


@pytest.mark.usefixtures("_looked_at")
def test_a_list_finds_the_same_by_each_way(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job = posted(cast, title="Wind Engineer")
    hired(cast, job_id=job, name="Łucja Nowak")
    proposed(cast, job_id=job, name="Hugo Nowak")
    for listing, q, person, count in (
        (CANDIDATES, "nowak", cast.rita, 2),
        (CANDIDATES, "ow", cast.carl, 1),
        (CANDIDATES, "nowak lucja", cast.pia, 1),
        (CANDIDATES, "nowak", cast.omar, 0),
        (CANDIDATES, "ow ug", cast.rita, 1),
        (PLACEMENTS, "nowak wi", cast.carl, 1),
        (PROPOSALS, "wi", cast.carl, 2),
        (PROPOSALS, "ug", cast.carl, 0),  # nobody is named before acceptance
        (PROPOSALS, "ug gi", cast.rita, 1),
        (JOBS, "wi", cast.rita, 1),
    ):
        pages = [listed(listing, q, cast.actor(person), bounds) for bounds in (SELDOM, OFTEN, MOSTLY)]
        assert [(len(page.rows), page.total) for page in pages] == [(count, count)] * 3, (listing.name, q, person.name)
    monkeypatch.setattr(lists, "BROAD_LIMIT", 1)
    lists._statement.cache_clear()
    pages = [listed(CANDIDATES, "nowak", cast.actor(cast.rita), bounds) for bounds in (SELDOM, OFTEN, MOSTLY)]
    assert [(page.total, page.is_more) for page in pages] == [(2, False), (1, True), (1, True)]
    lists._statement.cache_clear()


@pytest.mark.usefixtures("_looked_at")
def test_the_search_of_the_top_bar_finds_the_same_by_each_way(cast: Cast) -> None:
    job = posted(cast, title="Wind Engineer")
    hired(cast, job_id=job, name="Łucja Nowak")
    proposed(cast, job_id=job, name="Hugo Nowak")
    for person in (cast.rita, cast.carl, cast.pia):
        for q in ("nowak", "wind lucja", "acme", "rita", "hugo wind", "ow", "wi lu", "x", '"Wi"'):
            ways = [search(cast.actor(person), q, bounds=bounds) for bounds in (SELDOM, OFTEN, MOSTLY)]
            assert all(way == ways[0] for way in ways), (person, q)
    assert search(cast.actor(cast.carl), "hugo", bounds=MOSTLY) == ()  # nobody is named before acceptance


SHORT = {"明": 1, "李明": 1, "c++": 1, "c#": 0, "ŁU": 1, "a_": 1, "%": 1, "'": 4, "ng": 1, "7": 1, "77": 0}


def test_a_short_word_is_found_wherever_it_stands_by_an_index_of_pairs(cast: Cast) -> None:
    for title in ("Łucja's C++", "王李明", "100% a_b", "Engineer 7"):
        posted(cast, title=title)
    for bounds in (SELDOM, OFTEN, MOSTLY):
        search = Search("q", "Words", of=(places.job_text(Job.id),), bounds=bounds)
        for q, count in SHORT.items():
            sought = search.looked_up(q)
            found = select(Job.title).where(*search.where(search.form(sought)))
            assert len(reading().execute(found, search.values(sought, cast.actor(cast.pia))).all()) == count, q
    statement = places.job_text(Job.id).source.matching([literal("%77%")], words_of("77")[0].form)
    plan = "EXPLAIN " + str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        lines = connection.exec_driver_sql(plan).scalars().all()
    assert ["ix_jobs_pairs" in line for line in lines if "Index Scan" in line] == [True]


@pytest.mark.usefixtures("_looked_at")
def test_tabs_tell_what_a_broad_search_finds_where_all_rows_are_looked_at(cast: Cast) -> None:
    for name in ("Hugo Nowak", "Lena Nowak"):
        proposed(cast, name=name)
    rita, state = cast.actor(cast.rita), next(f for f in PROPOSALS.filters if f.name == "state")
    assert isinstance(state, Choice)
    sought = replace(next(f for f in PROPOSALS.filters if isinstance(f, Search)), bounds=MOSTLY).looked_up("nowak")
    counts = PROPOSALS.counts(rita, Asked({"q": "nowak"}, found_out={"q": sought}), state)
    assert counts.get("open") == (2 if reaching.NEAR > 2 else None)
    narrow = PROPOSALS.counts(rita, Asked({"q": "nowak lena"}), state)
    assert (narrow["open"], narrow["declined"]) == (1, 0)


def test_a_closed_job_is_found_by_who_proposed_for_it_alone(cast: Cast) -> None:
    job = posted(cast, title="Wind Engineer")
    proposed(cast, job_id=job)
    change_status(job, actor=cast.actor(cast.carl), status="closed")
    found = [JOBS.page(cast.actor(who), Asked({"q": "wind"})).total for who in (cast.rita, cast.omar, cast.carl)]
    assert found == [1, 0, 1]


def test_the_text_of_a_row_itself_is_searched_by_each_way(cast: Cast) -> None:
    posted(cast, title="Wind Engineer")
    for bounds in (SELDOM, OFTEN, MOSTLY):
        search = Search("q", "Words", of=(places.job_text(Job.id),), bounds=bounds)
        sought = search.looked_up("engineer")
        found = select(Job.title).where(*search.where(search.form(sought)))
        assert list(reading().execute(found, search.values(sought, cast.actor(cast.pia))).scalars()) == [
            "Wind Engineer"
        ]
