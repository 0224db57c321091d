"""Who is taken off a split sheet: told with both sheets, and shown nowhere as if the share were still theirs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest

from portal.domain.collaboration import Agreed
from portal.mailers import post
from portal.runtime.clock import simulated
from portal.services.placements import amendments, collaboration, placements
from tests import hires
from tests.cast import DAY, Cast
from tests.hires import TODAY, hired, share
from tests.letters import deliveries

WHY = "A ruling: omar found her first"
AMOUNT = re.compile(r"\$(10,000|7,500|17,500)\b")  # rita's 40, 30 and 70 % of $25,000


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def removed(cast: Cast, placement_id: uuid.UUID) -> None:
    for role in ("sourcer", "submitter"):
        collaboration.remove(
            placement_id, hires.recruiter(cast.rita), actor=cast.actor(cast.pia), role=role, reason=WHY
        )


def forced(cast: Cast, placement_id: uuid.UUID) -> None:
    proposed = _all_to_omar(cast, placement_id)
    amendments.force(proposed, actor=cast.actor(cast.pia), reason=WHY)


def forced_when_locked(cast: Cast, placement_id: uuid.UUID) -> None:
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    forced(cast, placement_id)


def agreed(cast: Cast, placement_id: uuid.UUID) -> None:
    proposed = _all_to_omar(cast, placement_id)
    for who in (cast.rita, cast.omar):
        amendments.answer(proposed, actor=cast.actor(who), agreed=True)


def _all_to_omar(cast: Cast, placement_id: uuid.UUID) -> uuid.UUID:
    lines = [Agreed(hires.recruiter(cast.omar), "closer", 10_000)]
    return amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason="As agreed").id


Way = Callable[[Cast, uuid.UUID], None]
every_way = pytest.mark.parametrize("leave", [removed, forced, forced_when_locked, agreed])


def without_rita(cast: Cast, leave: Way) -> uuid.UUID:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 2_000)
    leave(cast, placement_id)
    assert {name for name, *_ in hires.team(placement_id)} == {"Omar"}
    return placement_id


@every_way
def test_the_history_of_the_candidate_says_that_the_share_is_gone(cast: Cast, leave: Way) -> None:
    candidate_id = hires.placement(without_rita(cast, leave)).candidate_id
    page = cast.client(cast.rita).get(f"/candidates/{candidate_id}").text
    history = page[page.index('id="h-timeline"') :]
    assert "No longer on the team: Rita." in history
    assert history.index("No longer on the team: Rita.") < history.index(
        "Rita joined as sourcer with 40%"
    )  # the newest first


@every_way
def test_the_mail_says_it_with_both_sheets_and_the_reason(cast: Cast, leave: Way) -> None:
    without_rita(cast, leave)
    post.relay()
    templates = ("splits_changed", "splits_amended")
    told = [d for name in templates for d in deliveries(template=name, user_id=cast.rita.user_id)][-1]
    for body in (told.body_text, told.body_html):
        assert "You’re no longer part of this split" in body
        assert "0%" not in body.replace("30%", "").replace("40%", "").replace("20%", "").replace("100%", "")
        assert "removed" in body
        assert (WHY in body) is (leave is not agreed)
    assert "View split receipt" in told.body_text


@every_way
def test_no_other_page_counts_the_share_as_held(cast: Cast, leave: Way) -> None:
    placement_id = without_rita(cast, leave)
    post.relay()
    browser = cast.client(cast.rita)
    for path in ("/", "/earnings", "/placements", "/analytics", f"/recruiters/{cast.rita.recruiter_id}"):
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200
        assert not AMOUNT.search(answer.text), path
    assert browser.get(f"/placements/{placement_id}").location == f"/placements/{placement_id}/receipt"


def test_who_still_shares_in_it_reads_who_left(cast: Cast) -> None:
    placement_id = without_rita(cast, removed)
    for who in (cast.omar, cast.carl, cast.pia):
        assert "No longer on the team: Rita." in cast.client(who).get(f"/placements/{placement_id}").text


def test_a_stranger_reads_nothing_of_it(cast: Cast) -> None:
    placement_id = without_rita(cast, removed)
    assert cast.client(cast.zoe).get(f"/placements/{placement_id}").status_code == 404
