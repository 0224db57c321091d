"""The pages for signing in, for forgotten passwords and for one's account."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask_wtf import FlaskForm
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError
from werkzeug.test import TestResponse
from wtforms import PasswordField

from portal.domain.permissions import system_actor
from portal.extensions import redis_client
from portal.queries.admin import people
from portal.queries.identity import accounts as queries
from portal.requests.respond import SEND_AGAIN
from portal.runtime.clock import simulated
from portal.services import departures
from portal.services.identity import accounts, sessions
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import give_password, link_for, sign_in, statements, written
from tests.cast import DAY, PASSWORD, Cast, Person
from tests.checking_client import CheckingClient, inputs
from tests.marketplace import proposed

NEW_PASSWORD = "four unrelated words here"


def enter(client: CheckingClient, person: Person, *, password: str = PASSWORD, target: str = "", **kwargs):
    """Sign in on the page."""
    data = {"email": person.email, "password": password, "next": target}
    return client.post_form("/login", data, page="/login", **kwargs)


def test_a_person_signs_in_and_goes_where_the_person_wanted(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client()
    sent = client.get("/account")
    assert sent.status_code == 302
    page = client.get(sent.location)
    assert 'name="next" value="/account"' in page.text
    answer = enter(client, cast.rita, target="/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "rita@demo.test" in client.get("/account").text


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/\tx", "", "evil"]
)
def test_signing_in_never_leads_to_another_site(cast: Cast, target: str) -> None:
    give_password(cast.rita)
    assert enter(cast.client(), cast.rita, target=target).location == "/"


def test_a_wrong_password_keeps_the_address_and_says_no_more(cast: Cast) -> None:
    give_password(cast.rita)
    answer = enter(cast.client(), cast.rita, password="wrong")
    assert answer.status_code == 422
    assert "Incorrect email or password" in answer.text
    assert 'value="rita@demo.test"' in answer.text
    assert "wrong" not in re.sub(r"<[^>]*wrong-[^>]*>", "", answer.text)


def test_an_empty_form_says_what_to_write(cast: Cast) -> None:
    answer = cast.client().post_form("/login", {"email": "", "password": ""}, page="/login")
    assert answer.status_code == 422
    assert "Enter your email address." in answer.text
    assert "Enter your password." in answer.text


def test_signing_in_without_the_token_of_the_page_is_refused(cast: Cast) -> None:
    give_password(cast.rita)
    answer = cast.client().post("/login", data={"email": cast.rita.email, "password": PASSWORD})
    assert answer.status_code == 400
    assert not written("user.signed_in")


def test_signing_in_changes_the_token_of_the_forms(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client()
    before = client.csrf_token("/login")
    enter(client, cast.rita)
    assert client.csrf_token("/account") != before
    assert client.post("/theme", data={"csrf_token": before, "theme": "dark"}).status_code == 400


def test_a_form_drawn_before_the_secret_was_rotated_is_taken_until_the_former_one_is_removed(cast: Cast) -> None:
    client, config = cast.client(cast.carl), cast.app.config
    sent, before = {"theme": "dark", "csrf_token": client.csrf_token("/account")}, config["SECRET_KEY"]
    try:
        config.update(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[before])
        taken = client.post("/theme", data=sent, headers={"HX-Request": "true"})
        alone = {"HX-Request": "true", "X-CSRFToken": sent["csrf_token"]}  # a preview sends but a few fields
        by_header = client.post("/theme", data={"theme": "dark"}, headers=alone)
        config.update(SECRET_KEY_FALLBACKS=["a third"])
        refused = client.post("/theme", data=sent, headers={"HX-Request": "true"})
    finally:
        config.update(SECRET_KEY=before, SECRET_KEY_FALLBACKS=[])
    assert (taken.status_code, by_header.status_code, refused.status_code) == (303, 303, 401)


def test_a_signed_in_person_is_led_past_the_sign_in_page(cast: Cast) -> None:
    answer = cast.client(cast.rita).get("/login?next=/account")
    assert (answer.status_code, answer.location) == (303, "/account")


def test_a_missing_page_offers_what_the_visitor_can_use(cast: Cast) -> None:
    stranger, rita = cast.client().get("/nowhere").text, cast.client(cast.rita).get("/nowhere").text
    assert "or sign in." in stranger
    assert "</svg>Sign in</a>" in stranger
    assert "or use the search." in rita
    assert "</svg>Back to work queue</a>" in rita


def test_who_was_signed_out_before_sending_a_form_reads_why(cast: Cast) -> None:
    client = cast.client(cast.rita)
    token = client.csrf_token("/candidates/new")
    sessions.revoke_other_sessions(actor=cast.actor(cast.rita))
    here = "http://localhost/candidates/new"
    answer = client.post("/candidates/new", data={"csrf_token": token}, headers={"Referer": here})
    page = client.get(answer.location).text
    assert "Your session expired. Sign in and resubmit; nothing was saved." in page
    assert 'name="next" value="/candidates/new"' in page
    assert "Your session expired" not in client.get(client.get("/candidates/new").location).text


def signed_out_while_typing(cast: Cast, name: str) -> tuple[CheckingClient, TestResponse]:
    """Send rita's new candidate after her session; give her browser and what it got."""
    client = cast.client(cast.rita)
    token = client.csrf_token()
    sessions.revoke_other_sessions(actor=cast.actor(cast.rita))
    return client, client.post("/candidates/new", data={"csrf_token": token, "full_name": name})


def test_what_was_typed_is_for_who_typed_it(cast: Cast) -> None:
    give_password(cast.omar)
    client, gate = signed_out_while_typing(cast, "Maya Okafor")
    sent = {**inputs(gate.text, "/login"), "email": cast.omar.email, "password": PASSWORD}
    answer = client.post("/login", data=sent)
    assert (answer.status_code, answer.location) == (303, "/")


def test_whoever_comes_with_no_session_at_all_gets_back_what_was_typed_and_nobody_else(cast: Cast) -> None:
    form = inputs(cast.client(cast.rita).get("/candidates/new").text, "/candidates/new")
    for person, drawn, shown in (
        (cast.rita, form, "Maya Okafor"),
        (cast.omar, form, None),
        (cast.omar, {"csrf_token": "lost"}, None),  # a page that does not say whom it was drawn for
    ):
        give_password(person)
        client = cast.client()
        gate = client.post("/candidates/new", data={**drawn, "full_name": "Maya Okafor"})
        assert gate.status_code == 401
        answer = client.post(
            "/login", data={**inputs(gate.text, "/login"), "email": person.email, "password": PASSWORD}
        )
        held = inputs(answer.text, "/candidates/new") if answer.status_code == 200 else {}
        assert (held.get("full_name"), answer.status_code == 303) == (shown, shown is None)


def test_more_than_a_page_can_carry_is_not_held(cast: Cast) -> None:
    _, answer = signed_out_while_typing(cast, "x" * 100_001)
    assert (answer.status_code, answer.location) == (302, "/login?next=/&unsent=long")
    assert "sign in from another tab, then come back to this one" in cast.client().get(answer.location).text


def test_a_password_is_never_carried_through_a_page(cast: Cast) -> None:
    client = cast.client(cast.rita)
    token = client.csrf_token()
    sessions.revoke_other_sessions(actor=cast.actor(cast.rita))
    with cast.app.test_request_context():
        kinds = [kind for kind in FlaskForm.__subclasses__() if kind.__module__.startswith("portal.")]
        found = [field for kind in kinds for field in kind() if isinstance(field, PasswordField)]
    names = {field.name for field in found}
    answer = client.post("/account/password", data={**dict.fromkeys(names, "a secret"), "csrf_token": token})
    assert names
    assert (answer.status_code, "a secret" in answer.text) == (302, False)


def test_what_another_organisation_may_not_send_is_kept_until_one_switches_back(cast: Cast) -> None:
    client = cast.client(cast.hana)
    old = client.csrf_token()
    zoe = cast.actor(cast.zoe)
    accounts.add_member(actor=zoe, organisation_id=cast.rival, email=cast.hana.email, name="X", role="hiring_manager")
    client.post_form("/organisation", {"organisation": str(cast.rival)})
    url = f"/proposals/{proposed(cast)}/questions"
    answer = client.post(url, data={"csrf_token": old, "question": "When could she start?"})
    assert (answer.status_code, "What you typed is kept on this page" in answer.text) == (400, True)
    kept = inputs(answer.text, url)
    client.post_form("/organisation", {"organisation": str(cast.acme)})
    again = client.post(url, data=kept)
    assert (again.status_code, "When could she start?" in again.text, SEND_AGAIN in again.text) == (400, True, True)


KEPT = ["/proposals/preview", "/placements/new/preview", "/placements/calculate-splits", "/candidates/new"]


@pytest.mark.parametrize("url", KEPT)
def test_a_part_of_a_page_without_a_session_does_not_lead_away_from_what_is_typed(cast: Cast, url: str) -> None:
    client = cast.client(cast.rita)
    token = client.csrf_token()
    sessions.revoke_other_sessions(actor=cast.actor(cast.rita))
    answer = client.post(url, data={"csrf_token": token}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text, "HX-Redirect" in answer.headers) == (401, "", False)


def test_a_link_without_a_session_leads_to_the_sign_in_page_and_back(cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/candidates"}
    answer = cast.client().get("/candidates?q=x", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/candidates")


def test_a_part_of_a_page_of_an_earlier_session_does_not_ask_to_reload_what_is_typed(cast: Cast) -> None:
    headers = {"HX-Request": "true"}
    answer = cast.client(cast.rita).post("/proposals/preview", data={"csrf_token": "old"}, headers=headers)
    assert (answer.status_code, answer.text) == (401, "")


def test_signing_in_as_another_ends_the_session_before(cast: Cast) -> None:
    give_password(cast.omar)
    client = cast.client(cast.rita)
    with client.session_transaction() as session:
        before = session["_user_id"]
    client.post("/login", data={"csrf_token": client.csrf_token(), "email": cast.omar.email, "password": PASSWORD})
    assert queries.session_state(before) is None
    assert "omar@demo.test" in client.get("/account").text


def test_the_eleventh_wrong_try_has_to_wait_and_says_how_long(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client()
    for _ in range(10):
        assert enter(client, cast.rita, password="wrong").status_code == 422
    answer = enter(client, cast.rita)
    assert answer.status_code == 429
    assert 290 <= int(answer.headers["Retry-After"]) <= 300
    assert "Too many attempts. Try again in 5 minutes." in answer.text
    assert 'value="rita@demo.test"' in answer.text


@pytest.mark.parametrize("error", [RedisConnectionError("away"), OutOfMemoryError("maxmemory")], ids=["away", "full"])
def test_without_redis_wrong_tries_are_counted_all_the_same(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    give_password(cast.rita)
    monkeypatch.setattr(redis_client(), "execute_command", fail)
    client = cast.client()
    answers = [enter(client, cast.rita, password="wrong").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_right_tries_use_nothing_up(cast: Cast) -> None:
    give_password(cast.rita)
    for _ in range(12):
        assert enter(cast.client(), cast.rita).status_code == 303


def test_of_many_wrong_tries_at_once_no_more_than_ten_are_read(cast: Cast) -> None:
    give_password(cast.rita)
    clients = [cast.client() for _ in range(14)]
    tokens = [client.csrf_token() for client in clients]

    def try_one(number: int) -> int:
        data = {"email": cast.rita.email, "password": "wrong", "csrf_token": tokens[number]}
        return clients[number].post("/login", data=data).status_code

    with ThreadPoolExecutor(max_workers=14) as threads:
        answers = list(threads.map(try_one, range(14)))
    assert sorted(answers) == [422] * 10 + [429] * 4


def test_nobody_is_locked_out_of_a_known_browser_by_a_stranger(cast: Cast) -> None:
    give_password(cast.rita)
    known = cast.client()
    enter(known, cast.rita)
    known.post_form("/logout")
    stranger = cast.client()
    for _ in range(10):
        enter(stranger, cast.rita, password="wrong")
    assert enter(stranger, cast.rita).status_code == 429
    assert enter(known, cast.rita).status_code == 303
    assert [e["new_device"] for e in written("user.signed_in")] == [True, False]


def test_a_copied_cookie_is_dead_after_signing_out(cast: Cast) -> None:
    client, thief = cast.client(cast.rita), cast.client()
    cookie = client.get_cookie("portal")
    thief.set_cookie("portal", cookie.value)
    assert thief.get("/account").status_code == 200
    answer = client.post_form("/logout")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert thief.get("/account").status_code == 302
    assert "You’re signed out." in client.get("/login").text


def test_signing_out_twice_is_no_error(cast: Cast) -> None:
    assert cast.client().post_form("/logout", page="/login").status_code == 303


def test_a_first_password_ends_no_sessions(cast: Cast) -> None:
    ivy, pia = "ivy@demo.test", cast.actor(cast.pia)
    accounts.add_member(actor=pia, organisation_id=cast.acme, email=ivy, role="hiring_manager", name="Ivy")
    page = cast.client().get(f"/reset/{link_for(ivy)}").text
    assert ("Set your password" in page, "signs out" in page) == (True, False)


def test_a_forgotten_password_is_set_through_the_link(cast: Cast) -> None:
    client = cast.client()
    other = cast.client(cast.rita)
    token = link_for(cast.rita.email)
    page = client.get(f"/reset/{token}")
    assert "rita@demo.test" in page.text
    assert "signs out every active session" in page.text
    assert client.get(f"/reset/{token}").status_code == 200  # looking uses nothing up
    answer = client.post_form(f"/reset/{token}", {"new": NEW_PASSWORD}, page=f"/reset/{token}")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "Password set." in client.get("/login").text
    assert other.get("/account").status_code == 302
    assert enter(client, cast.rita, password=NEW_PASSWORD).status_code == 303
    assert client.get(f"/reset/{token}").status_code == 410


@pytest.mark.parametrize("email", ["rita@demo.test", "nobody@demo.test", "no address at all", "\x00"])
def test_the_answer_to_a_forgotten_password_tells_nothing(cast: Cast, email: str) -> None:
    client = cast.client()
    answer = client.post_form("/forgot", {"email": email}, page="/forgot")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "If this address has an account, a link is on its way." in client.get("/login").text


def test_a_bad_new_password_says_why_and_uses_nothing_up(cast: Cast) -> None:
    client, token = cast.client(), link_for(cast.rita.email)
    answer = client.post_form(f"/reset/{token}", {"new": "short"}, page=f"/reset/{token}")
    assert answer.status_code == 422
    assert "Use 12 to 128 characters." in answer.text
    assert client.get(f"/reset/{token}").status_code == 200


@pytest.mark.parametrize("token", ["x", "x.y", "00000000-0000-7000-8000-000000000001.abc", "%00", "é.ü"])
def test_a_made_up_link_says_that_it_does_not_work(cast: Cast, token: str) -> None:
    answer = cast.client().get(f"/reset/{token}")
    assert answer.status_code == 410
    assert "Get a new link" in answer.text


def test_the_account_page_costs_the_same_however_many_browsers(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client(cast.rita)
    client.get("/account")
    with statements() as few:
        client.get("/account")
    for _ in range(9):
        sign_in(cast.rita)
    with statements() as many:
        assert client.get("/account").text.count("Unknown browser") == 10
    assert len(few) == len(many) == 3


def test_signing_in_costs_six_statements(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client()
    data = {"email": cast.rita.email, "password": PASSWORD, "csrf_token": client.csrf_token("/login")}
    with statements() as seen:
        assert client.post("/login", data=data).status_code == 303
    assert len(seen) <= 6, seen


def test_a_person_changes_the_profile(cast: Cast) -> None:
    client = cast.client(cast.rita)
    data = {"name": "Rita Ray", "time_zone": "Europe/Berlin", "number_format": "de_DE"}
    answer = client.post_form("/account/profile", data)
    assert (answer.status_code, answer.location) == (303, "/account")
    page = client.get("/account").text
    assert "Profile saved." in page
    assert "Rita Ray" in page
    assert "<option selected>Europe/Berlin</option><option>UTC</option></select>" in page
    assert '<option selected value="de_DE">1.234.567,50</option>' in page


def test_all_time_zones_are_listed_for_who_asks_and_stay_with_what_was_chosen(cast: Cast) -> None:
    client = cast.client(cast.rita)
    link = re.search(r'<a[^>]*href="/account\?zones=all"[^>]*>', client.get("/account").text)
    assert link is not None
    assert 'data-hx-disabled-elt="unset"' in link[0]  # the form's own button has nothing to do with it
    asked = client.get("/account?zones=all", headers={"HX-Request": "true"}).text
    typed = {**inputs(asked, "/account/profile"), "name": "", "time_zone": "Asia/Tokyo", "number_format": "auto"}
    refused = client.post("/account/profile", data=typed).text
    for page in (asked, refused):
        assert "<option>America/Lima</option>" in page
        assert "zones=all" not in page
    assert "<option selected>Asia/Tokyo</option>" in refused


def test_a_profile_of_a_second_tab_is_shown_again_beside_what_the_first_saved(cast: Cast) -> None:
    client = cast.client(cast.rita)
    second = inputs(client.get("/account").text, "/account/profile")
    typed = {"time_zone": "UTC", "number_format": "auto"}
    client.post("/account/profile", data={**second, **typed, "name": "Rita Ray"})
    wrong = client.post("/account/profile", data={**second, **typed, "name": ""})  # what is wrong hides nothing
    refused = client.post(
        "/account/profile", data={**inputs(wrong.text, "/account/profile"), **typed, "name": "Rita R."}
    )
    assert (refused.status_code, "You changed these settings elsewhere" in refused.text) == (409, True)
    assert "<p>Rita Ray · " in refused.text
    again = {**inputs(refused.text, "/account/profile"), **typed}
    assert (again["name"], client.post("/account/profile", data=again).status_code) == ("Rita R.", 303)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": "", "time_zone": "UTC"}, "Enter your name."),
        ({"name": "x" * 121, "time_zone": "UTC", "number_format": "auto"}, "Shorten this to 120 characters"),
        ({"name": "Ri\x00ta", "time_zone": "UTC", "number_format": "auto"}, "Remove the control characters"),
        ({"name": "Rita", "time_zone": "Mars/Base", "number_format": "auto"}, "Choose a time zone from the list."),
        ({"name": "Rita", "time_zone": "Factory", "number_format": "auto"}, "Choose a time zone from the list."),
        ({"name": "Rita"}, "Choose a time zone from the list."),
        ({"name": "Rita", "time_zone": "UTC"}, "Choose a number format from the list."),
        ({"name": "Rita", "time_zone": "UTC", "number_format": "tlh"}, "Choose a number format from the list."),
    ],
)
def test_a_wrong_profile_is_not_saved_and_kept_as_typed(cast: Cast, data: dict[str, str], sentence: str) -> None:
    client = cast.client(cast.rita)
    answer = client.post_form("/account/profile", data)
    assert answer.status_code == 422
    assert sentence in answer.text
    panel = client.post_htmx("/account/profile", data)
    assert panel.status_code == 422
    assert panel.text.startswith('<div id="profile">')
    assert cast.actor(cast.rita).name == "Rita"


def test_a_person_changes_the_password(cast: Cast) -> None:
    give_password(cast.rita)
    client, other = cast.client(cast.rita), cast.client(cast.rita)
    answer = client.post_form("/account/password", {"current": PASSWORD, "new": NEW_PASSWORD})
    assert answer.status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert enter(cast.client(), cast.rita, password=NEW_PASSWORD).status_code == 303


def test_a_wrong_present_password_is_said_beside_its_field(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client(cast.rita)
    answer = client.post_form("/account/password", {"current": "wrong", "new": NEW_PASSWORD})
    assert answer.status_code == 422
    assert "This is not your current password." in answer.text
    assert NEW_PASSWORD not in answer.text


def test_guessing_the_present_password_has_to_wait(cast: Cast) -> None:
    give_password(cast.rita)
    client = cast.client(cast.rita)
    token = client.csrf_token()
    data = {"current": "wrong", "new": NEW_PASSWORD, "csrf_token": token}
    answers = [client.post("/account/password", data=data).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_person_signs_other_browsers_out(cast: Cast) -> None:
    client, second, third = (cast.client(cast.rita) for _ in range(3))
    page = client.get("/account").text
    assert page.count('/revoke"') == 2 * 2  # plainly and for HTMX
    url = re.search(r'action="(/account/sessions/[0-9a-f-]{36}/revoke)"', page)[1]
    panel = client.post_htmx(url)
    assert panel.status_code == 200
    assert "Session signed out." in panel.text
    assert client.post_form("/account/sessions/revoke-others").status_code == 303
    assert "Signed out of 1 other session." in client.get("/account").text
    assert [b.get("/account").status_code for b in (client, second, third)] == [200, 302, 302]
    assert client.post_form(url).location == "/account"  # from another tab: over already


def test_zoe_cannot_end_a_session_of_rita(cast: Cast) -> None:
    rita = cast.client(cast.rita)
    with rita.session_transaction() as session:
        session_id = queries.session_state(session["_user_id"]).actor.session_id
    assert cast.client(cast.zoe).post_form(f"/account/sessions/{session_id}/revoke").status_code == 404
    assert rita.get("/account").status_code == 200


def test_the_theme_is_kept_for_the_person_and_the_browser(cast: Cast) -> None:
    client = cast.client(cast.rita)
    answer = client.post_form("/theme", {"theme": "dark", "next": "/account?"})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert 'data-theme="dark"' in client.get("/account").text
    client.post_form("/logout")
    assert 'data-theme="dark"' in client.get("/login").text
    assert cast.client(cast.rita).post_form("/theme", {"theme": "pink"}).status_code == 400


def test_a_stranger_chooses_a_theme_too(cast: Cast) -> None:
    client = cast.client()
    assert client.post_form("/theme", {"theme": "light"}, page="/login").location == "/"
    assert 'data-theme="light"' in client.get("/login").text


def test_the_switcher_leads_to_another_organisation(cast: Cast) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.join(uow, user_id=cast.carl.user_id, organisation_id=cast.rival, role="hiring_manager")
    client = cast.client(cast.carl)
    copied = client.get_cookie("portal").value
    assert client.get("/team").status_code == 200
    answer = client.post_form("/organisation", {"organisation": str(cast.rival), "next": "/account"})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "Rival Corp" in client.get("/account").text
    assert client.get("/team").status_code == 403
    thief = cast.client()
    thief.set_cookie("portal", copied)
    assert thief.get("/account").status_code == 302


def test_what_belongs_to_another_of_ones_organisations_is_reached_by_the_switcher(cast: Cast) -> None:
    path = f"/proposals/{proposed(cast)}"
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.join(uow, user_id=cast.zoe.user_id, organisation_id=cast.acme, role="hiring_manager")
    client = cast.client(cast.zoe)
    page = client.get(path)
    assert (page.status_code, "another of your organizations" in page.text) == (404, True)
    form = inputs(page.text, "/organisation")
    answer = client.post("/organisation", data={**form, "organisation": str(cast.acme)})
    assert (answer.location, client.get(path).status_code) == (path, 200)
    assert "another of your organizations" not in cast.client(cast.omar).get(path).text


@pytest.mark.parametrize("organisation", ["", "x", "00000000-0000-7000-8000-000000000002"])
def test_nobody_switches_to_a_foreign_organisation(cast: Cast, organisation: str) -> None:
    client = cast.client(cast.zoe)
    assert client.post_form("/organisation", {"organisation": organisation}).status_code == 404
    assert cast.client().post_form("/organisation", {"organisation": organisation}, page="/login").status_code == 302


def test_a_removed_member_is_stopped_at_the_very_next_request(cast: Cast) -> None:
    client = cast.client(cast.hana)
    assert client.get("/account").status_code == 200
    membership = next(
        m for m in people.organisation(cast.acme, viewer=cast.actor(cast.carl)).members.rows if m.name == "Hana"
    )
    departures.remove_member(membership.id, actor=cast.actor(cast.carl))
    page = client.get("/account")
    assert page.status_code == 403
    assert "You don’t belong to an organization" in page.text
    assert client.get("/account", headers={"HX-Request": "true"}).status_code == 403
    assert client.post_form("/logout", page="/account").status_code == 303


def test_a_removed_member_with_another_organisation_goes_on_there(cast: Cast) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        membership = accounts.join(uow, user_id=cast.carl.user_id, organisation_id=cast.rival, role="company_admin")
    client = cast.client(cast.carl)
    client.post_form("/organisation", {"organisation": str(cast.rival)})
    departures.remove_member(membership, actor=cast.actor(cast.zoe))
    page = client.get("/account")
    assert page.status_code == 403
    assert "Acme" in page.text
    client.post_form("/organisation", {"organisation": str(cast.acme)}, page="/account")
    assert client.get("/account").status_code == 200


def test_a_stranger_chooses_no_theme_that_does_not_exist(cast: Cast) -> None:
    client = cast.client()
    client.post_form("/theme", {"theme": "pink"}, page="/login")
    assert client.get_cookie("theme") is None


def test_being_seen_is_written_every_five_minutes(cast: Cast) -> None:
    client = cast.client(cast.rita)
    soon = datetime.now(UTC) + timedelta(minutes=6)
    with simulated(soon):
        client.get("/account")
        seen = queries.account(replace(cast.actor(cast.rita), now=soon)).sessions[0].last_seen_at
        with statements() as again:
            client.get("/account")
    assert seen == soon
    assert not [s for s in again if s.startswith("UPDATE")]
