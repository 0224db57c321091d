"""Figures on pages: read as the person writes them, asked about where two sums may be meant, shown first."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Job, Placement
from portal.runtime.clock import simulated
from portal.services.identity import accounts
from tests.cast import DAY, Cast
from tests.checking_client import CheckingClient, inputs
from tests.hires import accepted, active, day
from tests.marketplace import posted

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def carl(cast: Cast, number_format: str = "auto") -> CheckingClient:
    actor = cast.actor(cast.carl)
    accounts.change_profile(actor=actor, name=actor.name, time_zone="UTC", number_format=number_format)
    return cast.client(cast.carl)


def salaries() -> list[tuple[int, int | None]]:
    with Session(db.engine) as session:
        return [(p.salary_minor, p.fee_bp) for p in session.scalars(select(Placement))]


def hire(browser: CheckingClient, proposal_id: uuid.UUID, **typed: str) -> TestResponse:
    return browser.post_form("/placements/new", {"proposal": str(proposal_id), **typed})


def test_a_point_before_three_digits_is_asked_about(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    answer = hire(browser, proposal_id, salary_minor="75.000")
    assert answer.status_code == 422
    assert "Did you mean 75,000 or 75.00? Enter 75000 or 75.00." in answer.text
    assert 'value="75.000"' in answer.text
    assert salaries() == []


@pytest.mark.parametrize(
    ("typed", "shown", "minor"), [("12 500,50", "12,500.50", 1_250_050), ("1.250,00", "1,250.00", 125_000)]
)
def test_another_notation_counts_once_its_reading_was_shown(cast: Cast, typed: str, shown: str, minor: int) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    asked = hire(browser, proposal_id, salary_minor=typed)
    assert asked.status_code == 422
    assert f"We read this as {shown}." in asked.text
    assert salaries() == []
    seen = {name: value for name, value in inputs(asked.text, "/placements/new").items() if name.endswith("-shown")}
    assert hire(browser, proposal_id, salary_minor=typed, **seen).status_code == 303
    assert salaries() == [(minor, 2_000)]


def test_a_reading_that_was_shown_does_not_count_for_another_text(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), cast.client(cast.pia)
    answer = hire(browser, proposal_id, salary_minor="125000", fee_bp="7,5", **{"fee_bp-shown": "7,4"})
    assert "We read this as 7.5." in answer.text
    assert salaries() == []


def test_a_person_who_writes_decimals_after_a_comma_is_read_so(cast: Cast) -> None:
    proposal_id, browser = accepted(cast, job_id=posted(cast, fee_bp=1_750)), carl(cast, "de_DE")
    page = browser.get(f"/placements/new?proposal={proposal_id}").text
    assert hire(browser, proposal_id, salary_minor="75.000,50").status_code == 303
    assert salaries() == [(7_500_050, 1_750)]
    assert "17,5%" in page


def test_amounts_are_shown_and_filled_in_as_the_person_writes_them(cast: Cast) -> None:
    job_id, browser = posted(cast, salary_min_minor=9_000_050, fee_bp=1_750), carl(cast, "de_DE")
    page = browser.get(f"/jobs/{job_id}").text
    assert "90.000,50" in page
    assert "17,5%" in page
    form = inputs(browser.get(f"/jobs/{job_id}/edit").text, f"/jobs/{job_id}/edit")
    assert (form["salary_min_minor"], form["fee_bp"]) == ("90000,5", "17,5")
    more = {"description": "d", "currency": "USD", "status": "active"}
    assert browser.post_form(f"/jobs/{job_id}/edit", {**form, **more}).status_code == 303
    with Session(db.engine) as session:
        job = session.get_one(Job, job_id)
        assert (job.salary_min_minor, job.fee_bp) == (9_000_050, 1_750)


def test_without_a_choice_the_browsers_language_decides(cast: Cast) -> None:
    job_id, browser = posted(cast, fee_bp=1_750), carl(cast)
    assert "17,5%" in browser.get(f"/jobs/{job_id}", headers={"Accept-Language": "sv-SE,en;q=0.5"}).text
    assert "17.5%" in browser.get(f"/jobs/{job_id}", headers={"Accept-Language": "en-GB"}).text


@pytest.mark.parametrize(
    ("currency", "typed", "says"),
    [
        ("JPY", "5000000.5", "JPY has no decimals."),
        ("JPY", "5.000", "Did you mean 5,000 or 5?"),
        ("USD", "90000.125", "Amounts in USD have at most 2 decimals."),
        ("KWD", "90000.1255", "Amounts in KWD have at most 3 decimals."),
    ],
)
def test_a_job_refuses_decimals_that_its_currency_lacks(cast: Cast, currency: str, typed: str, says: str) -> None:
    data = {"title": "Chef", "currency": currency, "salary_min_minor": typed, "fee_bp": "20", "status": "active"}
    answer = carl(cast).post_form("/jobs/new", data)
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_currency_of_three_decimals_keeps_them(cast: Cast) -> None:
    data = {"title": "Chef", "currency": "KWD", "salary_min_minor": "12000.125", "fee_bp": "20", "status": "active"}
    answer = carl(cast).post_form("/jobs/new", data)
    assert "KWD\u00a012,000.125" in cast.client(cast.carl).get(answer.location).text


@pytest.mark.parametrize(
    ("kind", "typed", "currency", "says"),
    [
        ("money", "75000", "USD", "= $75,000"),
        ("money", "75.000", "USD", "Did you mean 75,000 or 75.00?"),
        ("money", "75.000", "KWD", "Did you mean 75,000 or 75? Enter 75000 or 75."),
        ("money", "12.1250", "KWD", "= KWD\u00a012.125"),
        ("money", "12000.125", "KWD", "= KWD\u00a012,000.125"),
        ("money", "1.5", "JPY", "JPY has no decimals."),
        ("money", "much", "USD", "Enter an amount"),
        ("money", "5", "no such", "= $5"),
        ("percent", "7,5 %", "", "= 7.5%"),
        ("percent", "150", "", "Enter 0% to 100%."),
        ("percent", "\u22123", "", "Enter 0% to 100%."),
        ("days", "-3", "", "Enter a whole number of days."),
        ("days", "1.000", "", "Did you mean 1,000 or 1?"),
        ("days", "90", "", "= 90 days"),
        ("days", "9999999", "", "Enter a whole number of days."),
    ],
)
def test_a_figure_is_understood_while_it_is_typed(cast: Cast, kind: str, typed: str, currency: str, says: str) -> None:
    query = {"field": "fee", "fee": typed, "currency": currency}
    answer = cast.client(cast.rita).get(f"/figures/{kind}", query_string=query, headers=HTMX)
    assert says in answer.text
    assert ('name="fee-shown" value="7,5"' in answer.text) == (typed == "7,5 %")


def test_nothing_typed_says_nothing_and_the_address_alone_leads_home(cast: Cast) -> None:
    browser = cast.client(cast.rita)
    assert browser.get("/figures/money?field=fee", headers=HTMX).text.strip() == ""
    assert browser.get("/figures/money?field=fee").location == "/"


def test_a_sum_in_a_sentence_keeps_its_currency(cast: Cast) -> None:
    placement_id = active(cast, start=day(-95), job_id=posted(cast, currency="CHF"))
    page = cast.client(cast.carl).get(f"/placements/{placement_id}").text
    assert "the CHF\u00a025,000 for 1 recruiter can no longer" in page
