"""Claims and outreach on the page of a candidate: every state, with and without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal.models import CandidateOutreach, CandidateSourcer, OwnershipConflict
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, outreach, ownership
from portal.services.candidates.contacts import CandidateInput
from portal.services.candidates.outreach import OutreachInput
from tests.cast import DAY, Cast, Person
from tests.marketplace import claimed, posted
from tests.tables import rows

YEAR = timedelta(days=365)
MAIL = {"outreach_type": "email", "subject": "A role for you", "engagement": "sent", "message_preview": "Hello"}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def maya(cast: Cast) -> uuid.UUID:
    """Enter Maya for rita, claimed by nobody."""
    return candidates.add(
        actor=cast.actor(cast.rita), input=CandidateInput(full_name="Maya Okafor", email="maya@example.com")
    )


def sourcer(cast: Cast, candidate_id: uuid.UUID, who: Person) -> str:
    page = cast.client(who).get(f"/candidates/{candidate_id}").text
    return page.split('id="sourcer"')[1].split("</section>")[0]


def take(cast: Cast, candidate_id: uuid.UUID, who: Person) -> None:
    ownership.claim(candidate_id, actor=cast.actor(who), source_method="event")


# --- the sourcer's card ---------------------------------------------------------------------------------------


def test_an_unclaimed_candidate_can_be_claimed(cast: Cast, maya: uuid.UUID) -> None:
    shown = sourcer(cast, maya, cast.rita)
    assert "Unclaimed. The first recruiter" in shown
    assert f'action="/candidates/{maya}/claim"' in shown


def test_ones_own_credit_says_since_when_and_how(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.rita)
    shown = sourcer(cast, maya, cast.rita)
    assert "<b>Yours</b> since 24 Nov 2026, via event" in shown
    assert "365 days left" in shown
    assert "/claim" not in shown


def test_the_last_30_days_are_marked(cast: Cast, maya: uuid.UUID) -> None:
    with simulated(DAY - YEAR + timedelta(days=29)):
        take(cast, maya, cast.rita)
    assert "Yours, expiring" in cast.client(cast.rita).get("/candidates").text
    assert "29 days left" in sourcer(cast, maya, cast.rita)


def test_anothers_credit_says_until_when_but_not_whose(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.omar)
    shown = sourcer(cast, maya, cast.rita)
    assert "Claimed by <b>another recruiter</b>" in shown
    assert "until Wed 24 Nov 2027, 09:00 UTC (365 days)" in shown
    assert "Omar" not in cast.client(cast.rita).get(f"/candidates/{maya}").text
    assert "/claim" not in shown


def test_who_was_refused_learns_by_whom(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.omar)
    with pytest.raises(ownership.CandidateProtected):
        take(cast, maya, cast.rita)
    shown = sourcer(cast, maya, cast.rita)
    assert "Omar" in shown
    assert "You tried to claim" in shown


def test_an_admin_sees_whose_it_is(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.omar)
    assert "Omar" in sourcer(cast, maya, cast.pia)


def test_an_ended_protection_can_be_claimed_again(cast: Cast, maya: uuid.UUID) -> None:
    with simulated(DAY - YEAR):
        take(cast, maya, cast.omar)
    shown = sourcer(cast, maya, cast.rita)
    assert "The last claim expired on Tue 24 Nov 2026" in shown
    assert "/claim" in shown


# --- claiming -------------------------------------------------------------------------------------------------


def test_a_claim_works_without_javascript(cast: Cast, maya: uuid.UUID) -> None:
    client = cast.client(cast.rita)
    url = f"/candidates/{maya}"
    answer = client.post_form(f"{url}/claim", {"source_method": "linkedin"}, page=url)
    assert (answer.status_code, answer.location) == (303, url)
    assert "claimed the sourcing credit." in client.get(url).text


def test_a_claim_by_htmx_swaps_the_card(cast: Cast, maya: uuid.UUID) -> None:
    url = f"/candidates/{maya}"
    answer = cast.client(cast.rita).post_htmx(f"{url}/claim", {"source_method": "linkedin"}, page=url)
    assert answer.text.startswith('<section class="card" id="sourcer"')
    assert "<b>Yours</b>" in answer.text


def test_a_claim_without_a_method_asks_for_it(cast: Cast, maya: uuid.UUID) -> None:
    url = f"/candidates/{maya}"
    plain = cast.client(cast.rita).post_form(f"{url}/claim", {"notes": "met her"}, page=url)
    assert plain.status_code == 422
    assert "met her" in plain.text
    partial = cast.client(cast.rita).post_htmx(f"{url}/claim", {"source_method": "luck"}, page=url)
    assert partial.status_code == 422
    assert partial.text.startswith('<section class="card" id="sourcer"')
    assert rows(CandidateSourcer) == []


def test_a_second_claim_of_ones_own_says_that_its_end_stays(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.rita)
    url = f"/candidates/{maya}"
    answer = cast.client(cast.rita).post_form(
        f"{url}/claim", {"source_method": "event"}, page=url, follow_redirects=True
    )
    assert "already hold the sourcing credit" in answer.text


def test_a_refused_claim_is_a_card_that_tells_both_sides_story(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.rita)
    answer = cast.client(cast.omar).post_form(f"/candidates/{maya}/claim", {"source_method": "event"})
    assert answer.status_code == 409
    for said in (
        "Rita",
        "Another recruiter has claimed this candidate until 24 Nov 2027",
        "24 Nov 2026",
        "notified you both",
    ):
        assert said in answer.text
    assert "Maya" not in answer.text
    assert len(rows(OwnershipConflict)) == 1


def test_a_refused_claim_by_htmx_is_the_same_card_alone(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.rita)
    answer = cast.client(cast.omar).post_htmx(f"/candidates/{maya}/claim", {"source_method": "event"})
    assert (answer.status_code, answer.text.lstrip()[:30]) == (409, '<section class="card" id="conf')


def test_a_claim_by_keys_is_refused_the_same_way(cast: Cast, maya: uuid.UUID) -> None:
    take(cast, maya, cast.rita)
    typed = {"email": "maya@example.com", "source_method": "event"}
    answer = cast.client(cast.omar).post_form("/candidates/claim", typed)
    assert answer.status_code == 409
    assert "Rita" in answer.text


def test_a_claim_by_keys_keeps_them_until_the_method_is_chosen(cast: Cast, maya: uuid.UUID) -> None:
    answer = cast.client(cast.omar).post_form("/candidates/claim", {"email": "maya@example.com"})
    assert answer.status_code == 422
    assert 'name="email" value="maya@example.com"' in answer.text


def test_a_claim_by_keys_of_nobody_is_not_found(cast: Cast) -> None:
    typed = {"email": "nobody@example.com", "source_method": "event"}
    assert cast.client(cast.omar).post_form("/candidates/claim", typed).status_code == 404


def test_the_platform_chooses_who_gets_the_credit(cast: Cast, maya: uuid.UUID) -> None:
    client, url = cast.client(cast.pia), f"/candidates/{maya}/claim"
    assert "Omar, South Search" in client.get(url).text
    missing = client.post_form(url, {"source_method": "event"}, page=url)
    assert missing.status_code == 422
    assert "Choose the recruiter" in missing.text
    client.post_form(url, {"source_method": "event", "recruiter_id": str(cast.omar.recruiter_id)}, page=url)
    assert [c.recruiter_id for c in rows(CandidateSourcer)] == [cast.omar.recruiter_id]


def test_the_page_of_a_claim_is_for_who_sees_the_candidate(cast: Cast, maya: uuid.UUID) -> None:
    assert cast.client(cast.rita).get(f"/candidates/{maya}/claim").status_code == 200
    assert cast.client(cast.omar).get(f"/candidates/{maya}/claim").status_code == 404
    assert cast.client(cast.zoe).get(f"/candidates/{maya}/claim").status_code == 404


# --- outreach -------------------------------------------------------------------------------------------------


def test_the_first_outreach_works_without_javascript_and_claims(cast: Cast, maya: uuid.UUID) -> None:
    client, url = cast.client(cast.rita), f"/candidates/{maya}"
    assert f'href="{url}/outreach"' in client.get(url).text
    assert "Logging the first outreach claims it" in client.get(f"{url}/outreach").text
    answer = client.post_form(f"{url}/outreach", MAIL, page=f"{url}/outreach")
    assert (answer.status_code, answer.location) == (303, url)
    page = client.get(url).text
    assert "A role for you" in page
    assert "via outreach" in page


def test_outreach_by_htmx_swaps_the_panel_and_the_sourcers_card(cast: Cast, maya: uuid.UUID) -> None:
    url = f"/candidates/{maya}"
    answer = cast.client(cast.rita).post_htmx(f"{url}/outreach", MAIL, page=f"{url}/outreach")
    assert answer.text.startswith('<section class="card" id="outreach"')
    assert 'id="sourcer" aria-labelledby="h-sourcer" data-hx-swap-oob="true"' in answer.text
    assert 'value="A role for you"' not in answer.text
    assert '<p role="status">Outreach logged.</p>' in answer.text


def test_outreach_is_asked_for_in_a_dialog_where_it_can_be_logged(cast: Cast, maya: uuid.UUID) -> None:
    client, url, asks = cast.client(cast.rita), f"/candidates/{maya}", {"HX-Request": "true"}
    assert client.get(f"{url}/outreach", headers=asks).text.lstrip().startswith('<dialog id="log-outreach"')
    assert cast.client(cast.omar).get(f"{url}/outreach").status_code == 404
    take(cast, maya, cast.omar)
    assert "Log outreach" not in client.get(url).text
    assert client.get(f"{url}/outreach").location == url
    assert client.get(f"{url}/outreach", headers=asks).headers["HX-Redirect"] == url


def test_outreach_sent_twice_is_recorded_once(cast: Cast, maya: uuid.UUID) -> None:
    client, url = cast.client(cast.rita), f"/candidates/{maya}"
    for _ in range(2):
        client.post_form(f"{url}/outreach", {**MAIL, "idempotency_key": "once"}, page=f"{url}/outreach")
    assert len(rows(CandidateOutreach)) == 1


@pytest.mark.parametrize("htmx", [False, True])
def test_wrong_outreach_keeps_what_was_typed(cast: Cast, maya: uuid.UUID, htmx: bool) -> None:
    client, url = cast.client(cast.rita), f"/candidates/{maya}"
    typed = {"outreach_type": "email", "subject": " ", "message_preview": "Dear Maya", "job_id": "nonsense"}
    post = client.post_htmx if htmx else client.post_form
    answer = post(f"{url}/outreach", typed, page=f"{url}/outreach")
    assert answer.status_code == 422
    assert "Dear Maya" in answer.text
    assert "Choose one of the open jobs" in answer.text
    assert ('<dialog id="log-outreach"' in answer.text) is htmx
    assert "Enter the subject of the email." in answer.text
    assert rows(CandidateOutreach) == []


def test_a_message_that_is_too_long_is_kept_whole_and_refused(cast: Cast, maya: uuid.UUID) -> None:
    client, url = cast.client(cast.rita), f"/candidates/{maya}"
    assert (
        "maxlength="
        not in client.get(f"{url}/outreach").text.partition('name="message_preview"')[0].rpartition("<textarea")[2]
    )
    answer = client.post_form(f"{url}/outreach", {**MAIL, "message_preview": "y" * 501}, page=f"{url}/outreach")
    assert answer.status_code == 422
    assert "y" * 501 in answer.text
    assert "Shorten this to 500 characters; it has 501." in answer.text


def test_outreach_over_the_limit_says_when_it_is_possible_again(cast: Cast, maya: uuid.UUID) -> None:
    client, url = cast.client(cast.rita), f"/candidates/{maya}"
    for _ in range(3):
        client.post_form(f"{url}/outreach", MAIL, page=f"{url}/outreach")
    answer = client.post_form(f"{url}/outreach", MAIL, page=f"{url}/outreach")
    assert answer.status_code == 429
    assert "3 outreach records per week" in answer.text


def test_outreach_may_be_about_a_job(cast: Cast, maya: uuid.UUID) -> None:
    job = posted(cast, title="Robotics lead", status="active")
    client, url = cast.client(cast.rita), f"/candidates/{maya}"
    assert "Robotics lead, Acme" in client.get(f"{url}/outreach").text
    client.post_form(f"{url}/outreach", {**MAIL, "job_id": str(job)}, page=f"{url}/outreach")
    assert "about Robotics lead" in client.get(url).text


@pytest.mark.parametrize("htmx", [False, True])
def test_outreach_to_a_protected_candidate_is_the_conflict_card(cast: Cast, maya: uuid.UUID, htmx: bool) -> None:
    take(cast, maya, cast.rita)
    client = cast.client(cast.omar)
    post = client.post_htmx if htmx else client.post_form
    answer = post(f"/candidates/{maya}/outreach", MAIL)
    assert answer.status_code == 409
    assert "Rita" in answer.text


def test_outreach_of_rivals_is_not_shown(cast: Cast, maya: uuid.UUID) -> None:
    outreach.record_outreach(
        maya, actor=cast.actor(cast.omar), input=OutreachInput(outreach_type="sms", subject="Secret")
    )
    page = cast.client(cast.rita).get(f"/candidates/{maya}").text
    assert "Secret" not in page
    assert "Only the recruiter who holds the claim" in page
    assert "Secret" in cast.client(cast.pia).get(f"/candidates/{maya}").text


def test_what_came_of_an_outreach_is_recorded_with_its_time(cast: Cast) -> None:
    candidate, client = claimed(cast), cast.client(cast.rita)
    url = f"/candidates/{candidate}"
    client.post_form(f"{url}/outreach", MAIL, page=f"{url}/outreach")
    (outreach,) = rows(CandidateOutreach)
    answer = client.post_form(f"{url}/outreach/{outreach.id}", {"engagement": "replied"}, page=url)
    assert answer.status_code == 303
    assert "Replied" in client.get(url).text
    client.post_form(f"{url}/outreach", {"outreach_type": "phone", "engagement": "sent"}, page=f"{url}/outreach")
    page = client.get(url).text
    assert all(words in page for words in ("Called", "Phone, called.", '<option value="replied">Answered</option>'))
    panel = client.post_htmx(f"{url}/outreach/{outreach.id}", {"engagement": "unsubscribed"}, page=url)
    assert "Unsubscribed" in panel.text
    assert "Opted out of outreach on 24 Nov 2026" in client.get(url).text
    assert "Log outreach" not in client.get(url).text


@pytest.mark.parametrize(("value", "says"), [("bored", "Choose a result"), ("sent", "already marked")])
def test_a_wrong_engagement_says_why(cast: Cast, value: str, says: str) -> None:
    candidate, client = claimed(cast), cast.client(cast.rita)
    url = f"/candidates/{candidate}"
    client.post_form(f"{url}/outreach", MAIL, page=f"{url}/outreach")
    (outreach,) = rows(CandidateOutreach)
    answer = client.post_form(f"{url}/outreach/{outreach.id}", {"engagement": value}, page=url, follow_redirects=True)
    assert says in answer.text


@pytest.mark.parametrize(("name", "status"), [("carl", 404), ("hana", 404), ("zoe", 404), ("pia", 403)])
def test_only_recruiters_record_outreach(cast: Cast, maya: uuid.UUID, name: str, status: int) -> None:
    client = cast.client(getattr(cast, name))
    assert client.post_form(f"/candidates/{maya}/outreach", MAIL).status_code == status
    assert client.post_form(f"/candidates/{maya}/outreach/{uuid.uuid4()}", {"engagement": "sent"}).status_code == status


@pytest.mark.parametrize("engagement", ["", "won", "replied"])
def test_another_one_s_candidate_is_404_before_the_result_is_judged(cast: Cast, engagement: str) -> None:
    maya, typed = claimed(cast), OutreachInput(outreach_type="email", subject="A role for you")
    there = outreach.record_outreach(maya, actor=cast.actor(cast.rita), input=typed)
    omar = cast.client(cast.omar)
    for candidate_id, outreach_id in ((maya, there), (uuid.uuid4(), uuid.uuid4())):
        url = f"/candidates/{candidate_id}/outreach/{outreach_id}"
        assert omar.post_form(url, {"engagement": engagement}).status_code == 404
