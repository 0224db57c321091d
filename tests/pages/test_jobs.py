"""The pages of jobs: who sees which, what a form answers, what ends with a job."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.placements import GuaranteeTerms
from portal.extensions import db
from portal.models import Job
from portal.queries import jobs as queries
from portal.queries.billing import terms
from portal.runtime.clock import simulated
from portal.services import jobs, proposals, settings
from portal.services.jobs import JobInput
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import inputs
from tests.marketplace import posted, proposed

TYPED = {
    "title": "Data Engineer",
    "location": "Berlin",
    "description": "Owns the pipelines.",
    "currency": "EUR",
    "salary_min_minor": "90,000",
    "salary_max_minor": "110 000.50",
    "fee_bp": "17.5 %",
    "guarantee_days": "60",
    "proposal_days": "5",
    "status": "active",
}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def row(job_id: uuid.UUID) -> Job:
    with Session(db.engine) as session:
        return session.get_one(Job, job_id)


def id_in(location: str) -> uuid.UUID:
    return uuid.UUID(location.rsplit("/", 1)[1])


# --- the list -----------------------------------------------------------------------------------------------


def test_recruiters_see_open_jobs_and_companies_their_own(cast: Cast) -> None:
    posted(cast, title="Open one")
    posted(cast, title="Draft one", status="draft")
    posted(cast, cast.zoe, title="Rival one")
    seen = {}
    for who in ("rita", "carl", "hana", "zoe", "pia"):
        page = cast.client(getattr(cast, who)).get("/jobs").text
        seen[who] = [title for title in ("Open one", "Draft one", "Rival one") if title in page]
    assert seen == {
        "rita": ["Open one", "Rival one"],
        "carl": ["Open one", "Draft one"],
        "hana": ["Open one", "Draft one"],
        "zoe": ["Rival one"],
        "pia": ["Open one", "Draft one", "Rival one"],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=DATA", ["Data lead"]), ("q=oslo", ["Chef"]), ("q=acme", ["Data lead", "Chef"]), ("q=%25", []), ("q=%00x", [])],
)
def test_the_search_looks_at_title_place_and_company(cast: Cast, query: str, found: list[str]) -> None:
    posted(cast, title="Data lead")
    posted(cast, title="Chef", location="Oslo")
    page = cast.client(cast.rita).get(f"/jobs?{query}").text
    assert [title for title in ("Data lead", "Chef") if title in page] == found
    if not found:
        assert "No jobs match these filters" in page


def test_the_list_filters_by_status_and_answers_htmx_with_its_panel(cast: Cast) -> None:
    posted(cast, title="Draft one", status="draft")
    posted(cast, title="Open one")
    client = cast.client(cast.carl)
    answer = client.get("/jobs?status=draft&q=", headers={"HX-Request": "true"}).text
    assert "<h1" not in answer
    assert "Draft one" in answer
    assert "Open one" not in answer
    assert "Open one" in client.get("/jobs?status=nonsense&before=x").text


def test_a_page_of_fifty_jobs_is_light(cast: Cast) -> None:
    for number in range(51):
        posted(cast, title=f"Job {number:02}", salary_min_minor=1_000_000, salary_max_minor=2_000_000 + number)
    page = cast.client(cast.rita).get("/jobs")
    assert page.text.count('class="cell"') == 50
    assert len(page.data) < 32_000


def test_an_empty_list_says_what_will_be_there(cast: Cast) -> None:
    assert "Post a job and recruiters" in cast.client(cast.carl).get("/jobs").text
    assert "Jobs appear here once they’re posted." in cast.client(cast.rita).get("/jobs").text


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_needs_two_statements_and_a_job_six_at_most(cast: Cast, rows: int) -> None:
    for _ in range(rows):
        job_id = posted(cast)
    for who in (cast.carl, cast.rita, cast.pia):
        client = cast.client(who)
        client.get("/jobs")
        with statements() as seen:
            client.get("/jobs")
        assert len(seen) == 2, seen
        client.get(f"/jobs/{job_id}")  # the platform's first look of a day writes that it was taken
        with statements() as seen:
            client.get(f"/jobs/{job_id}")
        assert len(seen) <= 6, seen


@pytest.mark.parametrize(("wished", "offered"), [(None, 45), (120, 60), (50, 50), (10, 30)])
def test_the_page_offers_the_guarantee_that_its_terms_say(cast: Cast, wished: int | None, offered: int) -> None:
    job_id = posted(cast, guarantee_days=wished)
    bounds = GuaranteeTerms(default_days=45, minimum_days=30, maximum_days=60)
    settings.change_guarantee(actor=cast.actor(cast.pia), terms=bounds, company_id=cast.acme)
    rita = cast.actor(cast.rita)
    assert queries.detail(job_id, viewer=rita).offered_guarantee_days == offered
    assert terms.of_job(job_id, viewer=rita).terms.guarantee_days == offered
    assert f"{offered} days from the start date" in cast.client(cast.rita).get(f"/jobs/{job_id}").text


# --- one job ------------------------------------------------------------------------------------------------


def test_a_job_shows_what_it_pays_and_how_the_company_answers(cast: Cast) -> None:
    job_id = posted(cast, salary_min_minor=15_000_000, salary_max_minor=19_000_000, guarantee_days=30, proposal_days=3)
    proposals.decline(proposed(cast, job_id=job_id), actor=cast.actor(cast.hana), reason="other")
    page = cast.client(cast.omar).get(f"/jobs/{job_id}").text
    for shown in (
        "$150,000 to $190,000",
        "20%",
        "Acme’s response record",
        "Expired",
        f"/proposals/new?job={job_id}",
    ):
        assert shown in page
    assert "response record" not in cast.client(cast.carl).get(f"/jobs/{job_id}").text


def test_everybody_sees_the_proposals_that_are_theirs(cast: Cast) -> None:
    job_id = posted(cast)
    proposed(cast, job_id=job_id, name="Anna Abel")
    taken = proposed(cast, cast.omar, job_id=job_id, name="Bert Brown")
    proposals.accept(taken, actor=cast.actor(cast.hana))
    by_rita, by_carl = (cast.client(who).get(f"/jobs/{job_id}").text for who in (cast.rita, cast.carl))
    assert "Anna Abel" in by_rita
    assert "Bert" not in by_rita
    assert "A. A." in by_carl
    assert "Bert Brown" in by_carl
    accepted = cast.client(cast.carl).get(f"/jobs/{job_id}?state=accepted").text
    assert "A. A." not in accepted
    assert 'Waiting<span class="count">1</span>' in accepted
    assert "None with this status" in cast.client(cast.carl).get(f"/jobs/{job_id}?state=timeout").text


def test_a_job_with_many_proposals_shows_the_newest(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.blueprints.jobs.PROPOSALS_SHOWN", 1)
    job_id = posted(cast)
    for _ in range(2):
        proposed(cast, job_id=job_id)
    assert "Showing the newest 1 of 2." in cast.client(cast.carl).get(f"/jobs/{job_id}").text


def test_somebody_elses_job_does_not_exist(cast: Cast) -> None:
    job_id = posted(cast, status="draft")
    zoe, paths = cast.client(cast.zoe), ("", "/edit", "/status/closed")
    assert [zoe.get(f"/jobs/{job_id}{path}").status_code for path in paths] == [404] * 3
    assert zoe.post_form(f"/jobs/{job_id}/edit", TYPED).status_code == 404
    assert zoe.post_form(f"/jobs/{job_id}/status/closed").status_code == 404
    assert cast.client(cast.rita).get(f"/jobs/{job_id}").status_code == 404
    assert row(job_id).status == "draft"


def test_a_hiring_manager_reads_but_changes_nothing(cast: Cast) -> None:
    job_id = posted(cast)
    client = cast.client(cast.hana)
    assert "Edit" not in client.get(f"/jobs/{job_id}").text
    for url in ("/jobs/new", f"/jobs/{job_id}/edit", f"/jobs/{job_id}/status/closed"):
        assert client.get(url).status_code == 403


# --- posting and editing ------------------------------------------------------------------------------------


def test_carl_posts_a_job(cast: Cast) -> None:
    client = cast.client(cast.carl)
    answer = client.post_form("/jobs/new", TYPED, page="/jobs/new")
    assert answer.status_code == 303
    job = row(id_in(answer.location))
    assert (job.title, job.currency, job.fee_bp, job.status) == ("Data Engineer", "EUR", 1_750, "active")
    assert (job.salary_min_minor, job.salary_max_minor) == (9_000_000, 11_000_050)
    assert (job.guarantee_days, job.proposal_days, job.company_id) == (60, 5, cast.acme)
    assert "€90,000 to €110,000.50" in client.get(answer.location).text


def test_a_form_sent_twice_posts_once(cast: Cast) -> None:
    client = cast.client(cast.carl)
    sent = [client.post_form("/jobs/new", {**TYPED, "idempotency_key": "k"}, page="/jobs/new") for _ in range(2)]
    assert sent[0].location == sent[1].location


def test_the_platform_chooses_the_company(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert client.post_form("/jobs/new", TYPED, page="/jobs/new").status_code == 422
    assert client.post_form("/jobs/new", {**TYPED, "company_id": str(uuid.uuid4())}).status_code == 422
    answer = client.post_form("/jobs/new", {**TYPED, "company_id": str(cast.acme)}, page="/jobs/new")
    assert row(id_in(answer.location)).company_id == cast.acme


BAD: list[tuple[dict[str, str], str]] = [
    ({"title": ""}, "Enter a job title."),
    ({"title": "x" * 121}, "Shorten this to 120 characters"),
    ({"title": "a\x00b"}, "Remove the control characters"),
    ({"description": "x" * 5_001}, "Shorten this to 5,000"),
    ({"fee_bp": ""}, "Enter the fee"),
    ({"fee_bp": "0"}, "Enter a fee above 0%"),
    ({"fee_bp": "100.01"}, "up to 100%"),
    ({"fee_bp": "20.123"}, "at most two decimals"),
    ({"fee_bp": "a fifth"}, "Enter a percentage"),
    ({"currency": "XXX"}, "Not a valid choice"),
    ({"salary_min_minor": "-1"}, "above zero"),
    ({"salary_min_minor": "NaN"}, "Enter an amount"),
    ({"salary_max_minor": "80,000"}, "The highest salary can’t be below the lowest"),
    ({"guarantee_days": "366"}, "Enter 0 to 365 days"),
    ({"guarantee_days": "1.5"}, "whole number of days"),
    ({"guarantee_days": "9" * 30}, "whole number of days"),
    ({"proposal_days": "0"}, "Enter 1 to 90 days"),
    ({"status": "closed"}, "Not a valid choice"),
]


@pytest.mark.parametrize(("typed", "says"), BAD)
def test_bad_input_is_refused_beside_its_field_and_kept(cast: Cast, typed: dict[str, str], says: str) -> None:
    answer = cast.client(cast.carl).post_form("/jobs/new", {**TYPED, **typed}, page="/jobs/new")
    assert answer.status_code == 422
    assert says in answer.text
    if "description" not in typed:
        assert "Owns the pipelines." in answer.text
    if "salary_max_minor" not in typed:
        assert "110 000.50" in answer.text


def test_an_edit_shows_the_values_and_changes_them(cast: Cast) -> None:
    job_id = posted(cast, fee_bp=1_750, salary_min_minor=9_000_050)
    client, url = cast.client(cast.carl), f"/jobs/{job_id}/edit"
    page = client.get(url).text
    for shown in ('value="17.5"', 'value="90000.5"', 'value="1"'):
        assert shown in page
    answer = client.post_form(url, {**TYPED, "currency": "USD", "version": "1"}, page=url)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job_id}")
    assert (row(job_id).title, row(job_id).version) == ("Data Engineer", 2)


def test_an_edit_of_an_older_version_keeps_what_was_typed_and_shows_the_present_values(cast: Cast) -> None:
    job_id = posted(cast)
    url, typed = f"/jobs/{job_id}/edit", {**TYPED, "currency": "USD", "version": "1"}
    said = JobInput(title="Changed meanwhile", fee_bp=2_000)
    jobs.edit(job_id, actor=cast.actor(cast.carl), input=said, version=1)
    client = cast.client(cast.carl)
    answer = client.post_form(url, typed)
    assert answer.status_code == 409
    assert "This has been edited since you opened it" in answer.text
    assert "Changed meanwhile" in answer.text
    assert 'value="Data Engineer"' in answer.text
    assert 'name="version" type="hidden" value="2"' in answer.text
    assert client.post_form(url, {**typed, "version": "2"}).status_code == 303


def test_the_currency_of_an_open_job_is_fixed(cast: Cast) -> None:
    url = f"/jobs/{posted(cast)}/edit"
    answer = cast.client(cast.carl).post_form(url, {**TYPED, "version": "x"}, page=url)
    assert (answer.status_code, "This job was posted in" in answer.text) == (422, True)


def test_a_draft_is_opened_on_its_form(cast: Cast) -> None:
    job_id = posted(cast, status="draft")
    url = f"/jobs/{job_id}/edit"
    answer = cast.client(cast.carl).post_form(url, {**TYPED, "version": "1"}, page=url)
    assert (answer.status_code, row(job_id).status) == (303, "active")


# --- ending -------------------------------------------------------------------------------------------------


def test_closing_says_how_many_open_proposals_end(cast: Cast) -> None:
    job_id = posted(cast)
    for _ in range(2):
        proposed(cast, job_id=job_id)
    client, url = cast.client(cast.carl), f"/jobs/{job_id}/status/closed"
    assert f'hx-get="{url}"' in client.get(f"/jobs/{job_id}").text
    for headers in ({}, {"HX-Request": "true"}):
        assert "<b>2 open proposals</b> will be withdrawn" in client.get(url, headers=headers).text
    answer = client.post_form(url, page=url)
    assert (answer.status_code, row(job_id).status) == (303, "closed")
    page = client.get(answer.location).text
    assert "2 open proposals were withdrawn" in page
    assert f"/jobs/{job_id}/edit" not in page
    assert client.get(f"/jobs/{job_id}/edit").status_code == 303


@pytest.mark.parametrize("status", ["closed", "filled"])
def test_a_job_does_not_end_for_more_proposals_than_its_form_named(cast: Cast, status: str) -> None:
    job_id = posted(cast)
    proposed(cast, job_id=job_id)
    client, url = cast.client(cast.carl), f"/jobs/{job_id}/status/{status}"
    sent = inputs(client.get(url).text, url)
    proposed(cast, job_id=job_id)
    refused = client.post_form(url, sent)
    assert (refused.status_code, row(job_id).status) == (409, "active")
    assert "1 more proposal has come in since you opened this." in refused.text
    assert client.post_form(url, inputs(client.get(url).text, url)).status_code == 303


@pytest.mark.parametrize(("status", "says"), [("paused", "keep their deadlines"), ("filled", "no open proposals")])
def test_other_changes_say_what_they_mean(cast: Cast, status: str, says: str) -> None:
    job_id = posted(cast)
    client, url = cast.client(cast.carl), f"/jobs/{job_id}/status/{status}"
    assert says in client.get(url).text
    assert client.post_form(url, page=url).status_code == 303
    assert row(job_id).status == status


def test_a_change_that_is_not_possible_is_refused_on_the_page(cast: Cast) -> None:
    job_id = posted(cast)
    client, url = cast.client(cast.carl), f"/jobs/{job_id}/status/active"
    assert client.get(url).status_code == 303
    answer = client.post_form(url)
    assert answer.status_code == 409
    assert "This job is already open." in answer.text
    assert client.get(f"/jobs/{job_id}/status/nonsense").status_code == 404


def test_forms_without_token_change_nothing(cast: Cast) -> None:
    job_id = posted(cast)
    client: Any = cast.client(cast.carl)
    assert client.post(f"/jobs/{job_id}/status/closed").status_code == 400
    assert client.post("/jobs/new", data=TYPED).status_code == 400
    assert row(job_id).status == "active"
