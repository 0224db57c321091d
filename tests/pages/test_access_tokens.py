"""/account/tokens: create, shown once, list with the last use, revoke; and the command."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.queries.identity.access_tokens import tokens_of
from portal.runtime.clock import simulated
from portal.services.identity import access_tokens, accounts, resets
from tests.accounts import link_for, written
from tests.cast import Cast, Person
from tests.racing import race, refusals

PAGE = "/account/tokens"
TOKEN = re.compile(r"spl_[\w-]+_[0-9a-f]{8}")


def me(cast: Cast, token: str) -> int:
    """Ask who the bearer is; gives the status."""
    with cast.app.app_context():
        return cast.app.test_client().get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_and_works(cast: Cast) -> None:
    browser = cast.client(cast.rita)
    assert f'href="{PAGE}"' in browser.get("/account").text
    made = browser.post_form(PAGE, {"name": "Nightly sync", "scope": "read", "days": "7"}, page=PAGE)
    (token,) = set(TOKEN.findall(made.text))
    assert made.status_code == 200
    assert me(cast, token) == 200
    listed = browser.get(PAGE).text
    assert "Nightly sync" in listed
    assert token not in listed
    assert "last used" in listed


def test_a_second_submission_makes_no_second_token(cast: Cast) -> None:
    browser = cast.client(cast.rita)
    said = {"name": "Sync", "scope": "read", "days": "7", "idempotency_key": "k" * 20}
    first, second = (browser.post_form(PAGE, said, page=PAGE) for _ in range(2))
    assert (first.status_code, second.status_code, len(tokens_of(cast.actor(cast.rita)))) == (200, 303, 1)
    assert not TOKEN.search(second.text)
    assert "was shown only once" in browser.get(PAGE).text


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"name": "x" * 81}, {"scope": "admin"}, {"scope": "all"}, {"days": "400"}]
)
def test_what_cannot_be_is_refused_beside_what_was_typed(cast: Cast, change: dict[str, str]) -> None:
    browser = cast.client(cast.rita)
    said = {"name": "Kept <name>", "scope": "read", "days": "7", **change}
    answer = browser.post_form(PAGE, said, page=PAGE)
    assert answer.status_code in {403, 422}
    assert tokens_of(cast.actor(cast.rita)) == ()
    assert "name" in change or "Kept &lt;name&gt;" in answer.text


def test_platform_admins_alone_are_offered_the_scope_of_admins(cast: Cast) -> None:
    assert "administer the platform" in cast.client(cast.pia).get(PAGE).text
    assert "administer the platform" not in cast.client(cast.carl).get(PAGE).text


@pytest.mark.parametrize("htmx", [False, True])
def test_a_token_is_revoked(cast: Cast, *, htmx: bool) -> None:
    issued = access_tokens.issue(actor=cast.actor(cast.rita), name="Sync", scope="read", days=7)
    browser, url = cast.client(cast.rita), f"{PAGE}/{issued.id}/revoke"
    answer = browser.post_htmx(url, page=PAGE) if htmx else browser.post_form(url, page=PAGE)
    assert answer.status_code == (200 if htmx else 303)
    assert me(cast, issued.token) == 401
    assert "revoked" in browser.get(PAGE).text


def test_somebody_else_s_token_is_404(cast: Cast) -> None:
    issued = access_tokens.issue(actor=cast.actor(cast.rita), name="Sync", scope="read", days=7)
    for person in (cast.omar, cast.zoe, cast.pia):
        assert cast.client(person).post_form(f"{PAGE}/{issued.id}/revoke", page=PAGE).status_code == 404
    assert me(cast, issued.token) == 200
    assert "Sync" not in cast.client(cast.zoe).get(PAGE).text


def test_a_token_ends_after_its_days(cast: Cast) -> None:
    issued_at = datetime.now(UTC) - timedelta(days=8)
    with simulated(issued_at):
        issued = access_tokens.issue(actor=cast.actor(cast.rita), name="Sync", scope="read", days=7)
    with simulated(issued_at + timedelta(days=7) - timedelta(seconds=1)):
        assert me(cast, issued.token) == 200
    with simulated(issued_at + timedelta(days=7)):
        assert me(cast, issued.token) == 401
    assert "expired" in cast.client(cast.rita).get(PAGE).text


# --- the service ------------------------------------------------------------------------------------------------


def issue(cast: Cast, person: Person, **change: object) -> access_tokens.IssuedToken:
    """Issue a token."""
    said = {"name": "Sync", "scope": "read", "days": 7, **change}
    return access_tokens.issue(actor=cast.actor(person), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": " "}, InvalidInput),
        ({"scope": "all"}, InvalidInput),
        ({"scope": "admin"}, NotPermitted),
        ({"days": 0}, InvalidInput),
        ({"days": 366}, InvalidInput),
    ],
)
def test_a_token_has_bounds(cast: Cast, change: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        issue(cast, cast.rita, **change)


def test_twenty_live_tokens_are_the_most(cast: Cast) -> None:
    made = [issue(cast, cast.rita) for _ in range(access_tokens.MAX_LIVE)]
    with pytest.raises(Conflict, match="20 active tokens"):
        issue(cast, cast.rita)
    access_tokens.revoke(made[0].id, actor=cast.actor(cast.rita))
    issue(cast, cast.rita)


def test_twenty_are_the_most_also_when_asked_for_at_once(cast: Cast) -> None:
    for _ in range(access_tokens.MAX_LIVE - 2):
        issue(cast, cast.rita)
    results = race(cast.app, [lambda: issue(cast, cast.rita)] * 6)
    assert [error.code for error in refusals(results)] == ["TOO_MANY_TOKENS"] * 4
    assert sum(line.live for line in tokens_of(cast.actor(cast.rita))) == access_tokens.MAX_LIVE


def by_reset(cast: Cast) -> None:
    resets.reset_password(link_for(cast.rita.email), "four unrelated words here")


def by_closing(cast: Cast) -> None:
    for disabled in (True, False):
        accounts.set_access(cast.rita.user_id, actor=cast.actor(cast.pia), disabled=disabled)


@pytest.mark.parametrize(("end", "why"), [(by_reset, "the password was reset"), (by_closing, "the account was closed")])
def test_all_tokens_end_with(cast: Cast, end: Callable[[Cast], None], why: str) -> None:
    ended = [issue(cast, cast.rita, scope=scope) for scope in ("read", "write")]
    access_tokens.revoke(issue(cast, cast.rita).id, actor=cast.actor(cast.rita))
    others = issue(cast, cast.omar)
    end(cast)
    assert [me(cast, one.token) for one in (*ended, others)] == [401, 401, 200]
    told = [e["token_id"] for e in written("access_token.changed") if e["change"] == f"revoked, {why}"]
    assert sorted(told) == sorted(str(one.id) for one in ended)


def test_creating_and_revoking_are_events_and_revoking_twice_is_one(cast: Cast) -> None:
    issued = issue(cast, cast.rita, scope="write")
    for _ in range(2):
        access_tokens.revoke(issued.id, actor=cast.actor(cast.rita))
    told = [event["change"] for event in written("access_token.changed")]
    assert told == ["created with scope write", "revoked"]
    with pytest.raises(NotFound):
        access_tokens.revoke(uuid.uuid4(), actor=cast.actor(cast.rita))


def test_the_token_itself_is_not_kept(cast: Cast) -> None:
    issued = issue(cast, cast.rita)
    (line,) = tokens_of(cast.actor(cast.rita))
    assert issued.token.startswith(line.prefix)
    assert len(line.prefix) == access_tokens.SHOWN


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_prints_a_token(cast: Cast) -> None:
    run = cast.app.test_cli_runner().invoke(args=["tokens", "issue", "rita@demo.test", "--scope", "write"])
    assert (run.exit_code, me(cast, run.output.strip())) == (0, 200)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody@demo.test"], "No one with the address"),
        (["rita@demo.test", "--days", "999"], "Choose 1 to 365 days"),
        (["rita@demo.test", "--scope", "admin"], "Only platform admins"),
        (["rita@demo.test", "--scope", "all"], "is not one of"),
    ],
)
def test_the_command_says_what_is_wrong(cast: Cast, arguments: list[str], words: str) -> None:
    run = cast.app.test_cli_runner().invoke(args=["tokens", "issue", *arguments])
    assert run.exit_code != 0
    assert words in run.output
