"""No sum is ever made across currencies: a marketplace of three of them, read by everybody on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import pytest
from flask import Flask

from portal.mailers import post
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import placements
from tests import hires
from tests.addresses import readable
from tests.cast import DAY, Cast
from tests.cleaning import made_once
from tests.hires import TODAY, share
from tests.marketplace import posted, proposed
from tests.money import paid, ready

# Currency, digits after the point, salary and fee (20 %) in major units: no two of these make another of them.
HIRED = (("USD", 2, 137_000, 27_400), ("EUR", 2, 91_500, 18_300), ("JPY", 0, 8_111_000, 1_622_200))
# No part of an id, a hash or a date; a comma belongs to a figure only before three digits, since it separates CSV too.
FIGURE = re.compile(r"(?<![\w.-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])")


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@made_once
def marketplace(cast: Cast) -> None:
    """Let rita place one candidate in each currency, omar close; two fees are paid, and one proposal more is open."""
    ready(cast)
    for currency, digits, salary, _ in HIRED:
        job_id = posted(cast, currency=currency)
        proposal_id = proposed(cast, job_id=job_id, salary=salary * 10**digits, name=f"Placed {currency}")
        proposals.accept(proposal_id, actor=cast.actor(cast.carl))
        placement_id = placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=salary * 10**digits)
        share(cast, placement_id, cast.omar, "closer", 1_000)
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
        proposed(cast, job_id=job_id, salary=salary * 10**digits, name=f"Open {currency}")
        if currency != "EUR":
            paid(cast, placement_id)
    post.relay()


def mixed() -> set[float]:
    """Return every sum of salaries, of fees and of shares that takes two or three currencies, also in minor units."""
    sums = set[float]()
    for share_of_fee in (1, 0.7 / 0.8, 0.1 / 0.8):  # what activation makes of 70 and 10 %
        majors = [[salary * share_of_fee, fee * share_of_fee] for *_, salary, fee in HIRED]
        minors = [[one * 10**digits for one in row] for row, (_, digits, *_) in zip(majors, HIRED, strict=True)]
        for figures in (majors, minors):
            for many in (2, 3):
                for some in combinations(figures, many):
                    for kind in zip(*some, strict=True):
                        sums |= {round(sum(kind), 2), round(sum(kind) / 100, 2)}
    return sums


@pytest.mark.parametrize("who", ["rita", "omar", "carl", "pia"])
def test_no_page_or_export_adds_two_currencies_up(app: Flask, cast: Cast, who: str) -> None:
    marketplace(cast)
    forbidden, read = mixed(), 0
    browser = cast.client(getattr(cast, who))
    browser.checks = False
    for url in ("/", *readable(app, {"recruiter_id": cast.rita.recruiter_id, "organisation_id": cast.acme})):
        for address in (url, f"{url}?format=csv"):
            answer = browser.get(address, buffered=True)
            if answer.status_code != 200:
                continue
            read += 1
            figures = {float(figure.replace(",", "")) for figure in FIGURE.findall(answer.text)}
            assert figures & forbidden == set(), address
    assert read > 20


@pytest.mark.parametrize(
    ("who", "path", "shown"),
    [
        ("rita", "/earnings", ("$23,975", "€16,012.50", "¥1,419,425")),
        ("omar", "/earnings", ("$3,425", "€2,287.50", "¥202,775")),
        ("carl", "/invoices", ("<td><b>EUR</b></td>", "€18,300.00")),
        ("pia", "/analytics", ("27,400", "18,300", "1,622,200")),
        ("carl", "/placements", ("$27,400", "€18,300", "¥1,622,200")),
    ],
)
def test_each_currency_has_a_sum_of_its_own(cast: Cast, who: str, path: str, shown: tuple[str, ...]) -> None:
    marketplace(cast)
    page = cast.client(getattr(cast, who)).get(path).text
    assert [one for one in shown if one not in page] == []


def test_the_work_queue_shows_each_amount_in_its_currency(cast: Cast) -> None:
    marketplace(cast)
    for who in (cast.rita, cast.carl):
        page = cast.client(who).get("/").text
        assert [one for one in ("$27,400", "€18,300", "¥1,622,200") if one not in page] == []


def test_a_sum_of_two_currencies_would_be_seen() -> None:
    assert {27_400 + 18_300, 18_300 + 1_622_200, 137_000 + 91_500 + 8_111_000} <= mixed()
    assert not mixed() & {float(hires.SALARY)}
