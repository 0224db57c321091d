"""How many clicks the work of a day takes from the start page: links that are there, and the button that does it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.runtime.clock import simulated
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient
from tests.hires import accepted, active, hired
from tests.marketplace import claimed, posted, proposed

BUTTON = 1  # the last click, after what is typed


@pytest.fixture(autouse=True)
def _today(context: None) -> Iterator[None]:
    with simulated(DAY):
        yield


def clicks(client: CheckingClient, *path: str) -> int:
    """Follow links from the start page, each of which must be on the page before; count them."""
    page = client.get("/").text
    for link in path:
        assert f'href="{link}"' in page.replace("&amp;", "&"), link
        page = client.get(link).text
    return len(path)


def of(cast: Cast, who: Person) -> CheckingClient:
    return cast.client(who)


def test_to_claim_a_new_candidate(cast: Cast) -> None:
    assert clicks(of(cast, cast.rita), "/candidates", "/candidates/new") + BUTTON <= 5


def test_to_propose(cast: Cast) -> None:
    posted(cast)
    one = claimed(cast)
    path = ("/candidates", f"/candidates/{one}", f"/proposals/new?candidate={one}")
    assert clicks(of(cast, cast.rita), *path) + BUTTON <= 5


def test_to_import(cast: Cast) -> None:
    choose_file, preview, confirm = 1, 1, 1
    assert clicks(of(cast, cast.rita), "/candidates", "/candidates/import") + choose_file + preview + confirm <= 7


def test_to_decide(cast: Cast) -> None:
    one = proposed(cast)
    hana = of(cast, cast.hana)
    assert clicks(hana, f"/proposals?sel={one}") + BUTTON == 2
    form = f'<form method="post" action="/proposals/{one}/accept" class="inline-form" data-held="Accepting L. B."'
    assert form in hana.get(f"/proposals?sel={one}").text  # held for five seconds, in which it can be undone


def test_to_record_a_hire(cast: Cast) -> None:
    one = accepted(cast)
    assert clicks(of(cast, cast.carl), f"/placements/new?proposal={one}") + BUTTON == 2


def test_to_add_a_collaborator(cast: Cast) -> None:
    at = f"/placements/{hired(cast)}"
    assert clicks(of(cast, cast.rita), "/placements", at, f"{at}/collaborators") + BUTTON <= 4


def test_to_learn_what_was_earned_and_which_guarantees_end(cast: Cast) -> None:
    assert clicks(of(cast, cast.rita), "/earnings") == 1
    assert clicks(of(cast, cast.carl), "/placements?state=active&sort=guarantee") == 1


def test_to_learn_who_changed_a_split(cast: Cast) -> None:
    at = f"/placements/{active(cast, days=20)}"  # its guarantee ends within the month: it is in the queue
    assert clicks(of(cast, cast.carl), at, f"{at}/receipt") == 2
