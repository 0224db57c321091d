"""The shortlist on pages: marked on the card and in bulk, filtered, compared; nothing of it for recruiters."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from portal.requests.respond import OUTAGE
from portal.runtime.clock import simulated
from portal.services import shortlists
from tests.cast import DAY, Cast
from tests.marketplace import posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_proposal_is_shortlisted_on_its_card_and_taken_off_again(cast: Cast) -> None:
    proposal_id, hana = proposed(cast), cast.client(cast.hana)
    page = f"/proposals/{proposal_id}"
    assert "shortlisted this proposal" in hana.post_htmx(f"{page}/shortlist", {"shown": "page"}, page=page).text
    assert hana.post_form(f"{page}/unlist", {"shown": "list"}, page=page).location == f"/proposals?sel={proposal_id}"
    assert "shortlisted this proposal" not in hana.get(page).text


def test_the_chosen_of_a_job_are_shortlisted_filtered_and_compared(cast: Cast) -> None:
    job_id, hana = posted(cast), cast.client(cast.hana)
    ids = [proposed(cast, job_id=job_id, pitch=f"Pitch {n}.") for n in range(6)]
    page = f"/jobs/{job_id}"
    chosen = {"do": "shortlist", "p": [str(id) for id in ids[:5]]}
    assert hana.post_form(f"{page}/chosen", chosen, page=page).location == page
    shown = hana.get(f"{page}?state=shortlist").text
    assert "5 proposals added to the shortlist." in shown
    assert [str(id) in shown for id in ids] == [True] * 5 + [False]
    compared = hana.get(f"{page}/compare").text
    assert "of the 5 on the shortlist" in compared
    assert [f"Pitch {n}." in compared for n in range(6)] == [True] * 4 + [False] * 2
    hana.post_form(f"{page}/chosen", {"do": "unlist", "p": str(ids[0])}, page=page)
    assert str(ids[0]) not in hana.get("/proposals?shortlist=on").text
    two = {"do": "compare", "p": [str(id) for id in ids[:2]]}
    assert hana.post_form(f"{page}/chosen", two, page=page).location == f"{page}/compare?p={ids[0]}&p={ids[1]}"
    refused = hana.post_form(f"{page}/chosen", {"do": "shortlist"}, page=page)
    assert refused.status_code == 422
    assert "Choose 1 to 100 proposals." in refused.text


def test_the_chosen_of_the_list_are_shortlisted_and_its_filters_stay(cast: Cast) -> None:
    ids, hana = [proposed(cast) for _ in range(2)], cast.client(cast.hana)
    page = "/proposals?shortlist=off"
    assert f'href="{page}&amp;pick=1"' in hana.get(page).text
    assert 'action="/proposals/chosen?shortlist=off"' in hana.get(f"{page}&pick=1").text
    chosen = {"do": "shortlist", "p": [str(id) for id in ids]}
    assert hana.post_form("/proposals/chosen?shortlist=off", chosen, page=page).location == page
    assert "2 proposals added to the shortlist." in hana.get("/proposals?shortlist=on").text
    hana.post_form("/proposals/chosen", {"do": "unlist", "p": str(ids[0])}, page="/proposals")
    assert str(ids[0]) in hana.get(page).text
    refused = hana.post_form("/proposals/chosen", {"do": "shortlist"}, page="/proposals")
    assert (refused.status_code, "Choose 1 to 100 proposals." in refused.text) == (422, True)


def test_a_recruiter_sees_nothing_of_it(cast: Cast) -> None:
    job_id = posted(cast)
    proposal_id = proposed(cast, job_id=job_id)
    shortlists.extend([proposal_id], actor=cast.actor(cast.hana))
    rita = cast.client(cast.rita)
    for path in ("/proposals", f"/proposals/{proposal_id}", f"/jobs/{job_id}"):
        assert "hortlist" not in rita.get(path).text
    assert str(proposal_id) in rita.get("/proposals?shortlist=off").text
    assert "/proposals/chosen" not in rita.get("/proposals?pick=1").text
    assert "Shortlist" not in rita.get("/proposals?format=csv").text
    assert "Shortlist" in cast.client(cast.hana).get("/proposals?format=csv").text
    assert rita.post_form(f"/proposals/{proposal_id}/shortlist", {}).status_code == 403
    assert cast.client(cast.zoe).post_form(f"/jobs/{job_id}/chosen", {"p": str(proposal_id)}).status_code == 404


@pytest.mark.parametrize("page", ["/jobs/{}", "/proposals"])
def test_what_was_chosen_stays_chosen_after_an_outage(cast: Cast, page: str) -> None:
    job_id, hana = posted(cast), cast.client(cast.hana)
    ids = [proposed(cast, job_id=job_id) for _ in range(2)]
    chosen = {"do": "shortlist", "p": str(ids[0]), "csrf_token": OUTAGE}
    again = hana.post(f"{page.format(job_id)}/chosen", data=chosen)
    boxes = re.findall(r'<input type="checkbox" name="p" value="([^"]*)" form="chosen"( checked)?', again.text)
    assert (again.status_code, dict(boxes)) == (400, {str(ids[0]): " checked", str(ids[1]): ""})
