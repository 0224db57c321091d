"""The event log on screen: filters in the address, one entry beside the list, exports, verification."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.domain.events import EVENT_TYPES, CandidateViewed, DeliveryRetried, SettingsChanged
from portal.extensions import db
from portal.jobs import schedule
from portal.models import EventSeal
from portal.services.log import chain
from portal.services.machinery.unit_of_work import unit_of_work
from tests import accounts
from tests.cast import Cast
from tests.checking_client import CheckingClient
from tests.marketplace import claimed

LOG = "/admin/events"


@pytest.fixture(autouse=True)
def _data_dir(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path))


@pytest.fixture
def browser(cast: Cast) -> CheckingClient:
    """Return pia's browser."""
    return cast.client(cast.pia)


def happen(cast: Cast, count: int = 1) -> list[uuid.UUID]:
    """Send mails again, oldest first."""
    with unit_of_work(cast.actor(cast.pia)) as uow:
        return [uow.record(DeliveryRetried(delivery_id=uuid.uuid4())) for _ in range(count)]


@pytest.fixture
def statements(app: Flask, context: None) -> Iterator[list[str]]:
    """Collect the statements of the reading connection."""
    with accounts.statements() as seen:
        yield seen


def test_an_empty_log_says_what_will_be_here(browser: CheckingClient) -> None:
    assert "Nothing has happened yet" in browser.get(LOG).text


def test_the_log_lists_events_with_actor_and_request(cast: Cast, browser: CheckingClient) -> None:
    happen(cast)
    page = browser.get(LOG).text
    assert "delivery.retried</span>" in page
    assert "<td>Pia</td>" in page
    assert "1 event<" in page


def test_the_types_to_choose_from_are_fetched(browser: CheckingClient) -> None:
    assert 'hx-get="/admin/events/types"' in browser.get(LOG).text
    offered = re.findall("<option>(.*?)</option>", browser.get(f"{LOG}/types").text)
    assert offered == sorted(EVENT_TYPES)


def test_a_filter_stays_in_the_form_and_can_be_removed(cast: Cast, browser: CheckingClient) -> None:
    happen(cast)
    page = browser.get(f"{LOG}?type=delivery.retried&actor=pi").text
    assert 'name="type" value="delivery.retried"' in page
    assert 'name="actor" value="pi"' in page
    assert 'href="/admin/events?actor=pi">Type: delivery.retried' in page
    assert "delivery.retried</span>" in page


def test_whom_a_page_leads_here_for_stands_there_by_name(cast: Cast, browser: CheckingClient) -> None:
    happen(cast)
    person = browser.get(f"/admin/people/{cast.pia.user_id}").text
    url = re.search(rf'{LOG}\?actor=({cast.pia.user_id})"', person)
    assert url
    page = browser.get(url[0].rstrip('"')).text
    assert ">Actor: Pia<svg" in page
    assert f'type="hidden" name="actor" value="{cast.pia.user_id}"' in page
    assert page.count('name="actor"') == 1  # no field shows the id
    assert "delivery.retried</span>" in page


def test_a_filter_without_a_match_offers_to_clear_it(cast: Cast, browser: CheckingClient) -> None:
    happen(cast)
    page = browser.get(f"{LOG}?actor=nobody").text
    assert "No events match these filters" in page
    assert "Clear filters" in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("subject=PL-2048", "paste the ID"),
        ("from=banana", "enter a date from 2000 onward"),
        ("to=0001-01-01", "enter a date from 2000 onward"),
        ("from=9999-12-31", "enter a date from 2000 onward"),
    ],
)
def test_a_filter_that_cannot_be_read_says_what_to_do(browser: CheckingClient, query: str, says: str) -> None:
    answer = browser.get(f"{LOG}?{query}")
    assert answer.status_code == 422
    assert says in answer.text
    assert browser.get(f"{LOG}.jsonl?{query}").status_code == 400


@pytest.mark.parametrize("query", ["actor=%00", "type=a%00b", "correlation=%00x", "organisation=%27%25_"])
def test_odd_characters_find_nothing_and_break_nothing(cast: Cast, browser: CheckingClient, query: str) -> None:
    happen(cast)
    assert browser.get(f"{LOG}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["event=nothing", f"event={uuid.UUID(int=7)}"])
def test_a_place_that_does_not_exist_is_a_404(browser: CheckingClient, query: str) -> None:
    assert browser.get(f"{LOG}?{query}").status_code == 404


def test_an_entry_opens_beside_the_list_at_its_own_address(cast: Cast, browser: CheckingClient) -> None:
    first, _ = happen(cast, 2)
    page = browser.get(f"{LOG}?actor=pia&event={first}").text
    assert '<aside class="drawer"' in page
    assert "Email resent" in page
    assert "1 other event</a>" in page
    assert "delivery_id" in page
    assert 'href="/admin/events?actor=pia" aria-label="Close details"' in page


def test_a_line_leads_to_what_its_event_is_about(cast: Cast, browser: CheckingClient) -> None:
    candidate_id = claimed(cast)
    happen(cast)
    rows = browser.get(LOG).text.partition("<tbody>")[2]
    assert f'<a href="/candidates/{candidate_id}">' in rows
    assert "delivery.retried</span></a></td><td></td>" in rows  # nothing to lead to


@pytest.mark.parametrize("rows", [10, 60])
def test_the_page_needs_five_statements_however_many_rows_and_one_for_the_entry_beside_them(
    cast: Cast, browser: CheckingClient, statements: list[str], rows: int
) -> None:
    ids = happen(cast, rows)
    page = f"{LOG}?actor=pia&organisation=platform&subject={uuid.uuid4()}"
    for address, most in ((page, 5), (f"{LOG}?actor=pia&event={ids[0]}", 6)):
        browser.get(address)  # since when the log is whole is kept from here on
        statements.clear()
        browser.get(address)
        assert len(statements) <= most, statements  # who asks, who is named, two looks for ids, the lines


def test_fifty_rows_stay_light(cast: Cast, browser: CheckingClient) -> None:
    with unit_of_work(cast.actor(cast.pia)) as uow:
        for _ in range(60):
            uow.record(CandidateViewed(candidate_id=uuid.uuid4()))
    page = browser.get(LOG).data
    assert page.count(b'href="/candidates/') >= 50
    assert len(page) <= 32 * 1024
    assert len(gzip.compress(page, 6)) <= 6 * 1024


def test_the_csv_has_every_row_of_the_filter_and_no_formulas(cast: Cast, browser: CheckingClient) -> None:
    with unit_of_work(cast.actor(cast.pia)) as uow:
        uow.record(SettingsChanged(scope="platform", changed={"proposal_days": ("7", "5")}))
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE identity.users SET name = '=HYPERLINK(\"http://x\")' WHERE name = 'Pia'"))
    answer = browser.get(f"{LOG}?type=settings.changed&format=csv")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert row["actor"] == '\'=HYPERLINK("http://x")'
    assert json.loads(row["payload"])["changed"] == {"proposal_days": ["7", "5"]}
    assert row["at"].endswith("Z")


def test_json_lines_have_one_object_a_row(cast: Cast, browser: CheckingClient) -> None:
    ids = happen(cast, 3)[::-1]
    answer = browser.get(f"{LOG}.jsonl?type=delivery.retried")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["id"] for row in rows] == [str(i) for i in ids]
    assert rows[0]["candidate_id"] is None
    assert isinstance(rows[0]["payload"], dict)


def test_verification_says_that_all_is_untouched(cast: Cast, browser: CheckingClient) -> None:
    happen(cast, 3)
    chain.seal_pending(actor=cast.actor(cast.pia))
    answer = browser.post_form(f"{LOG}/verify", page=LOG, follow_redirects=True)
    assert "entries are intact" in answer.text
    assert "match their seals" in browser.post_htmx(f"{LOG}/verify", page=LOG).text


def test_verification_names_the_entry_that_was_changed(cast: Cast, browser: CheckingClient) -> None:
    happen(cast, 3)
    chain.seal_pending(actor=cast.actor(cast.pia))
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE network.marketplace_events SET type = 'x.y'"))
    assert "Entry 1 (x.y of" in browser.post_form(f"{LOG}/verify", page=LOG, follow_redirects=True).text
    assert "History was changed" in browser.post_htmx(f"{LOG}/verify", page=LOG).text


def test_what_the_hourly_check_found_stands_on_the_page(cast: Cast, browser: CheckingClient) -> None:
    happen(cast, 3)
    chain.seal_pending(actor=cast.actor(cast.pia))
    schedule.tick()
    schedule.run("verify_log", "")
    assert "this round has reached" in browser.get(f"{LOG}/chain").text
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE network.marketplace_events SET type = 'x.y'"))
    schedule.run("verify_log", "")
    assert "HistoryChanged: Entry 1 (x.y of" in browser.get(f"{LOG}/chain").text


def test_a_long_chain_is_verified_in_parts(
    cast: Cast, browser: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.blueprints.events.VERIFY_AT_ONCE", 100)
    happen(cast, 150)
    total = chain.seal_pending(actor=cast.actor(cast.pia))
    part = browser.post_htmx(f"{LOG}/verify", page=LOG).text
    assert "Entries up to 100 are intact" in part
    assert 'name="after" value="100"' in part
    rest = browser.post_htmx(f"{LOG}/verify", {"after": "100"}, page=LOG).text
    assert f"All {total} entries" in rest
    again = browser.post_form(f"{LOG}/verify", {"after": "0"}, page=LOG, follow_redirects=True).text
    assert "Entries up to 100 are intact" in again
    plain = browser.post_form(f"{LOG}/verify", page=LOG, follow_redirects=True).text
    assert f"all {total} entries are intact" in plain


def test_the_head_can_be_kept_elsewhere(cast: Cast, browser: CheckingClient) -> None:
    happen(cast, 3)
    chain.seal_pending(actor=cast.actor(cast.pia))
    kept = json.loads(browser.get(f"{LOG}/head.json").data)
    assert (kept["number"], kept["hash"]) == chain.head()


def test_an_entry_shows_its_seal(cast: Cast, browser: CheckingClient) -> None:
    (event_id,) = happen(cast)
    assert "in a few seconds" in browser.get(f"{LOG}?event={event_id}").text
    chain.seal_pending(actor=cast.actor(cast.pia))
    with Session(db.engine) as session:
        seal = session.scalars(select(EventSeal).where(EventSeal.event_id == event_id)).one()
    assert seal.hash.hex()[:16] in browser.get(f"{LOG}?event={event_id}").text


@pytest.mark.parametrize("url", [LOG, f"{LOG}?format=csv", f"{LOG}.jsonl", f"{LOG}/head.json"])
def test_only_the_platform_may_open_the_log(cast: Cast, url: str) -> None:
    for person in (cast.rita, cast.hana, cast.carl, cast.zoe):
        assert cast.client(person).get(url).status_code == 403
