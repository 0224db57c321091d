"""The platform sees every mail, why it failed, and sends it again; nobody else does."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask

from portal.domain.permissions import system_actor
from portal.extensions import queue
from portal.jobs import schedule, worker
from portal.jobs.worker import PortalJob
from portal.mailers import post
from portal.runtime.clock import simulated
from portal.services.messages import deliveries as service
from portal.services.messages.deliveries import Failure
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import CheckingClient
from tests.letters import attempts, break_event, deliveries, happened, queued, taken


@pytest.fixture
def pia(cast: Cast) -> CheckingClient:
    """Sign pia in."""
    return cast.client(cast.pia)


def subjects(html: str) -> list[str]:
    """Read the subjects of the list."""
    return re.findall(r'<a class="cell" href="/admin/deliveries/[0-9a-f-]+">([^<]+)</a>', html)


def refused(cast: Cast) -> str:
    """Have a mail refused, and return its address."""
    delivery = queued(cast)[0]
    with simulated(DAY):
        mail = taken()
        assert mail is not None
        service.settle(mail, Failure("No such user", 550, permanent=True), actor=system_actor(DAY))
    return f"/admin/deliveries/{delivery.id}"


def test_the_newest_mail_comes_first(cast: Cast, pia: CheckingClient) -> None:
    queued(cast, subject="First"), queued(cast, subject="Second")
    assert subjects(pia.get("/admin/deliveries").text) == ["Second", "First"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=dead", ["Dead"]),
        ("state=nonsense", ["Of omar", "Digest", "Dead"]),
        ("template=digest", ["Digest"]),
        ("recipient=omar", ["Of omar"]),
        ("recipient=OMAR@demo", ["Of omar"]),
        ("recipient=100%25", []),
        ("from=2026-11-25", ["Of omar"]),
        ("to=2026-11-24", ["Digest", "Dead"]),
        ("from=2026-11-24&to=2026-11-24&state=dead", ["Dead"]),
        ("before=nonsense", ["Of omar", "Digest", "Dead"]),
    ],
)
def test_mails_can_be_filtered(cast: Cast, pia: CheckingClient, query: str, found: list[str]) -> None:
    queued(cast, subject="Dead", state="dead")
    queued(cast, subject="Digest", template="digest")
    queued(cast, subject="Of omar", to=cast.omar, at=DAY.replace(day=25))
    assert subjects(pia.get(f"/admin/deliveries?{query}").text) == found


@pytest.mark.parametrize(
    ("query", "is_open"),
    [("", False), ("state=dead&recipient=omar", False), ("template=digest", True), ("to=2026-11-24", True)],
)
def test_rarer_filters_are_folded_until_one_is_in_force(pia: CheckingClient, query: str, is_open: bool) -> None:
    page = pia.get(f"/admin/deliveries?{query}").text
    assert f"<details{' open' if is_open else ''}><summary>More filters" in page


def test_a_wrong_day_is_said_and_kept(cast: Cast, pia: CheckingClient) -> None:
    answer = pia.get("/admin/deliveries?from=0001-01-01")
    assert answer.status_code == 422
    assert "enter a date from 2000 onward" in answer.text


def test_the_list_goes_on_at_the_same_cost(cast: Cast, pia: CheckingClient) -> None:
    queued(cast, 60)
    pia.get("/admin/deliveries")  # the first look of a day writes that it was taken
    with statements() as seen:
        first = pia.get("/admin/deliveries").text
    assert len(seen) <= 5
    assert len(gzip.compress(first.encode())) < 25_000
    older = re.search(r'href="/admin/deliveries(\?after=[^"]+)" rel="next"', first)
    assert older is not None
    assert len(subjects(first)) + len(subjects(pia.get(f"/admin/deliveries{older[1]}").text)) == 60


def test_a_mail_shows_its_tries_and_may_be_sent_again(cast: Cast, pia: CheckingClient) -> None:
    url = refused(cast)
    page = pia.get(url).text
    assert "No such user" in page
    assert "Refused" in page
    answer = pia.post_form(f"{url}/retry", page=url)
    assert (answer.status_code, answer.location) == (303, url)
    assert "Email queued for sending." in pia.get(url).text
    assert deliveries()[0].state == "queued"
    again = pia.post_form(f"{url}/retry", page=url)
    assert again.status_code == 303
    assert "Only a failed email can be sent again." in pia.get(url).text
    assert attempts(deliveries()[0]) == [(1, "refused", 550)]


def test_all_given_up_mails_may_be_sent_again(cast: Cast, pia: CheckingClient) -> None:
    queued(cast, 3, state="dead")
    assert "Resend 3 failed emails" in pia.get("/admin/deliveries").text
    assert "Resend 3 emails" in pia.get("/admin/deliveries/retry-all").text
    answer = pia.post_form("/admin/deliveries/retry-all", page="/admin/deliveries/retry-all")
    assert answer.location == "/admin/deliveries"
    assert {d.state for d in deliveries()} == {"queued"}


def test_a_digest_and_what_went_into_it_show_each_other(cast: Cast, pia: CheckingClient) -> None:
    digest = queued(cast, template="digest")[0]
    folded = queued(cast, state="folded", digest_id=digest.id)[0]
    assert f"/admin/deliveries/{digest.id}" in pia.get(f"/admin/deliveries/{folded.id}").text


def test_a_secret_mail_shows_no_text(cast: Cast, pia: CheckingClient) -> None:
    delivery = queued(cast, is_secret=True, body_text="", template="password_reset")[0]
    assert "never stored" in pia.get(f"/admin/deliveries/{delivery.id}").text


def test_what_comes_before_a_mail_is_shown(cast: Cast, pia: CheckingClient, app: Flask) -> None:
    empty = pia.get("/admin/deliveries/queue").text
    assert "The ticker hasn’t run yet" in empty
    happened(cast)
    break_event(source_method="none such")
    post.relay()
    schedule.tick()
    queue("work").empty()
    queue("work").enqueue("portal.jobs.schedule.run", "no such job", "correlation-1")
    PortalJob.app = app
    worker.worker(str(app.config["REDIS_URL"]), "work").work(burst=True, logging_level="CRITICAL")
    page = pia.get("/admin/deliveries/queue").text
    assert "candidate.sourced" in page
    assert "Expire proposals" in page
    assert "portal.jobs.schedule.run" in page
    assert "KeyError" in page


def test_without_redis_the_page_says_so(cast: Cast, pia: CheckingClient, no_redis: None) -> None:
    assert "The queue isn’t responding." in pia.get("/admin/deliveries/queue").text


def test_nobody_else_sees_the_mails(cast: Cast) -> None:
    delivery = queued(cast)[0]
    paths = ("/admin/deliveries", "/admin/deliveries/queue", f"/admin/deliveries/{delivery.id}")
    for person in (cast.zoe, cast.rita, cast.carl):
        client = cast.client(person)
        assert [client.get(path).status_code for path in paths] == [403, 403, 403]
    assert cast.client().get("/admin/deliveries").location.startswith("/login")


def test_a_mail_that_does_not_exist_is_not_found(cast: Cast, pia: CheckingClient) -> None:
    assert pia.get("/admin/deliveries/01a20cc8-8e80-7316-8c7f-1a4070e95ea7").status_code == 404
