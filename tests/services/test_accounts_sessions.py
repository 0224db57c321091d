"""Signing in and out, and the sessions on the server (domain.md §1, reliability.md §4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.errors import InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import Role, system_actor
from portal.queries.identity import accounts as queries
from portal.runtime.clock import simulated
from portal.services.identity import accounts, sessions
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import give_password, sign_in, written
from tests.cast import DAY, PASSWORD, Cast


def test_the_right_password_opens_a_session_of_the_first_organisation(cast: Cast) -> None:
    give_password(cast.rita)
    session = sign_in(cast.rita)
    state = queries.session_state(session.token)
    assert state is not None
    assert (state.actor.user_id, state.actor.organisation_id) == (cast.rita.user_id, cast.rita.organisation_id)
    assert state.actor.roles == {Role.RECRUITER}
    assert written("user.signed_in")[0]["user_id"] == str(cast.rita.user_id)


def test_an_address_is_compared_without_case(cast: Cast) -> None:
    give_password(cast.rita)
    assert sign_in(cast.rita, email=" Rita@Demo.TEST ").actor.user_id == cast.rita.user_id


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("rita@demo.test", "wrong horse battery"),
        ("nobody@demo.test", PASSWORD),
        ("system@portal.invalid", "nobody has this password"),
        ("omar@demo.test", "nobody has this password"),
        ("rita@demo.test\x00", PASSWORD),
        ("rita@demo.test", "x" * 5000),
        ("rita@demo.test", PASSWORD + "\ud800"),
        ("", ""),
    ],
)
def test_every_wrong_sign_in_gets_the_same_sentence(cast: Cast, email: str, password: str) -> None:
    give_password(cast.rita)
    with pytest.raises(InvalidInput, match="Incorrect email or password") as refused:
        sessions.sign_in(email, password, address="192.0.2.1", user_agent="test")
    assert refused.value.code == "SIGN_IN_FAILED"
    assert refused.value.fields == {}
    assert not written("user.signed_in")


def test_a_kept_password_of_another_kind_lets_nobody_in(cast: Cast) -> None:
    give_password(cast.rita, kept="$2b$12$not-argon")
    with pytest.raises(InvalidInput):
        sign_in(cast.rita)


def test_a_browser_that_signed_in_before_is_no_new_device(cast: Cast) -> None:
    give_password(cast.rita)
    give_password(cast.omar)
    first = sign_in(cast.rita)
    again = sign_in(cast.rita, devices=("forged", first.device))
    other = sign_in(cast.omar, devices=(first.device,))
    assert [first.new_device, again.new_device, other.new_device] == [True, False, True]


def test_a_closed_account_signs_nobody_in_and_ends_its_sessions(cast: Cast) -> None:
    give_password(cast.rita)
    session = sign_in(cast.rita)
    accounts.set_access(cast.rita.user_id, actor=cast.actor(cast.pia), disabled=True)
    assert queries.session_state(session.token) is None
    with pytest.raises(InvalidInput):
        sign_in(cast.rita)


def test_signing_out_makes_every_copy_of_the_token_worthless(cast: Cast) -> None:
    give_password(cast.rita)
    session = sign_in(cast.rita)
    actor = queries.session_state(session.token).actor
    sessions.sign_out(actor)
    sessions.sign_out(actor)
    assert queries.session_state(session.token) is None
    assert [e["sessions"] for e in written("user.session_revoked")] == [1]


def test_only_a_browser_signs_out_or_switches(cast: Cast) -> None:
    by_token = cast.actor(cast.rita)
    with pytest.raises(NotPermitted):
        sessions.sign_out(by_token)
    with pytest.raises(NotPermitted):
        sessions.switch_organisation(cast.acme, actor=by_token)


@pytest.mark.parametrize(("days_idle", "lives"), [(6.9, True), (7, False)])
def test_a_session_ends_after_seven_idle_days(cast: Cast, days_idle: float, lives: bool) -> None:
    with simulated(DAY):
        give_password(cast.rita)
        token = sign_in(cast.rita).token
    with simulated(DAY + timedelta(days=days_idle)):
        assert (queries.session_state(token) is not None) is lives


def test_a_session_ends_after_thirty_days_however_busy(cast: Cast) -> None:
    with simulated(DAY):
        give_password(cast.rita)
        token = sign_in(cast.rita).token
        session_id = queries.session_state(token).actor.session_id
    for day in range(5, 31, 5):
        with simulated(DAY + timedelta(days=day)):
            assert (queries.session_state(token) is not None) is (day < 30)
            sessions.touch_session(session_id)


def test_a_person_sees_and_ends_the_own_sessions(cast: Cast) -> None:
    give_password(cast.rita)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    mine, lost, third = (sign_in(cast.rita, user_agent=agent) for agent in (firefox, "curl/8", "\x00?"))
    actor = queries.session_state(mine.token).actor
    shown = {s.device: s for s in queries.account(actor).sessions}
    assert set(shown) == {"Firefox on Linux", "curl", "Unknown browser"}
    assert shown["Firefox on Linux"].current
    sessions.revoke_session(shown["curl"].id, actor=actor)
    assert queries.session_state(lost.token) is None
    sessions.revoke_session(shown["curl"].id, actor=actor)  # from another tab
    assert sessions.revoke_other_sessions(actor=actor) == 1
    assert queries.session_state(third.token) is None
    assert queries.account(actor).others == 0
    assert sessions.revoke_other_sessions(actor=actor) == 0


def test_nobody_ends_the_session_of_somebody_else(cast: Cast) -> None:
    give_password(cast.rita)
    session = sign_in(cast.rita)
    session_id = queries.session_state(session.token).actor.session_id
    with pytest.raises(NotFound):
        sessions.revoke_session(session_id, actor=cast.actor(cast.zoe))
    assert queries.session_state(session.token) is not None


def test_switching_gives_the_roles_there_under_a_new_token(cast: Cast) -> None:
    give_password(cast.rita)
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.join(uow, user_id=cast.rita.user_id, organisation_id=cast.acme, role="hiring_manager")
    old = sign_in(cast.rita)
    new = sessions.switch_organisation(cast.acme, actor=queries.session_state(old.token).actor)
    actor = queries.session_state(new).actor
    assert (actor.organisation_id, actor.roles, actor.recruiter_id) == (cast.acme, {Role.HIRING_MANAGER}, None)
    assert queries.session_state(old.token) is None


def test_nobody_switches_to_where_there_is_no_membership(cast: Cast) -> None:
    give_password(cast.zoe)
    session = sign_in(cast.zoe)
    with pytest.raises(NotFound):
        sessions.switch_organisation(cast.acme, actor=queries.session_state(session.token).actor)
    assert queries.session_state(session.token).actor.organisation_id == cast.rival


def test_what_ended_long_ago_is_forgotten(cast: Cast) -> None:
    with simulated(DAY):
        give_password(cast.rita)  # one link
        sign_in(cast.rita)
        ended = sign_in(cast.rita)
        sessions.sign_out(queries.session_state(ended.token).actor)
        assert sessions.forget_expired(actor=system_actor(DAY)) == 0
    with simulated(DAY + timedelta(days=31)):
        assert sessions.forget_expired(actor=system_actor(DAY)) == 2  # the link and the session that was ended
    with simulated(DAY + timedelta(days=61)):
        assert sessions.forget_expired(actor=system_actor(DAY)) == 1
    with pytest.raises(NotPermitted):
        sessions.forget_expired(actor=cast.actor(cast.carl))
