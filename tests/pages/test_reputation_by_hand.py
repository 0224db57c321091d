"""A stranger works a score out from what its page writes, and from nothing else, over every period."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from portal.runtime.clock import simulated
from portal.services.reputation import reputation
from tests.cast import DAY, Cast
from tests.histories import Sums, write

WEIGHTS = {"Hire rate": 40, "Completion rate": 30, "Collaboration": 15, "Responsiveness": 15}  # domain.md §6
AWKWARD = {
    "a rate that does not end": Sums(8, 4, 5, 2, 1, ratings=(4, 5, 4), answers=(9.2347, 0.001, 41.3)),
    "seven of twenty-three": Sums(8, 15, 7, 1, 5, ratings=(1, 2, 2), answers=(13.37, 99.99, 200.5)),
    "full marks": Sums(5, 1, 5, 3, 0, ratings=(5, 5)),
    "no marks": Sums(0, 6, 0, 0, 3, ratings=(1, 1), answers=(300.0,)),
}


def half_up(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def marks_of(note: str) -> Decimal:
    """Work out the marks of a component from the words below them, with pencil and paper."""
    numbers = [Decimal(n) for n in re.findall(r"\d+(?:\.\d+)?", note)]
    if "neutral" in note:
        return Decimal(50)
    if "h or more is 0" in note:
        return Decimal(0)
    if "or more is 100" in note:
        return Decimal(100)
    if "hire" in note:
        [(hires, decided, full)] = re.findall(r"; (\d+) ÷ (\d+) ÷ (0\.\d+) × 100", note)
        return half_up(Decimal(hires) / Decimal(decided) / Decimal(full) * 100, "0.01")
    if "completed ÷" in note:
        return half_up(numbers[0] / numbers[1] * 100, "0.01")
    if "stars" in note:
        return half_up((numbers[1] - 1) * 25, "0.01")
    return half_up((1 - numbers[1] / 168) * 100, "0.01")


def written(page: str) -> dict[str, tuple[Decimal, str]]:
    """Read the components of a profile: label → marks, words."""
    pattern = r"<li><span>([\w ]+?) <span.*?</span></span><b class=\"n\">([\d.]+)</b>.*?<small>(.*?)</small></li>"
    return {label: (Decimal(marks), note) for label, marks, note in re.findall(pattern, page, re.DOTALL)}


def assert_adds_up(page: str) -> None:
    """Check a page as a stranger does: each component from its words, the score from the components."""
    found = written(page)
    assert set(found) == set(WEIGHTS)
    assert [(label, marks_of(note)) for label, (_, note) in found.items()] == [(n, m) for n, (m, _) in found.items()]
    total = half_up(sum(found[name][0] * weight for name, weight in WEIGHTS.items()) / Decimal(100), "0.01")
    assert f"= {total}, shown as {half_up(total, '1')}." in page


@pytest.mark.parametrize("sums", AWKWARD.values(), ids=AWKWARD)
def test_a_stranger_works_the_score_out_from_its_page(cast: Cast, sums: Sums) -> None:
    assert cast.rita.recruiter_id is not None
    write(cast, cast.rita.recruiter_id, sums)
    with simulated(DAY + timedelta(days=20)):
        list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
    assert_adds_up(cast.client(cast.zoe).get(f"/recruiters/{cast.rita.recruiter_id}").text)


def test_a_score_of_a_period_is_worked_out_from_its_page_as_well(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    write(cast, cast.rita.recruiter_id, Sums(0, 9, 0, 0, 4, answers=(160.0,)), at=DAY - timedelta(days=100))
    write(cast, cast.rita.recruiter_id, Sums(3, 4, 3, 2, 1, ratings=(5, 4), answers=(9.2347,)), at=DAY)
    with simulated(DAY + timedelta(days=2)):
        list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
        board = cast.client(cast.zoe).get("/leaderboard?period=last_month").text
        (link,) = set(re.findall(r"/recruiters/[-0-9a-f]{36}\?period=last_month", board))
        page = cast.client(cast.zoe).get(link).text
        whole = cast.client(cast.zoe).get(link.split("?")[0]).text
    assert_adds_up(page)
    assert_adds_up(whole)
    assert "3 hires ÷ 7 decided proposals" in page
    assert "7 hires ÷ 16 decided proposals" in whole
    assert re.search(r"<b class=\"n\">(\d+)</b> of 100 · rank 1 of 1 recruiter", page)


def test_a_period_without_enough_history_says_what_is_missing(cast: Cast) -> None:
    page = cast.client(cast.rita).get(f"/recruiters/{cast.rita.recruiter_id}?period=last_year").text
    assert "not ranked: 5 more decided proposals and 3 more ended placements in this period" in page
    assert_adds_up(page)
