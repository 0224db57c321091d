"""Proposals for a job side by side, for the company that decides."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from portal.domain.profiles import Profile
from portal.runtime.clock import simulated
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.marketplace import posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def address(job_id: uuid.UUID, *proposal_ids: uuid.UUID) -> str:
    return f"/jobs/{job_id}/compare?" + "&".join(f"p={id}" for id in proposal_ids)


def test_proposals_stand_side_by_side_without_a_name(cast: Cast) -> None:
    job_id = posted(cast)
    known = Profile(8, 4, DAY.date(), 9_000_000, 11_000_000, "EUR", "", ("German",))
    lena = proposed(cast, job_id=job_id, profile=known)
    noor = proposed(cast, cast.omar, job_id=job_id, name="Noor Haddad", pitch="Noor Haddad built search.")
    page = cast.client(cast.hana).get(address(job_id, lena, noor)).text
    assert [words for words in ("8 years", "German", "L. B.", "N. H.", "built search") if words not in page] == []
    assert [words for words in ("Lena Brandt", "Haddad", "90,000") if words in page] == []


@pytest.mark.parametrize("count", [0, 1, 5])
def test_fewer_than_two_and_more_than_four_are_not_compared(cast: Cast, count: int) -> None:
    job_id = posted(cast)
    ids = [proposed(cast, job_id=job_id) for _ in range(count)]
    hana = cast.client(cast.hana)
    assert hana.get(address(job_id, *ids)).location == f"/jobs/{job_id}"
    assert "Choose 2 to 4 proposals" in hana.get(f"/jobs/{job_id}").text


def test_only_proposals_for_this_job_of_ones_own_are_compared(cast: Cast) -> None:
    job_id = posted(cast)
    mine, other = proposed(cast, job_id=job_id), proposed(cast)
    assert cast.client(cast.hana).get(address(job_id, mine, other)).status_code == 404
    assert cast.client(cast.zoe).get(address(job_id, mine, mine)).status_code == 404
    assert cast.client(cast.rita).get(address(job_id, mine, other)).status_code == 403


def test_four_cost_no_more_statements_than_two(cast: Cast) -> None:
    job_id, hana, costs = posted(cast), cast.client(cast.hana), []
    ids = [proposed(cast, job_id=job_id) for _ in range(4)]
    for chosen in (ids[:2], ids):
        hana.get(address(job_id, *chosen))
        with statements() as seen:
            assert hana.get(address(job_id, *chosen)).status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 5


def test_who_decides_chooses_on_the_job_s_page(cast: Cast) -> None:
    job_id = posted(cast)
    for _ in range(2):
        proposed(cast, job_id=job_id)
    assert 'form="chosen"' in cast.client(cast.hana).get(f"/jobs/{job_id}").text
    assert 'form="chosen"' not in cast.client(cast.rita).get(f"/jobs/{job_id}").text
