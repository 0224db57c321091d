"""The work queue on screen: groups, one action a row, figures, and a first step for newcomers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.runtime.clock import simulated
from portal.services import proposals_in_bulk
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.marketplace import later, posted, proposed


@pytest.fixture(autouse=True)
def _today(context: None) -> Iterator[None]:
    with simulated(DAY):
        yield


def test_newcomers_are_told_where_to_begin(cast: Cast) -> None:
    assert "/candidates/new" in cast.client(cast.rita).get("/").text
    assert "/jobs/new" in cast.client(cast.carl).get("/").text
    assert '<a class="btn" href="/jobs">View jobs' in cast.client(cast.hana).get("/").text
    assert "/admin/people/organisations/new" in cast.client(cast.pia).get("/").text


def test_what_is_due_today_stands_first_with_its_countdown(cast: Cast) -> None:
    proposal_id = proposed(cast)
    with simulated(later(days=6, hours=20)):
        page = cast.client(cast.hana).get("/").text
    assert "1 item needs you today." in page
    assert f'<a class="btn sm" href="/proposals?sel={proposal_id}">Decide' in page
    assert ">4 h<" in page
    assert "Lena" not in page


def test_a_row_is_snoozed_and_shown_again(cast: Cast) -> None:
    at, client = f"/queue/decide/{proposed(cast)}", cast.client(cast.hana)
    assert "Snooze L. B.?" in client.get(f"{at}/snooze").text
    assert client.post_form(f"{at}/snooze", {"span": "long"}, page=f"{at}/snooze").status_code == 422
    assert client.post_form(f"{at}/snooze", {"span": "tomorrow"}, page=f"{at}/snooze").location == "/"
    page = client.get("/").text
    assert "Snoozed until Wed 25 Nov 2026, 08:00 UTC." in page
    assert "Nothing needs you right now." in page
    client.post_form(f"{at}/wake", page="/")
    assert "1 item needs you." in client.get("/").text


@pytest.mark.parametrize(
    ("day", "status"), [("2026-12-03", 303), ("2026-11-24", 422), ("2027-11-26", 422), ("soon", 422), ("", 422)]
)
def test_a_row_is_snoozed_until_a_day_of_ones_choice(cast: Cast, day: str, status: int) -> None:
    at, client = f"/queue/decide/{proposed(cast)}/snooze", cast.client(cast.hana)
    answer = client.post_form(at, {"span": "day", "day": day}, page=at)
    assert answer.status_code == status
    said = client.get("/").text if status == 303 else answer.text
    assert ("Snoozed until Thu 3 Dec 2026, 08:00 UTC." if status == 303 else "There is a problem") in said


def test_the_lede_counts_what_is_due_today_only_when_some_of_it_is(cast: Cast) -> None:
    proposed(cast)
    assert "1 item needs you." in cast.client(cast.hana).get("/").text
    proposed(cast, job_id=posted(cast, proposal_days=1))
    with simulated(later(hours=1)):
        assert "2 items need you, 1 today." in cast.client(cast.hana).get("/").text


def test_who_has_done_everything_is_told_so(cast: Cast) -> None:
    proposed(cast, job_id=posted(cast, proposal_days=1))
    page = cast.client(cast.rita).get("/").text
    assert "Nothing needs you right now." in page
    assert "Waiting on others" in page
    with simulated(later(days=2)):
        proposals_in_bulk.expire_due(actor=cast.actor(cast.pia))
        page = cast.client(cast.carl).get("/").text
    assert "You’re all caught up" in page


def test_a_recruiter_who_is_not_active_is_told_what_that_means(cast: Cast) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE network.recruiters SET status = 'pending'"))
    assert "Your recruiter profile is not active" in cast.client(cast.rita).get("/").text


def test_figures_stand_beside_the_queue(cast: Cast) -> None:
    proposed(cast)
    page = cast.client(cast.rita).get("/").text
    assert "Active placements" in page
    assert "Reputation" in page
    assert 'class="spark"' in page


@pytest.mark.parametrize("rows", [1, 12])
def test_the_page_needs_four_statements_however_many_rows(cast: Cast, rows: int) -> None:
    job_id = posted(cast)
    for _ in range(rows):
        proposed(cast, job_id=job_id)
    client = cast.client(cast.carl)
    with statements() as seen:
        client.get("/")
    assert len(seen) == 4, seen


@pytest.mark.parametrize(
    ("who", "url", "entry"),
    [
        ("pia", "/earnings", "Billing"),
        ("pia", "/admin/billing/runs", "Billing"),
        ("rita", "/earnings", "Earnings"),
        ("carl", "/credit-notes", "Invoices"),
        ("carl", "/billing-details", "Invoices"),
        ("rita", "/", "Work queue"),
        ("rita", "/account", None),
    ],
)
def test_the_navigation_marks_where_a_page_belongs(cast: Cast, who: str, url: str, entry: str | None) -> None:
    page = cast.client(getattr(cast, who)).get(url).text
    navigation = page[page.index('class="nav"') :]
    marked = re.findall(r"<a [^>]*aria-current[^>]*>(?:<svg.*?</svg>)?([A-Z][a-z ]+)", navigation)
    assert marked[:1] == ([entry] if entry else [])
