"""The search page: results by kind, and what it says when there are none."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.marketplace import claimed


def test_results_stand_in_groups_and_lead_on(cast: Cast) -> None:
    candidate_id = claimed(cast, name="Anna Berg", title="Data Engineer")
    page = cast.client(cast.rita).get("/search?q=berg").text
    assert f'<a href="/candidates/{candidate_id}"><b>Anna Berg</b></a>' in page
    assert "Candidates" in page
    assert 'value="berg"' in page


def test_a_company_that_has_not_accepted_finds_no_one(cast: Cast) -> None:
    claimed(cast, name="Anna Berg")
    for person in (cast.carl, cast.zoe, cast.omar):
        page = cast.client(person).get("/search?q=berg").text
        assert "Nothing found" in page
        assert "Anna" not in page


def test_without_a_word_the_page_says_what_it_is_for(cast: Cast) -> None:
    assert "Search everything that is yours" in cast.client(cast.rita).get("/search").text


def test_htmx_gets_the_results_alone(cast: Cast) -> None:
    claimed(cast, name="Anna Berg")
    part = cast.client(cast.rita).get("/search?q=berg", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div class="stack" id="results">')


@pytest.mark.parametrize("q", ["%00", "%25", "<script>", "%F0%9F%98%80", "a" * 5_000])
def test_odd_searches_are_answered(cast: Cast, q: str) -> None:
    assert cast.client(cast.rita).get(f"/search?q={q}").status_code == 200


def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast) -> None:
    assert cast.client().get("/search?q=a").headers["Location"].startswith("/login")
