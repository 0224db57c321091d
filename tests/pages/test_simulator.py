"""The simulator's page: everything in the address, nothing written, the figures of money.md."""

from __future__ import annotations

import re

import pytest

from tests.cast import Cast, Person
from tests.checking_client import CheckingClient

FEE = "/simulator?fee=25000&platform_fee_percentage=5&remedy=pro_rata&last_day_worked=40"


def browser(cast: Cast, person: Person | None = None) -> CheckingClient:
    return cast.client(person or cast.rita)


def test_without_a_fee_it_says_what_to_enter(cast: Cast) -> None:
    assert "Enter a fee" in browser(cast).get("/simulator").text


def test_a_departure_on_day_40_shows_what_each_gives_back_and_keeps(cast: Cast) -> None:
    page = browser(cast).get(FEE).text
    for figure in ("$13,888.89", "$694.44", "$5,277.78", "$3,958.33", "$2,638.89", "$1,319.45", "$4,222.22"):
        assert figure in page


def test_a_salary_with_a_percentage_makes_the_fee(cast: Cast) -> None:
    page = browser(cast).get("/simulator?salary=100000&fee_percentage=25").text
    assert "$25,000" in page
    assert "$10,000.00" in page


def test_instalments_stand_in_the_timeline(cast: Cast) -> None:
    lines = "33.33%25+on+day+0%0A33.33%25+on+day+45%0A33.34%25+on+day+90"
    page = browser(cast).get(f"/simulator?fee=25000&payout_schedule=instalments&instalments={lines}").text
    assert "Day 45" in page


HALVES = "payout_schedule=instalments&instalments=50%25+on+day+0%0A50%25+on+day+90"


@pytest.mark.parametrize(
    ("query", "moments"),
    [
        ("remedy=pro_rata", [("Day 90", "The guarantee ends", "$25,000.00")]),
        (
            "remedy=pro_rata&last_day_worked=95",
            [("Day 90", "The guarantee ends", "$25,000.00")],
        ),
        (
            "remedy=pro_rata&last_day_worked=45",
            [("Day 45", "The person leaves: refund", "−$12,500.00"), ("Day 45", "The rest is paid out", "$12,500.00")],
        ),
        (
            "remedy=none&last_day_worked=10",
            [("Day 30", "The rest is paid out", "$25,000.00")],
        ),
        (
            f"remedy=pro_rata&last_day_worked=18&{HALVES}",
            [("Day 18", "The person leaves: refund", "−$20,000.00"), ("Day 30", "The rest is paid out", "$5,000.00")],
        ),
        (
            f"remedy=full_refund&last_day_worked=40&{HALVES}",
            [("Day 0", "Payout", "$12,500.00"), ("Day 40", "The person leaves: refund", "−$25,000.00")],
        ),
        (
            f"remedy=replacement_first&last_day_worked=40&{HALVES}",
            [
                ("Day 0", "Payout", "$12,500.00"),
                ("Day 70", "If no replacement arrives: refund", "−$25,000.00"),
                ("Day 70", "If one arrives: paid out when its guarantee ends", "$12,500.00"),
            ],
        ),
    ],
)
def test_the_timeline_lists_what_happens_and_not_what_would_have(
    cast: Cast, query: str, moments: list[tuple[str, str, str]]
) -> None:
    page = browser(cast).get(f"/simulator?fee=25000&{query}").text
    shown = re.findall(r'data-l="Day">(.*?)</td><td data-l="What happens">(.*?)</td>\s*<td[^>]*>(.*?)</td>', page)
    assert shown == moments


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("fee=25000&payout_schedule=instalments&instalments=half", "Enter a percentage and a day"),
        ("fee=25000&payout_schedule=instalments&instalments=50+on+day+0", "add up to exactly 100%"),
        ("fee=25000&sourcer=80&submitter=40", "the maximum is 100%"),
        ("fee=25000&platform_fee_percentage=120", "Enter 0% to 100%"),
        ("fee=0", "Enter a fee above zero"),
        ("salary=0&fee_percentage=20", "above zero"),
        ("fee=many", "Enter an amount"),
        ("fee=75.000", "75,000"),
        ("currency=JPY&fee=1000.5", "JPY"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(cast: Cast, query: str, says: str) -> None:
    answer = browser(cast).get(f"/simulator?{query}")
    assert answer.status_code == 422
    assert says in answer.text


def test_everyone_who_is_signed_in_may_simulate(cast: Cast) -> None:
    for person in (cast.hana, cast.carl, cast.pia):
        assert browser(cast, person).get(FEE).status_code == 200


def test_the_result_alone_answers_what_is_typed(cast: Cast) -> None:
    part = browser(cast).get(FEE, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="simulated"')
