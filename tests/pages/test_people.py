"""The pages of the team, of people and of organizations."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from portal.services import departures
from portal.services.identity import accounts
from tests.accounts import give_password, membership, statements, written
from tests.cast import Cast
from tests.checking_client import CheckingClient, inputs
from tests.hires import accepted
from tests.interviews import scheduled
from tests.marketplace import claimed

NOWHERE = uuid.UUID(int=7)
NORA = {"email": "nora@demo.test", "name": "Nora Vale", "role": "hiring_manager"}


def text_of(client: CheckingClient, url: str) -> str:
    """Return the text of a page that must be there."""
    page = client.get(url)
    assert page.status_code == 200, url
    return page.text


# --- the identity provider ------------------------------------------------------------------------------------


def test_a_platform_admin_links_and_unlinks_a_subject(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "JWT_ISSUER", "https://id.example.com")
    client, page = cast.client(cast.pia), f"/admin/people/{cast.rita.user_id}"
    assert "Not linked" in text_of(client, page)
    answer = client.post_form(f"{page}/identity", {"subject": "user_1"}, page=f"{page}/identity")
    assert (answer.status_code, answer.location) == (303, page)
    assert "user_1" in text_of(client, page)
    taken = client.post_form(f"/admin/people/{cast.omar.user_id}/identity", {"subject": "user_1"})
    assert (taken.status_code, "linked to another person" in taken.text, "user_1" in taken.text) == (409, True, True)
    assert client.post_form(f"{page}/identity/unlink").status_code == 303
    assert client.post_form(f"{page}/identity/unlink").status_code == 303
    assert "No subject is linked" in text_of(client, page)


def test_without_an_identity_provider_the_page_says_what_to_set(cast: Cast) -> None:
    client, page = cast.client(cast.pia), f"/admin/people/{cast.rita.user_id}"
    assert client.get(f"{page}/identity").location == page
    assert "Set JWT_ISSUER and JWT_JWKS_URL first" in text_of(client, page)


# --- the team -------------------------------------------------------------------------------------------------


def test_a_company_admin_sees_the_own_team(cast: Cast) -> None:
    page = text_of(cast.client(cast.carl), "/team")
    assert "carl@demo.test" in page
    assert "hana@demo.test" in page
    assert "zoe@demo.test" not in page
    assert "Last admin can’t be removed" in page
    assert "/admin/people" not in page
    assert "(optional)" not in page
    assert "Recruiter" not in re.search(r'<select[^>]*name="role".*?</select>', page, re.S)[0]


@pytest.mark.parametrize("name", ["rita", "hana", "pia"])
def test_the_team_page_is_for_company_admins(cast: Cast, name: str) -> None:
    client = cast.client(getattr(cast, name))
    assert client.get("/team").status_code == 403
    if name != "pia":
        assert client.post_form("/team", NORA).status_code == 403


def test_a_company_admin_adds_a_member(cast: Cast) -> None:
    client = cast.client(cast.carl)
    answer = client.post_form("/team", NORA, page="/team")
    assert (answer.status_code, answer.location) == (303, "/team")
    page = text_of(client, "/team")
    assert "Nora Vale" in page
    assert "Invited" in page
    assert "New users get an email" in page
    assert len(written("user.invited")) == 1


def test_a_form_sent_twice_adds_once(cast: Cast) -> None:
    client = cast.client(cast.carl)
    data = {**NORA, "idempotency_key": "one-key"}
    first, second = (client.post_form("/team", data, page="/team") for _ in range(2))
    assert (first.status_code, second.status_code, second.location) == (303, 303, "/team")
    assert len(written("user.invited")) == 1


def test_an_added_member_appears_for_htmx_by_a_redirect(cast: Cast) -> None:
    answer = cast.client(cast.carl).post_htmx("/team", NORA, page="/team")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/team")


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({"email": ""}, 422, "Enter an email address."),
        ({"email": "nora"}, 422, "Enter an email address like name@example.com."),
        ({"name": ""}, 422, "Enter the name."),
        ({"name": "No\x00ra"}, 422, "Remove the control characters"),
        ({"role": "platform_admin"}, 422, "Choose one of: company admin, hiring manager."),
        ({"role": ""}, 422, "Choose a role."),
        ({"email": "hana@demo.test"}, 409, "This person already has that role here."),
    ],
)
def test_a_wrong_member_is_not_added_and_kept_as_typed(
    cast: Cast, values: dict[str, str], status: int, sentence: str
) -> None:
    client = cast.client(cast.carl)
    data = {**NORA, **values}
    for answer in (client.post_form("/team", data, page="/team"), client.post_htmx("/team", data, page="/team")):
        assert answer.status_code == status
        assert sentence in answer.text
        assert f'value="{data["email"]}"' in answer.text
    assert answer.text.startswith('<div id="add-member">')
    assert not written("membership.added")


def test_a_member_who_is_removed_by_a_double_click_is_removed_once(cast: Cast) -> None:
    client, url = cast.client(cast.carl), f"/team/{membership(cast, cast.hana)}/remove"
    form = inputs(client.get(url).text, url)
    sent = [client.post(url, data=form) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in sent] == [(303, "/team")] * 2
    assert len(written("membership.removed")) == 1
    late = client.post(url, data={**form, "idempotency_key": "of another tab"})
    assert (late.status_code, late.location) == (303, "/team")
    assert "Carl has already removed Hana." in text_of(client, "/team")


def test_a_member_is_removed_after_a_question(cast: Cast) -> None:
    client, url = cast.client(cast.carl), f"/team/{membership(cast, cast.hana)}/remove"
    assert url in text_of(client, "/team")
    assert "Remove Hana from Acme?" in text_of(client, url)
    hana = cast.client(cast.hana)
    assert hana.get("/account").status_code == 200
    answer = client.post_form(url, page=url)
    assert (answer.status_code, answer.location) == (303, "/team")
    assert "Hana is no longer a hiring manager." in text_of(client, "/team")
    assert hana.get("/account").status_code == 403
    assert client.post_form(url, page="/team").location == client.get(url).location == "/team"


def test_the_last_admin_is_told_why_nothing_happens(cast: Cast) -> None:
    client, url = cast.client(cast.carl), f"/team/{membership(cast, cast.carl)}/remove"
    assert "<b>This is you.</b>" in text_of(client, url)
    answer = client.post_form(url, page=url)
    assert answer.status_code == 409
    assert "There is no other admin here." in answer.text


def test_who_leaves_the_own_team_is_led_to_the_start(cast: Cast) -> None:
    accounts.add_member(
        actor=cast.actor(cast.pia), organisation_id=cast.acme, email=cast.hana.email, role="company_admin"
    )
    client, url = cast.client(cast.carl), f"/team/{membership(cast, cast.carl)}/remove"
    assert client.post_form(url, page=url).location == "/"
    assert "You don’t belong to an organization" in client.get("/").text


@pytest.mark.parametrize("action", ["remove", "invite"])
def test_zoe_gets_404_for_a_member_of_acme(cast: Cast, action: str) -> None:
    client, url = cast.client(cast.zoe), f"/team/{membership(cast, cast.hana)}/{action}"
    assert client.post_form(url).status_code == 404
    assert cast.client(cast.rita).post_form(url).status_code == 403
    if action == "remove":
        assert client.get(url).status_code == 404
    assert not written("membership.removed")


def test_an_invitation_goes_out_again(cast: Cast) -> None:
    client = cast.client(cast.carl)
    client.post_form("/team", NORA, page="/team")
    url = re.search(r'action="(/team/[0-9a-f-]{36}/invite)"', text_of(client, "/team"))[1]
    # hana of the cast has no password either
    assert [client.post_form(url, {"idempotency_key": "k1"}).status_code for _ in range(2)] == [303, 303]
    assert "Invitation sent to " in text_of(client, "/team")
    assert len(written("user.invited")) == 2
    give_password(cast.hana)
    answer = client.post_form(f"/team/{membership(cast, cast.hana)}/invite")
    assert answer.status_code == 303
    assert "This person has already set a password" in text_of(client, "/team")


def test_the_team_page_costs_the_same_for_many_members(cast: Cast) -> None:
    client = cast.client(cast.carl)
    client.get("/team")
    with statements() as few:
        client.get("/team")
    for number in range(55):
        accounts.add_member(
            actor=cast.actor(cast.pia),
            organisation_id=cast.acme,
            email=f"member{number}@demo.test",
            name=f"Member {number}",
            role="hiring_manager",
        )
    with statements() as many:
        page = text_of(client, "/team")
    assert len(few) == len(many) <= 5
    assert page.count("<tr>") == 51
    older = re.search(r'href="(\?before=[0-9a-f-]{36})" rel="next"', page)[1]
    rest = text_of(client, f"/team{older}")
    assert page.count("/remove") + rest.count("/remove") == 56  # all but carl, the last admin
    assert 'rel="prev"' in rest


# --- people ---------------------------------------------------------------------------------------------------


def test_the_platform_lists_and_searches_people(cast: Cast) -> None:
    client = cast.client(cast.pia)
    page = text_of(client, "/admin/people")
    for name in ("Rita", "Omar", "Hana", "Carl", "Zoe", "Pia"):
        assert name in page
    assert "system@portal.invalid" not in page
    found = text_of(client, "/admin/people?q=ZO")
    assert "zoe@demo.test" in found
    assert "carl@demo.test" not in found
    assert "Rival Corp" in found
    assert "Acme" not in found
    assert "No people match" in text_of(client, "/admin/people?q=%25")
    assert "No people match" in text_of(client, "/admin/people?q=" + "x" * 3000)
    assert text_of(client, "/admin/people?q=%00&before=nonsense").count("@demo.test") == 6
    assert "No more results" in text_of(client, f"/admin/people?after={NOWHERE}")


@pytest.mark.parametrize(
    "path", ["", "/new", "/organisations", "/organisations/new", f"/{NOWHERE}", f"/{NOWHERE}/close"]
)
def test_people_are_administered_by_the_platform_only(cast: Cast, path: str) -> None:
    for person in (cast.rita, cast.hana, cast.carl, cast.zoe):
        assert cast.client(person).get(f"/admin/people{path}").status_code == 403
    assert cast.client().get(f"/admin/people{path}").status_code == 302


@pytest.mark.parametrize(
    "path", [f"/{NOWHERE}", f"/{NOWHERE}/close", f"/organisations/{NOWHERE}", "/00000000-0000-7000-8000-000000000001"]
)
def test_what_does_not_exist_is_404_for_the_platform_too(cast: Cast, path: str) -> None:
    assert cast.client(cast.pia).get(f"/admin/people{path}").status_code == 404


def test_the_lists_cost_the_same_for_many_rows(cast: Cast) -> None:
    client, pia = cast.client(cast.pia), cast.actor(cast.pia)
    urls = ("/admin/people", "/admin/people/organisations")
    for url in urls:
        client.get(url)
    costs = []
    for more in (0, 55):
        for number in range(more):
            company = accounts.add_organisation(actor=pia, kind="company", name=f"Company {number}")
            accounts.add_member(
                actor=pia, organisation_id=company, email=f"p{number}@demo.test", name="P", role="company_admin"
            )
        for url in urls:
            with statements() as seen:
                page = text_of(client, url)
            costs.append(len(seen))
    assert costs == [2, 2, 2, 2]
    assert len(page) < 32_000
    older = re.search(r'href="(/admin/people/organisations\?after=[^"]+)"', page)[1]
    assert 'rel="prev"' in text_of(client, older)


def test_the_platform_sees_a_person_and_sets_the_recruiters_status(cast: Cast) -> None:
    client, url = cast.client(cast.pia), f"/admin/people/{cast.rita.user_id}"
    assert "North Talent" in text_of(client, url)
    assert client.post_form(f"{url}/recruiter", {"status": "suspended"}).location == url
    page = text_of(client, url)
    assert "Rita is now suspended as a recruiter." in page
    assert ("Reactivate" in page, "> Activate" in page) == (True, False)
    account = f'href="{url}"'
    profile = f"/recruiters/{cast.rita.recruiter_id}"
    assert [account in cast.client(who).get(profile).text for who in (cast.pia, cast.rita)] == [True, False]
    client.post_form(f"{url}/recruiter", {"status": "suspended"})
    assert "This recruiter is already suspended." in text_of(client, url)
    assert client.post_form(f"{url}/recruiter", {"status": "famous"}).status_code == 400
    assert client.post_form(f"/admin/people/{cast.carl.user_id}/recruiter", {"status": "active"}).status_code == 404


def test_a_person_page_costs_at_most_six_statements(cast: Cast) -> None:
    client = cast.client(cast.pia)
    client.get("/admin/people")
    with statements() as seen:
        text_of(client, f"/admin/people/{cast.rita.user_id}")
    assert len(seen) <= 6


def test_a_closed_account_is_out_at_once_and_opens_again(cast: Cast) -> None:
    client, url = cast.client(cast.pia), f"/admin/people/{cast.rita.user_id}"
    rita = cast.client(cast.rita)
    assert rita.get("/account").status_code == 200
    asks = text_of(client, f"{url}/close")
    assert "Close Rita’s account?" in asks
    assert "anything that others should continue first." in asks
    assert client.post_form(f"{url}/close", page=f"{url}/close").location == url
    assert rita.get("/account").status_code == 302
    assert "Closed" in text_of(client, url)
    again = client.post_form(f"{url}/close", page=url)
    assert again.status_code == 409
    assert "This account is already closed." in again.text
    client.post_form(f"{url}/open", page=url)
    assert "Account reopened." in text_of(client, url)
    client.post_form(f"{url}/open", page=url)
    assert "This account is already open." in text_of(client, url)


def test_whoever_removes_somebody_reads_how_many_interviews_counted_on_them(cast: Cast) -> None:
    scheduled(cast, accepted(cast), datetime.now(UTC) + timedelta(days=1), participants=frozenset({cast.hana.user_id}))
    url, carl = f"/team/{membership(cast, cast.hana)}/remove", cast.client(cast.carl)
    said = carl.post_form(url, page=url, follow_redirects=True).text
    assert "Hana is no longer a hiring manager. 1 coming interview counted on them: choose someone else." in said


def test_nobody_closes_the_own_account(cast: Cast) -> None:
    client, url = cast.client(cast.pia), f"/admin/people/{cast.pia.user_id}"
    assert f"{url}/close" not in text_of(client, url)
    assert client.post_form(f"{url}/close").status_code == 403


def test_a_person_without_role_has_none_on_the_page(cast: Cast) -> None:
    departures.remove_member(membership(cast, cast.hana), actor=cast.actor(cast.pia))
    assert "No role" in text_of(cast.client(cast.pia), f"/admin/people/{cast.hana.user_id}")


def test_the_platform_adds_a_person_to_an_organisation(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert "North Talent (agency)" in text_of(client, "/admin/people/new")
    data = {**NORA, "role": "recruiter", "organisation": str(cast.rita.organisation_id)}
    answer = client.post_form("/admin/people/new", data, page="/admin/people/new")
    assert answer.location == f"/admin/people/organisations/{cast.rita.organisation_id}"
    assert "Nora Vale" in text_of(client, answer.location)
    for wrong in ({"role": "company_admin"}, {"organisation": str(NOWHERE)}, {"organisation": ""}):
        refused = client.post_form("/admin/people/new", {**data, **wrong}, page="/admin/people/new")
        assert refused.status_code == 422
        assert 'value="nora@demo.test"' in refused.text


# --- organizations --------------------------------------------------------------------------------------------


def test_the_platform_adds_an_organisation_and_its_first_member(cast: Cast) -> None:
    client = cast.client(cast.pia)
    data = {"kind": "company", "name": "Birch", "time_zone": "Europe/Berlin", "currency": "EUR"}
    text_of(client, "/admin/people/organisations/new")
    url = client.post_form("/admin/people/organisations/new", data, page="/admin/people/organisations/new").location
    page = text_of(client, url)
    assert "Company, Europe/Berlin, EUR" in page
    assert "No members yet" in page
    client.post_form(url, {**NORA, "role": "company_admin"}, page=url)
    assert "Nora Vale" in text_of(client, url)
    assert client.post_form(url, {**NORA, "role": "recruiter"}, page=url).status_code == 422
    remove = re.search(r"/team/[0-9a-f-]{36}/invite", text_of(client, url))[0].replace("invite", "remove")
    refused = client.post_form(remove, page=url)
    assert refused.status_code == 409


def test_removing_through_the_platform_leads_back_to_the_organisation(cast: Cast) -> None:
    client, url = cast.client(cast.pia), f"/team/{membership(cast, cast.hana)}/remove"
    answer = client.post_form(url, page=url)
    assert answer.location == f"/admin/people/organisations/{cast.acme}"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 121}, "Shorten this to 120 characters"),
        ({"kind": "platform"}, "Choose one of: company, agency."),
        ({"currency": "XXX"}, "Choose one of: USD"),
        ({"time_zone": "Mars/Base"}, "Choose a time zone from the list."),
    ],
)
def test_a_wrong_organisation_is_not_added(cast: Cast, values: dict[str, str], sentence: str) -> None:
    data = {"kind": "company", "name": "Birch", "time_zone": "UTC", "currency": "USD", **values}
    url = "/admin/people/organisations/new"
    answer = cast.client(cast.pia).post_form(url, data, page=url)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not written("organisation.added")


def test_the_platform_searches_organisations(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert "Rival Corp" in text_of(client, "/admin/people/organisations")
    found = text_of(client, "/admin/people/organisations?q=rival")
    assert "Rival Corp" in found
    assert "North Talent" not in found
    assert "No organizations match" in text_of(client, "/admin/people/organisations?q=nowhere")
    assert "No more results" in text_of(client, f"/admin/people/organisations?after={NOWHERE}")


def test_a_platform_admin_hands_a_recruiters_work_over(cast: Cast) -> None:
    candidate_id, client = claimed(cast), cast.client(cast.pia)
    url = f"/admin/people/{cast.rita.user_id}/hand-over"
    assert "1 claim on candidates" in client.get(url).text
    unknown = client.post_form(url, {"successor": "nobody@demo.test"})
    assert (unknown.status_code, 'value="nobody@demo.test"' in unknown.text) == (422, True)
    assert client.post_form(url, {"successor": cast.omar.email}).status_code == 303
    assert cast.client(cast.omar).get(f"/candidates/{candidate_id}").status_code == 200
    assert "has no claims" in client.get(url).text


@pytest.mark.parametrize("path", ["/admin/people/{user}/hand-over", "/team/{membership}/remove"])
def test_nothing_passes_on_that_the_form_did_not_list(cast: Cast, path: str) -> None:
    claimed(cast)
    client, url = cast.client(cast.pia), path.format(user=cast.rita.user_id, membership=membership(cast, cast.rita))
    sent = {**inputs(client.get(url).text, url), "successor": cast.omar.email}
    claimed(cast)
    refused = client.post_form(url, sent)
    assert refused.status_code == 409
    assert "What this recruiter holds has changed since you opened this. Nothing was done" in refused.text
    assert "2 claims on candidates" in refused.text
    assert "0 " not in refused.text.partition("Rita has:")[2].partition("</ul>")[0]
    assert client.post_form(url, {**inputs(refused.text, url), "successor": cast.omar.email}).status_code == 303


def test_removing_a_recruiter_asks_who_takes_over(cast: Cast) -> None:
    candidate_id, client = claimed(cast), cast.client(cast.pia)
    url = f"/team/{membership(cast, cast.rita)}/remove"
    assert "Without a successor, the claims end" in client.get(url).text
    assert client.post_form(url, {"successor": cast.omar.email}).status_code == 303
    assert cast.client(cast.omar).get(f"/candidates/{candidate_id}").status_code == 200
