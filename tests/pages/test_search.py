"""The search page: results by kind, and what it says when there are none."""

from __future__ import annotations

import re

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
        assert "No results" in page
        assert "Anna" not in page


def test_without_a_word_the_page_says_what_it_is_for(cast: Cast) -> None:
    assert "Search everything you have access to" in cast.client(cast.rita).get("/search").text


def test_htmx_gets_the_results_alone(cast: Cast) -> None:
    claimed(cast, name="Anna Berg")
    part = cast.client(cast.rita).get("/search?q=berg", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div class="stack" id="results">')


@pytest.mark.parametrize("q", ["%00", "%25", "<script>", "%F0%9F%98%80", "a" * 5_000])
def test_odd_searches_are_answered(cast: Cast, q: str) -> None:
    assert cast.client(cast.rita).get(f"/search?q={q}").status_code == 200


def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast) -> None:
    assert cast.client().get("/search?q=a").headers["Location"].startswith("/login")


PALETTE = {"HX-Request": "true"}


def test_the_palette_offers_what_this_person_may_do_and_open(cast: Cast) -> None:
    rita, hana = (cast.client(who).get("/palette", headers=PALETTE).text for who in (cast.rita, cast.hana))
    assert '<dialog id="palette"' in rita
    assert 'href="/proposals/new"' in rita
    assert "Go to Earnings" in rita
    for words in ("/proposals/new", "/jobs/new", "/placements/new", "Earnings"):
        assert words not in hana
    assert "Go to Proposals" in hana


def test_what_is_typed_in_the_palette_finds_acts_pages_and_people(cast: Cast) -> None:
    candidate_id = claimed(cast, name="José Prop")
    part = cast.client(cast.rita).get("/palette?q=prop", headers=PALETTE).text
    assert part.lstrip().startswith('<div id="found"')
    for path in ("/proposals/new", "/proposals", f"/candidates/{candidate_id}"):
        assert f'href="{path}"' in part
    assert "Go to Jobs" not in part
    assert "No match" in cast.client(cast.rita).get("/palette?q=zzz", headers=PALETTE).text


def test_the_palette_finds_the_pages_below_the_navigation_and_each_of_them_opens(cast: Cast) -> None:
    ways = [
        (cast.rita, "/earnings/payee", "/admin/billing/ledger"),
        (cast.hana, "/account/tokens", "/receipts"),
        (cast.pia, "/admin/billing/ledger", "/earnings/payee"),
    ]
    for person, there, elsewhere in ways:
        client = cast.client(person)
        assert there not in client.get("/palette", headers=PALETTE).text
        paths = re.findall('<li><a href="([^"]+)"', client.get("/palette?q=go+to", headers=PALETTE).text)
        assert there in paths
        assert elsewhere not in paths
        assert {client.get(path).status_code for path in paths} == {200}


def test_without_script_the_palette_is_the_search(cast: Cast) -> None:
    assert cast.client(cast.rita).get("/palette?q=a b").location == "/search?q=a+b"


def test_the_list_of_keys_names_only_what_this_person_has(cast: Cast) -> None:
    rita, hana = (cast.client(who).get("/shortcuts").text for who in (cast.rita, cast.hana))
    assert "Accept, ask about or decline" in hana
    assert "Accept, ask about or decline" not in rita
    assert "<dd>Candidates</dd>" in rita
    assert "<dd>Candidates</dd>" not in hana
