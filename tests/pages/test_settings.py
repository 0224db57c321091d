"""The pages of the settings: old and new first, then the change."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import PlatformLimits
from portal.queries.admin import settings as queries
from portal.services import settings
from tests.accounts import statements, written
from tests.cast import Cast
from tests.checking_client import CheckingClient
from tests.marketplace import posted

NOWHERE = uuid.UUID(int=7)
HOME, PLATFORM, GUARANTEE = "/admin/settings", "/admin/settings/platform", "/admin/settings/guarantee"
LIMITS: dict[str, Any] = {
    "protection_days": 365,
    "proposal_days": 10,
    "outreach_per_day": 50,
    "outreach_per_candidate_week": 3,
    "checks_per_hour": 60,
    "mails_per_hour": 30,
    "payout_days": "1",
    "time_zone": "UTC",
    "version": 1,
}
TERMS: dict[str, Any] = {
    "default_days": 60,
    "minimum_days": 0,
    "maximum_days": 365,
    "maximum_extensions": 2,
    "replacement_window_days": 30,
    "notice_days": "30, 7, 1",
    "automatic_completion": "y",
    "version": 1,
}


def flat(text: str) -> str:
    """Return the words of a page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def send(client: CheckingClient, url: str, data: dict[str, Any], **more: Any):
    """Send a form of the settings."""
    return client.post_form(url, {**data, **more}, page=url)


def test_the_platform_sees_all_settings(cast: Cast) -> None:
    client = cast.client(cast.pia)
    client.get(HOME)
    with statements() as seen:
        page = client.get(HOME)
    assert page.status_code == 200
    assert "No overrides" in page.text
    assert len(seen) == 4


@pytest.mark.parametrize("url", [HOME, PLATFORM, GUARANTEE, f"{GUARANTEE}/company/{NOWHERE}"])
def test_nobody_else_sees_or_changes_settings(cast: Cast, url: str) -> None:
    for person in (cast.rita, cast.hana, cast.carl, cast.zoe):
        client = cast.client(person)
        assert client.get(url).status_code == 403
        if url != HOME:
            assert client.post_form(url, {**TERMS, "confirmed": "yes"}).status_code == 403
    assert cast.client().get(url).status_code == 302


def test_old_and_new_are_shown_before_anything_changes(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert 'name="protection_days" required type="number" value="365"' in client.get(PLATFORM).text
    asked = send(client, PLATFORM, LIMITS)
    assert asked.status_code == 200
    assert "Time to decide on a proposal (days) 7 10" in flat(asked.text)
    assert "Candidate protection" not in flat(asked.text)
    assert not written("settings.changed")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text))
    back = client.post(PLATFORM, data={**hidden, "edit": "yes"})
    assert 'value="10"' in back.text
    saved = client.post(PLATFORM, data={**hidden, "confirmed": "yes"})
    assert (saved.status_code, saved.location) == (303, HOME)
    assert "Saved: the platform limits." in client.get(HOME).text
    assert written("settings.changed")[0]["changed"] == {"proposal_days": ["7", "10"]}


def test_the_same_values_are_no_change(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert send(client, PLATFORM, LIMITS, proposal_days=7).status_code == 303
    assert "No changes: these values are already set." in client.get(HOME).text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"proposal_days": ""}, "Enter a whole number."),
        ({"proposal_days": "seven"}, "Enter a whole number."),
        ({"proposal_days": "7.5"}, "Enter a whole number."),
        ({"proposal_days": "9" * 40}, "Enter a whole number."),
        ({"proposal_days": "99999999999"}, "Enter a whole number."),
        ({"proposal_days": "0"}, "Enter a whole number from 1 to 365."),
        ({"proposal_days": "-1"}, "Enter a whole number from 1 to 365."),
        ({"protection_days": "3651"}, "Enter a whole number from 1 to 3,650."),
    ],
)
@pytest.mark.parametrize("confirmed", ["", "yes"])
def test_a_wrong_limit_is_refused_and_kept_as_typed(
    cast: Cast, values: dict[str, str], sentence: str, confirmed: str
) -> None:
    answer = send(cast.client(cast.pia), PLATFORM, LIMITS, confirmed=confirmed, **values)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="60"' in answer.text
    assert not written("settings.changed")


@pytest.mark.parametrize("version", ["1", "", "x", "99999999999999"])
def test_an_older_form_shows_the_present_values_and_keeps_the_typed_ones(cast: Cast, version: str) -> None:
    settings.change_platform(actor=cast.actor(cast.pia), limits=PlatformLimits(proposal_days=12))
    client = cast.client(cast.pia)
    answer = send(client, PLATFORM, LIMITS, version=version, confirmed="yes")
    assert answer.status_code == 409
    assert "This has been edited since you opened it." in answer.text
    assert "Currently 12." in answer.text
    assert 'name="proposal_days" required type="number" value="10"' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert send(client, PLATFORM, LIMITS, version=2, confirmed="yes").status_code == 303


def test_the_guarantee_of_the_platform_is_changed(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert 'value="30, 7, 1"' in client.get(GUARANTEE).text
    data = {**TERMS, "notice_days": "14,3"}
    del data["automatic_completion"]
    asked = flat(send(client, GUARANTEE, data).text)
    assert "Guarantee (days) 90 60" in asked
    assert "Expiry reminders (days before) 30, 7, 1 14, 3" in asked
    assert "Auto-complete when the guarantee ends On Off" in asked
    assert send(client, GUARANTEE, data, confirmed="yes").status_code == 303
    view = queries.guarantee(viewer=cast.actor(cast.pia))
    assert view.terms == GuaranteeTerms(60, 0, 365, 2, 30, (14, 3), False)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"notice_days": "soon"}, "Enter whole numbers separated by commas"),
        ({"notice_days": "7,7"}, "Enter at most 10 different numbers of days."),
        ({"notice_days": "0"}, "Each reminder must be 1 to 365 days before the end."),
        ({"notice_days": "12345"}, "Enter whole numbers separated by commas"),
        ({"minimum_days": "61"}, "The minimum can’t exceed the default of 60 days."),
        ({"maximum_days": "59"}, "The maximum can’t be below the default of 60 days."),
        ({"maximum_days": "2000"}, "Enter a whole number from 0 to 1,095."),
    ],
)
def test_wrong_terms_are_refused(cast: Cast, values: dict[str, str], sentence: str) -> None:
    answer = send(cast.client(cast.pia), GUARANTEE, TERMS, confirmed="yes", **values)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not written("settings.changed")


def test_a_company_and_a_job_get_terms_of_their_own_and_lose_them(cast: Cast) -> None:
    client, job_id = cast.client(cast.pia), posted(cast, title="Staff Engineer")
    company = f"{GUARANTEE}/company/{cast.acme}"
    job = f"{GUARANTEE}/job/{job_id}"
    found = client.get(f"{HOME}?q=ac").text
    assert company in found
    assert job in client.get(f"{HOME}?q=staff").text
    assert "Saving creates custom terms for this company" in client.get(company).text
    assert send(client, company, TERMS, version=0, confirmed="yes").status_code == 303
    assert "These terms come from the company" in client.get(job).text
    assert send(client, job, TERMS, version=0, default_days=30, confirmed="yes").status_code == 303
    page = client.get(HOME).text
    assert company in page
    assert job in page
    assert ", custom terms" in client.get(f"{HOME}?q=Acme").text
    for url in (job, company):
        assert client.get(f"{url}/drop").status_code == 200
        assert client.post_form(f"{url}/drop", page=f"{url}/drop").status_code == 303
    assert "No overrides" in client.get(HOME).text
    again = client.post_form(f"{company}/drop", page=company)
    assert (again.status_code, "already been removed" in again.text) == (409, True)


@pytest.mark.parametrize("target", [f"company/{NOWHERE}", f"job/{NOWHERE}", f"company/{NOWHERE}/drop"])
def test_there_are_no_settings_for_what_does_not_exist(cast: Cast, target: str) -> None:
    client = cast.client(cast.pia)
    assert client.get(f"{GUARANTEE}/{target}").status_code == 404
    assert client.post_form(f"{GUARANTEE}/{target}", TERMS).status_code == 404


def test_an_agency_has_no_guarantee(cast: Cast) -> None:
    assert cast.client(cast.pia).get(f"{GUARANTEE}/company/{cast.rita.organisation_id}").status_code == 404


def test_a_search_for_nothing_says_so(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert "No company or job matches “zzz”." in client.get(f"{HOME}?q=zzz").text
    assert client.get(f"{HOME}?q=%00&before=x").status_code == 200


def test_many_terms_come_in_pages(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    for _ in range(51):
        settings.change_guarantee(actor=pia, terms=GuaranteeTerms(default_days=60), job_id=posted(cast))
    client = cast.client(cast.pia)
    older = re.search(r'href="(/admin/settings\?before=[0-9a-f-]{36})"', client.get(HOME).text)[1]
    with statements() as seen:
        assert client.get(older).text.count('class="cell"') == 1
    assert len(seen) == 4


def test_older_terms_of_a_guarantee_are_refused_too(cast: Cast) -> None:
    settings.change_guarantee(actor=cast.actor(cast.pia), terms=GuaranteeTerms(default_days=45))
    answer = send(cast.client(cast.pia), GUARANTEE, TERMS, confirmed="yes")
    assert answer.status_code == 409
    assert "Currently 45." in answer.text
    assert 'name="version" value="2"' in answer.text
