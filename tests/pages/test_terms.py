"""The pages of terms: what applies, what a company or the platform sets itself, and who changed it when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.queries.billing import terms as views
from portal.runtime.clock import simulated
from portal.services.billing import terms
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import CheckingClient, inputs, read
from tests.marketplace import posted

USUAL = ["layoff", "role_changed"]


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def url(organisation_id: object, path: str = "") -> str:
    return f"/organisations/{organisation_id}/terms{path}"


def change(browser: CheckingClient, address: str, **typed: str) -> tuple[str, str]:
    """Type terms, look at what changes, and save it; return the preview and the page afterwards."""
    version = inputs(browser.get(address).text, address)["version"]
    preview = browser.post_form(address, {"version": version, "void_reasons": USUAL, **typed})
    saved = browser.post_form(address, {**sent(preview.text, address), "confirmed": "yes"})
    return preview.text, browser.get(saved.location).text


def sent(html: str, address: str) -> dict[str, list[str]]:
    """Return all that the hidden inputs of a form carry, also where several have one name."""
    found: dict[str, list[str]] = {}
    for field in read(html)[0].select(f'form[action="{address}"] input'):
        found.setdefault(field.attrs["name"], []).append(field.attrs.get("value") or "")
    return found


def test_the_platform_s_terms_change_after_a_look_and_apply_to_a_company(cast: Cast) -> None:
    preview, page = change(
        cast.client(cast.pia), url(PLATFORM_ORGANISATION_ID, "/edit"), platform_bp="5", tax_bp="19", payment_days="14"
    )
    assert [words for words in ("Platform fee", "0%", "5%", "30 days", "14 days") if words not in preview] == []
    assert "Time to pay an invoice: 30 days → <b>14 days</b>" in page
    assert "Pia" in page
    own = cast.client(cast.carl).get(url(cast.acme)).text
    assert "The platform keeps 5% of the fee." in own
    assert "None. All terms come from the platform." in own


def test_a_company_sets_terms_of_its_own_and_lets_them_come_from_above_again(cast: Cast) -> None:
    carl, address = cast.client(cast.carl), url(cast.acme, "/edit")
    typed = {
        "payout_schedule": "instalments",
        "instalments": "40 on day 0\n60% on day 45",
        "restrictions": "No agencies.",
    }
    typed |= {"flat_fee_minor": "9000", "currency": "USD", "void_unpaid_days": "10"}
    _, page = change(carl, address, **typed)
    assert [
        words for words in ("$9,000 flat", "40% on day 0, 60% on day 45", "No agencies.") if words not in page
    ] == []
    assert 'name="platform_bp"' not in carl.get(address).text
    blank = dict.fromkeys(typed, "")
    _, page = change(carl, address, **blank)
    assert "None. All terms come from the platform." in page
    assert views.of_scope(company_id=cast.acme).terms.instalments == ()


def test_another_schedule_and_remedy_go_without_the_rows_from_above(cast: Cast) -> None:
    rows = {
        "payout_schedule": "instalments",
        "instalments": "100% on day 9",
        "remedy": "steps",
        "steps": "50% until day 30",
    }
    change(cast.client(cast.pia), url(PLATFORM_ORGANISATION_ID, "/edit"), **rows)
    _, page = change(cast.client(cast.carl), url(cast.acme, "/edit"), payout_schedule="when_paid", remedy="none")
    assert "The fee is not refunded." in page
    assert "Everyone is paid in full once the company has paid." in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"payout_schedule": "instalments", "instalments": "some day"}, "Enter a percentage and a day on each line"),
        ({"payment_days": "999"}, "from 0 to 180"),
        ({"flat_fee_minor": "5", "fee_bp": "20"}, "rules out a percentage"),
        ({"restrictions": "a\x07b"}, "control characters"),
    ],
)
def test_terms_that_cannot_be_are_refused_and_stay_typed(cast: Cast, typed: dict[str, str], said: str) -> None:
    address = url(cast.acme, "/edit")
    answer = cast.client(cast.carl).post_form(address, {**typed, "tax_label": "GST", "version": "0"})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="GST"' in answer.text


def test_terms_that_somebody_else_changed_meanwhile_are_looked_at_again(cast: Cast) -> None:
    address = url(cast.acme, "/edit")
    change(cast.client(cast.pia), address, payment_days="10")
    answer = cast.client(cast.carl).post_form(address, {"payment_days": "20", "version": "0", "confirmed": "yes"})
    assert answer.status_code == 409
    assert inputs(answer.text, address)["version"] == "1"


def test_a_job_s_terms_change_after_a_look_in_its_currency_and_come_from_the_company_again(cast: Cast) -> None:
    job_id, carl = posted(cast, currency="EUR"), cast.client(cast.carl)
    address = f"/jobs/{job_id}/terms/edit"
    assert f"/jobs/{job_id}/terms" in carl.get(f"/jobs/{job_id}").text
    preview, _ = change(carl, address, minimum_fee_minor="9000", instalments="", payment_days="14")
    assert [words for words in ("30 days", "14 days", "€9,000", "Minimum fee") if words not in preview] == []
    crumbs = [link.text() for link in read(preview)[0].select("ol.crumbs a")]
    assert crumbs[0] == "Jobs"
    assert "Time to pay an invoice: 30 days → <b>14 days</b>" in carl.get(f"/jobs/{job_id}/terms").text
    assert "at least €9,000" in cast.client(cast.rita).get(f"/jobs/{job_id}").text
    change(carl, address, minimum_fee_minor="", payment_days="")
    assert "None. All terms come from the company or the platform." in carl.get(f"/jobs/{job_id}/terms").text


def test_a_company_goes_without_what_the_platform_sets(cast: Cast) -> None:
    above = {"minimum_fee_minor": "900", "void_unpaid_days": "10", "void_reported_days": "5", "restrictions": "Local."}
    change(cast.client(cast.pia), url(PLATFORM_ORGANISATION_ID, "/edit"), **above)
    carl, address = cast.client(cast.carl), url(cast.acme, "/edit")
    without = {
        "minimum_fee_minor": "0",
        "void_unpaid_days": "never",
        "void_reported_days": "Never",
        "restrictions": "none",
    }
    preview, _ = change(carl, address, **without)
    assert [words for words in ("10 days", "Never", "Local.", "$900") if words not in preview] == []
    terms = views.of_scope(company_id=cast.acme).terms
    assert (terms.minimum_fee_minor, terms.void_unpaid_days, terms.void_reported_days) == (None, None, None)
    assert terms.restrictions == ""
    drawn = inputs(carl.get(address).text, address)
    assert (drawn["minimum_fee_minor"], drawn["void_unpaid_days"]) == ("0", "never")


def test_terms_are_read_by_their_company_and_the_platform_alone(cast: Cast) -> None:
    for who, status in ((cast.zoe, 404), (cast.rita, 403), (cast.hana, 403), (cast.pia, 200)):
        assert cast.client(who).get(url(cast.acme)).status_code == status
    assert cast.client(cast.pia).get(url(cast.rita.organisation_id)).status_code == 404
    carl = cast.client(cast.carl)
    carl.get(url(cast.acme))
    with statements() as seen:
        carl.get(url(cast.acme))
    assert len(seen) <= 9


def test_the_terms_of_a_company_name_the_jobs_that_have_their_own(cast: Cast) -> None:
    own, usual = posted(cast, title="Actuary"), posted(cast, title="Baker")
    terms.change(actor=cast.actor(cast.carl), job_id=own, values={"payment_days": 14})
    page = cast.client(cast.carl).get(url(cast.acme)).text
    assert f'<a href="/jobs/{own}/terms">Actuary</a>' in page
    assert str(usual) not in page
    terms.change(actor=cast.actor(cast.carl), job_id=own, values={"payment_days": None})
    assert "Actuary" not in cast.client(cast.carl).get(url(cast.acme)).text
