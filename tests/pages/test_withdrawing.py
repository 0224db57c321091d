"""Several proposals withdrawn at once from the list: chosen, asked once, and told by name what was not."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from portal.runtime.clock import simulated
from portal.services import proposals
from tests.cast import DAY, Cast
from tests.marketplace import posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_recruiter_withdraws_several_and_reads_which_were_not(cast: Cast) -> None:
    job_id, rita = posted(cast), cast.client(cast.rita)
    ids = [str(proposed(cast, job_id=job_id, name=name)) for name in ("Ada Early", "Bea Between", "Cleo Late")]
    assert "/proposals?pick=1" in rita.get("/proposals").text
    assert rita.get("/proposals?pick=1").text.count('name="p"') == 3
    page = "/proposals/withdraw?" + "&".join(f"p={id}" for id in ids)
    asked = rita.get(page).text
    assert "Withdraw 3 proposals?" in asked
    assert all(name in asked for name in ("Ada Early", "Bea Between", "Cleo Late"))
    proposals.accept(uuid.UUID(ids[2]), actor=cast.actor(cast.hana))
    form = {"p": ids, "notes": "The client paused."}
    asked_in = {**form, "list": "q=late&sort=-deadline&sel=1"}
    assert rita.post_form("/proposals/withdraw", asked_in, page=page).location == "/proposals?q=late&sort=-deadline"
    told = rita.get("/proposals").text
    assert "2 proposals withdrawn." in told
    assert "Cleo Late was not withdrawn. This proposal was accepted by Hana" in told
    assert rita.get(f"/proposals/withdraw?p={ids[2]}").location == "/proposals?pick=1"


def test_whoever_decides_and_whoever_chose_nothing_withdraws_nothing(cast: Cast) -> None:
    id = str(proposed(cast))
    hana, omar = cast.client(cast.hana), cast.client(cast.omar)
    assert "/proposals/withdraw" not in hana.get("/proposals?pick=1").text
    assert hana.get(f"/proposals/withdraw?p={id}").status_code == 403
    assert omar.get(f"/proposals/withdraw?p={id}").location == "/proposals?pick=1"
    assert omar.post_form("/proposals/withdraw", {"p": id}, page="/proposals").status_code == 404
    refused = cast.client(cast.rita).post_form("/proposals/withdraw", {}, page="/proposals")
    assert (refused.status_code, "Choose 1 to 50 proposals." in refused.text) == (422, True)
