"""Every page of somebody signed in asks for changes; the answer is empty while there are none."""

from __future__ import annotations

from portal.runtime.clock import simulated
from portal.services import proposals
from tests.cast import DAY, Cast
from tests.marketplace import proposed


def test_a_page_says_when_it_was_drawn_and_what_it_shows(cast: Cast) -> None:
    with simulated(DAY):
        proposal_id = proposed(cast)
        page = cast.client(cast.rita).get(f"/proposals/{proposal_id}").text
    assert f'data-now="{int(DAY.timestamp() * 1000)}"' in page
    assert f'data-watch="proposal={proposal_id}"' in page
    assert 'data-watch=""' in cast.client(cast.rita).get("/").text


def test_an_open_page_is_told_who_is_reviewing(cast: Cast) -> None:
    with simulated(DAY):
        url = f"/changes?since={int(DAY.timestamp() * 1000)}&proposal={proposed(cast)}"
    with simulated(DAY.replace(minute=1)):
        assert cast.client(cast.hana).get(url.replace("since=", "since=9")).status_code == 204
        assert cast.client(cast.carl).get(url.replace("since=", "since=9")).get_json() == {
            "reviewing": "Hana is reviewing now"
        }


def test_changes_are_told_with_the_time_to_ask_from_next(cast: Cast) -> None:
    with simulated(DAY):
        proposal_id = proposed(cast)
    since = int(DAY.timestamp() * 1000)
    with simulated(DAY.replace(minute=1)):
        rita = cast.client(cast.rita)
        url = f"/changes?since={since + 30_000}&proposal={proposal_id}"
        assert rita.get(url).status_code == 204
        proposals.accept(proposal_id, actor=cast.actor(cast.hana))
        assert rita.get(url).get_json() == {"now": since + 60_000}
