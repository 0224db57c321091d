"""Passwords: what they may be, how they are changed, and the links that set them (reliability.md §4)."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import timedelta

import pytest

from portal.domain.errors import Conflict, InvalidInput
from portal.queries.identity import accounts as queries
from portal.runtime.clock import simulated
from portal.services.identity import accounts, passwords, resets, sessions
from portal.services.identity.resets import LINKS_AT_ONCE
from tests.accounts import give_password, link_for, sign_in, statements, written
from tests.cast import DAY, PASSWORD, Cast

NEW = "four unrelated words here"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("elevenchars", "Use 12 to 128 characters."),
        ("x1y2z3w4" * 17, "Use 12 to 128 characters."),
        ("kaffe\u0301 mu\u0308hl", "Use 12 to 128 characters."),  # 10, as they are compared
        ("x1y2z3w4" * 8 + "\u0958" * 40, "Use 12 to 128 characters."),  # two each, as they are compared
        ("twelve chars\x00", "Use characters that can be typed."),
        ("twelve chars\ud800", "Use characters that can be typed."),
        ("Rita@Demo.Test", "Use something other than your name or email address."),
        ("aaaaaaaaaaaa", "This password is too easy to guess"),
        ("121212121212", "This password is too easy to guess"),
        ("Password1234", "This password is too easy to guess"),
        ("qwertyuiop12", "This password is too easy to guess"),
        ("qwerty123456", "This password is too easy to guess"),
        ("administrator", "This password is too easy to guess"),
        ("monkeymonkey", "This password is too easy to guess"),
        ("q1w2e3r4t5y6", "This password is too easy to guess"),
        ("november2026!", "This password is too easy to guess"),
        ("splitsportal", "This password is too easy to guess"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(cast: Cast, password: str, sentence: str) -> None:
    token = link_for(cast.rita.email)
    with pytest.raises(InvalidInput, match=sentence) as refused:
        resets.reset_password(token, password)
    assert set(refused.value.fields) == {"new"}
    resets.reset_password(token, NEW)


@pytest.mark.parametrize(
    "password",
    [
        "twelve signs here",
        "correct horse password staple",
        "pässwörter 🐎 sind gut",
        "x1y2z3w4" * 16,
        "x1y2z3w4" * 15 + "e\u0301" * 8,
        "hcq9j-kmq7d-rw6v6",
    ],
)
def test_a_long_password_of_any_characters_will_do(cast: Cast, password: str) -> None:
    resets.reset_password(link_for(cast.rita.email), password)
    assert sessions.sign_in(cast.rita.email, password, address="", user_agent="").actor.user_id == cast.rita.user_id


def test_an_accent_is_the_same_from_every_keyboard(cast: Cast) -> None:
    composed, apart = (unicodedata.normalize(form, "pässwörter sind gut à Łódź 각") for form in ("NFC", "NFD"))
    kept = passwords.hashed(apart)
    assert passwords.matches(composed, kept)
    assert passwords.matches(apart, passwords.hashed(composed))
    assert not passwords.matches("passworter sind gut a Lodz 각", kept)
    earlier = passwords._hasher(testing=True).hash(apart)  # as kept before they were normalised
    assert passwords.matches(apart, earlier)


def test_passwords_are_kept_with_argon2id(context: None) -> None:
    assert passwords.hashed(NEW).startswith("$argon2id$")
    for kept in (passwords._hasher(testing=False).hash(NEW), passwords._nobody(testing=False)):
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_change_needs_the_present_password_and_ends_other_sessions(cast: Cast) -> None:
    give_password(cast.rita)
    mine, other = sign_in(cast.rita), sign_in(cast.rita)
    actor = queries.session_state(mine.token).actor
    with pytest.raises(InvalidInput) as refused:
        resets.change_password(actor=actor, current=NEW, new=NEW)
    assert set(refused.value.fields) == {"current"}
    assert resets.change_password(actor=actor, current=PASSWORD, new=NEW) == 1
    assert queries.session_state(mine.token) is not None
    assert queries.session_state(other.token) is None
    assert [e["by_reset"] for e in written("user.password_changed")] == [True, False]


def test_who_has_no_password_cannot_change_it(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        resets.change_password(actor=cast.actor(cast.rita), current="nobody has this password", new=NEW)


def test_a_reset_ends_every_session(cast: Cast) -> None:
    give_password(cast.rita)
    session = sign_in(cast.rita)
    resets.reset_password(link_for(cast.rita.email), NEW)
    assert queries.session_state(session.token) is None


def test_a_link_works_once(cast: Cast) -> None:
    token = link_for(cast.rita.email)
    resets.reset_password(token, NEW)
    with pytest.raises(Conflict) as refused:
        resets.reset_password(token, PASSWORD)
    assert refused.value.code == "LINK_EXPIRED"


def test_a_changed_password_voids_older_links(cast: Cast) -> None:
    first, second = link_for(cast.rita.email), link_for(cast.rita.email)
    resets.reset_password(second, NEW)
    with pytest.raises(Conflict):
        resets.usable_link(first)


@pytest.mark.parametrize(("minutes", "works"), [(29, True), (30, False)])
def test_a_link_works_for_thirty_minutes(cast: Cast, minutes: int, works: bool) -> None:
    with simulated(DAY):
        token = link_for(cast.rita.email)
    with simulated(DAY + timedelta(minutes=minutes)):
        if works:
            assert resets.usable_link(token).email == cast.rita.email
        else:
            with pytest.raises(Conflict):
                resets.usable_link(token)


@pytest.mark.parametrize(("days", "works"), [(6.9, True), (7, False)])
def test_an_invitation_works_for_seven_days(cast: Cast, days: float, works: bool) -> None:
    with simulated(DAY):
        accounts.add_member(
            actor=cast.actor(cast.carl),
            organisation_id=cast.acme,
            email="nora@demo.test",
            name="Nora",
            role="hiring_manager",
        )
        token = resets.reset_token(uuid.UUID(written("user.invited")[0]["reset_id"]))
    with simulated(DAY + timedelta(days=days)):
        if works:
            resets.reset_password(token, NEW)
        else:
            with pytest.raises(Conflict):
                resets.reset_password(token, NEW)


def test_a_forged_link_is_worthless(cast: Cast) -> None:
    name, proof = link_for(cast.rita.email).split(".")
    for token in (name, f"{name}.", f"{name}.{proof[:-1]}x", f"{name}.ä", f"{uuid.UUID(int=7)}.{proof}", proof, ""):
        with pytest.raises(Conflict):
            resets.usable_link(token)


def test_a_link_made_under_a_retired_secret_still_works(cast: Cast) -> None:
    token = link_for(cast.rita.email)
    config = cast.app.config
    before = config["SECRET_KEY"]
    try:
        config.update(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[before])
        assert resets.usable_link(token).user_id == cast.rita.user_id
        config.update(SECRET_KEY_FALLBACKS=[])
        with pytest.raises(Conflict):
            resets.usable_link(token)
    finally:
        config.update(SECRET_KEY=before, SECRET_KEY_FALLBACKS=[])


def test_a_mailbox_gets_a_bounded_number_of_links_while_one_works(cast: Cast) -> None:
    with simulated(DAY):
        for _ in range(LINKS_AT_ONCE + 2):
            resets.request_password_reset(cast.rita.email)
    assert len(written("user.password_reset_requested")) == LINKS_AT_ONCE
    with simulated(DAY + resets.RESET_LIFETIME):  # when the last one stops to work, there is a next
        resets.request_password_reset(cast.rita.email)
    assert len(written("user.password_reset_requested")) == LINKS_AT_ONCE + 1


@pytest.mark.parametrize("email", ["nobody@demo.test", "", "\x00", "\ud800", "system@portal.invalid"])
def test_who_has_no_account_gets_no_link(cast: Cast, email: str) -> None:
    resets.request_password_reset(email)
    assert not written("user.password_reset_requested")


def test_the_work_is_the_same_whether_a_link_is_sent_or_not(cast: Cast) -> None:
    work: list[list[str]] = []
    for email in (*[cast.rita.email] * (LINKS_AT_ONCE + 1), "nobody@demo.test", "\x00"):
        with statements() as seen:
            resets.request_password_reset(email)
        work.append(seen[:-1])  # what is last keeps it or takes it back
    assert work[1:] == work[:1] * (LINKS_AT_ONCE + 2)
    assert len(work[0]) >= 6
    assert len(written("user.password_reset_requested")) == LINKS_AT_ONCE


def test_a_closed_account_gets_no_link_and_uses_none(cast: Cast) -> None:
    token = link_for(cast.rita.email)
    accounts.set_access(cast.rita.user_id, actor=cast.actor(cast.pia), disabled=True)
    resets.request_password_reset(cast.rita.email)
    assert len(written("user.password_reset_requested")) == 1
    with pytest.raises(Conflict):
        resets.reset_password(token, NEW)
