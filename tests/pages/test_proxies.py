"""Behind proxies each person has an address of their own: in limits, in the list of sessions and for the API."""

from __future__ import annotations

import pytest
from flask import Flask, request

from portal.app import create_app
from portal.blueprints.accounts import BY_NETWORK_LONG, LINKS_EVERYWHERE
from portal.domain.addresses import Proxies
from portal.mailers import post
from portal.queries.identity import accounts as queries
from portal.runtime import limits
from portal.services.identity import resets
from tests import servers
from tests.accounts import give_password, link_for, written
from tests.cast import PASSWORD, Cast, Person
from tests.checking_client import CheckingClient
from tests.letters import deliveries

ADA, EVE = "203.0.113.7", "198.51.100.9"
PROXY = "10.0.0.1"


@pytest.fixture
def behind_proxy(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the portal behind one proxy."""
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", Proxies.read(PROXY))


def browser(cast: Cast, forwarded: str, *, peer: str = PROXY) -> CheckingClient:
    """Return a browser whose requests come through `peer`."""
    client = cast.client()
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    return client


def enter(client: CheckingClient, person: Person, password: str = PASSWORD) -> int:
    """Sign in and return the status of the answer."""
    return client.post_form("/login", {"email": person.email, "password": password}, page="/login").status_code


def forget(client: CheckingClient, email: str) -> int:
    """Ask for a link to set a new password and return the status of the answer."""
    return client.post_form("/forgot", {"email": email}, page="/forgot").status_code


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.7", {}),
        ("", {}),
        ("127.0.0.1", {"Host": "portal.example.com"}),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.7"}),
    ],
)
def test_a_portal_that_nobody_called_production_or_development_answers_its_own_machine_alone(
    peer: str, headers: dict[str, str]
) -> None:
    portal = create_app({**servers.SETTINGS, "ENV_IS_SAID": False}).test_client()
    for path in ("/dev/mailbox", "/login", "/api/jobs", "/healthz"):
        answer = portal.get(path, environ_base={"REMOTE_ADDR": peer}, headers=headers)
        assert (answer.status_code, "PORTAL_ENV is not set" in answer.text) == (403, True)
    assert portal.get("/healthz").status_code == 200


@pytest.mark.usefixtures("behind_proxy")
def test_wrong_passwords_of_one_do_not_lock_the_others_out(cast: Cast) -> None:
    give_password(cast.omar)
    eve = browser(cast, EVE)
    tries = [enter(eve, person, "wrong") for person in (cast.rita, cast.hana, cast.zoe, cast.pia) for _ in range(8)]
    assert tries.count(429) == 2
    assert enter(browser(cast, ADA), cast.omar) == 303


@pytest.mark.usefixtures("behind_proxy")
def test_who_shares_an_address_with_a_stranger_signs_in_and_asks_for_a_link(cast: Cast) -> None:
    give_password(cast.omar)
    eve, shared = browser(cast, EVE), browser(cast, EVE)
    for person in (cast.rita, cast.hana, cast.zoe, cast.pia):
        for _ in range(9):
            enter(eve, person, "wrong")
    assert enter(shared, cast.rita) == 429  # whose account is under attack from here
    assert [enter(shared, cast.omar, "mistyped") for _ in range(2)] == [422] * 2
    assert enter(shared, cast.omar) == 303
    for _ in range(30):
        forget(eve, cast.zoe.email)
    assert [forget(shared, cast.omar.email), forget(eve, cast.zoe.email)] == [303, 429]
    for n in range(31):
        eve.post_form(f"/reset/guessed-{n}", {"new": "five unrelated words in here"})
    url = f"/reset/{link_for(cast.omar.email)}"
    assert shared.post_form(url, {"new": "five unrelated words in here"}, page=url).status_code == 303


@pytest.mark.usefixtures("behind_proxy")
def test_a_stranger_does_not_lock_a_person_out_of_a_new_browser(cast: Cast) -> None:
    give_password(cast.rita)
    eve = browser(cast, EVE)
    assert [enter(eve, cast.rita, "wrong") for _ in range(11)] == [422] * 10 + [429]
    assert enter(browser(cast, ADA), cast.rita) == 303


@pytest.mark.parametrize("forged", [f"{ADA}, ", "8.8.8.8, ", f"{PROXY}, "])
@pytest.mark.usefixtures("behind_proxy")
def test_a_forged_header_gives_no_further_tries(cast: Cast, forged: str) -> None:
    for n in range(10):
        assert enter(browser(cast, f"192.0.2.{n}, {EVE}"), cast.rita, "wrong") == 422
    assert enter(browser(cast, forged + EVE), cast.rita, "wrong") == 429


def test_without_trusted_proxies_the_header_is_nothing(cast: Cast) -> None:
    for n in range(10):
        assert enter(browser(cast, f"192.0.2.{n}", peer=EVE), cast.rita, "wrong") == 422
    assert enter(browser(cast, ADA, peer=EVE), cast.rita, "wrong") == 429


@pytest.mark.usefixtures("behind_proxy")
def test_the_addresses_of_one_line_are_one_person(cast: Cast) -> None:
    for n in range(10):
        assert enter(browser(cast, f"2001:db8:1:2::{n}"), cast.rita, "wrong") == 422
    assert enter(browser(cast, "2001:db8:1:2:ffff::1"), cast.rita, "wrong") == 429
    assert enter(browser(cast, "2001:db8:1:3::1"), cast.rita, "wrong") == 422


@pytest.mark.parametrize("typed", ["  {}", "\t{}", "{} ", "\u2003{}", " " * 300 + "{}", "{:upper}"])
def test_another_way_to_type_an_address_gives_no_further_tries(cast: Cast, typed: str) -> None:
    email = cast.rita.email.upper() if typed == "{:upper}" else typed.format(cast.rita.email)
    client = cast.client()
    for _ in range(10):
        enter(client, cast.rita, "wrong")
    answer = client.post_form("/login", {"email": email, "password": "wrong"}, page="/login")
    assert answer.status_code == 429


def test_a_known_browser_is_spared_the_tries_of_others_on_the_same_line(cast: Cast) -> None:
    give_password(cast.rita)
    known = cast.client()
    assert enter(known, cast.rita) == 303
    known.post_form("/logout")
    stranger = cast.client()
    for person in (cast.omar, cast.hana, cast.zoe, cast.rita):
        for _ in range(9):
            enter(stranger, person, "wrong")
    assert enter(stranger, cast.rita) == 429
    assert enter(known, cast.rita) == 303
    assert [enter(known, cast.rita, "wrong") for _ in range(11)][-1] == 429


@pytest.mark.usefixtures("behind_proxy")
def test_tries_from_everywhere_end_and_the_mailbox_still_lets_one_in(cast: Cast) -> None:
    give_password(cast.rita)
    for network in range(20):
        for _ in range(10):
            assert enter(browser(cast, f"192.0.2.{network}"), cast.rita, "wrong") == 422
    new = browser(cast, ADA)
    assert enter(new, cast.rita) == 429
    url = f"/reset/{link_for(cast.rita.email)}"
    new.post_form(url, {"new": "five unrelated words in here"}, page=url)
    assert enter(new, cast.rita, "five unrelated words in here") == 303


@pytest.mark.usefixtures("behind_proxy")
def test_one_network_that_tries_many_accounts_is_led_to_the_mailbox_and_reported_once(cast: Cast) -> None:
    give_password(cast.omar)
    give_password(cast.rita)
    known = browser(cast, EVE)
    assert enter(known, cast.omar) == 303
    known.post_form("/logout")
    for _ in range(BY_NETWORK_LONG.most):  # wrong passwords of as many accounts, each of which is spared
        limits.count(BY_NETWORK_LONG, EVE)
    new = browser(cast, EVE)
    answer = new.post_form("/login", {"email": cast.rita.email, "password": PASSWORD}, page="/login")
    assert (answer.status_code, "the link we email you gets you in" in answer.text) == (429, True)
    assert enter(new, cast.rita) == 429
    assert written("passwords.guessed") == [{"tries": BY_NETWORK_LONG.most}]
    assert post.relay()
    assert [d.to_address for d in deliveries(template="passwords_guessed")] == [cast.pia.email]
    assert enter(known, cast.omar) == enter(browser(cast, ADA), cast.omar) == 303
    url = f"/reset/{link_for(cast.rita.email)}"
    new.post_form(url, {"new": "five unrelated words in here"}, page=url)
    assert enter(new, cast.rita, "five unrelated words in here") == 303


@pytest.mark.usefixtures("behind_proxy")
def test_links_for_forgotten_passwords_are_limited_by_the_real_address(cast: Cast) -> None:
    eve = browser(cast, EVE)
    sent = [forget(eve, f"x{n % 11}@demo.test") for n in range(21)]
    assert (sent[-2], sent[-1]) == (303, 429)
    assert forget(browser(cast, ADA), "x9@demo.test") == 303


@pytest.mark.usefixtures("behind_proxy")
def test_a_stranger_uses_up_nobodys_links_and_many_flood_nobody(cast: Cast) -> None:
    known = browser(cast, ADA)
    give_password(cast.zoe)
    enter(known, cast.zoe)
    known.post_form("/logout")
    eve = browser(cast, EVE)
    assert [forget(eve, cast.zoe.email) for _ in range(6)] == [303] * 3 + [429] * 3
    before = len(written("user.password_reset_requested"))
    assert forget(browser(cast, "192.0.2.1"), cast.zoe.email) == 303
    assert len(written("user.password_reset_requested")) == before + 1
    asked = [forget(browser(cast, f"192.0.2.{n}"), cast.zoe.email) for n in range(2, 5)]
    assert asked == [303] * 2 + [429]
    assert forget(known, cast.zoe.email) == 303
    assert len(written("user.password_reset_requested")) == before + 4
    page = browser(cast, "192.0.2.9").post_form("/forgot", {"email": cast.zoe.email}, page="/forgot")
    assert "the last link we emailed still works. Try again in 30 minutes." in page.text
    assert LINKS_EVERYWHERE.seconds == resets.RESET_LIFETIME.total_seconds()  # or nobody had one by then


@pytest.mark.usefixtures("behind_proxy")
def test_the_api_counts_strangers_by_the_real_address(cast: Cast) -> None:
    def left(forwarded: str) -> str:
        return browser(cast, forwarded).get("/api/jobs").headers["X-RateLimit-Remaining"]

    assert [left(EVE), left(f"{ADA}, {EVE}"), left(ADA), left("2001:db8::1"), left("2001:db8::2")] == [
        "99",
        "98",
        "99",
        "99",
        "98",
    ]


@pytest.mark.usefixtures("behind_proxy")
def test_a_session_is_listed_under_the_real_address(cast: Cast) -> None:
    give_password(cast.rita)
    enter(browser(cast, f"192.0.2.1, {ADA}"), cast.rita)
    assert [s.address for s in queries.account(cast.actor(cast.rita)).sessions] == [ADA]


@pytest.mark.parametrize(
    ("proto", "peer", "secure"), [("https", PROXY, True), ("https", EVE, False), ("x", PROXY, False)]
)
@pytest.mark.usefixtures("behind_proxy")
def test_only_a_trusted_proxy_tells_the_scheme(app: Flask, proto: str, peer: str, *, secure: bool) -> None:
    seen: list[bool] = []
    with app.test_client() as client:
        client.get("/healthz", headers={"X-Forwarded-Proto": proto}, environ_base={"REMOTE_ADDR": peer})
        seen.append(request.is_secure)
    assert seen == [secure]


def test_probes_answer_under_any_host_and_pages_under_their_own(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", [".example.com"])
    client, there = app.test_client(), {"base_url": "http://10.0.0.7:8000"}
    assert {path: client.get(path, **there).status_code for path in ("/healthz", "/readyz", "/metrics", "/login")} == {
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 200,
        "/login": 400,
    }
    assert client.get("/login", base_url="http://portal.example.com").status_code == 200
