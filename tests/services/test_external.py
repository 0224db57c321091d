"""A person is linked to a subject of an identity provider by a platform admin or a command, and by nothing else."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.ids import SYSTEM_USER_ID
from portal.queries.admin import people
from portal.queries.identity.access_tokens import actor_of_subject
from portal.services.identity import accounts, external
from tests.accounts import written
from tests.cast import Cast, Person
from tests.racing import race, refusals

ISSUER = "https://id.example.com"


def link(cast: Cast, person: Person, subject: str = "user_1", issuer: str = ISSUER) -> None:
    external.link(person.user_id, actor=cast.actor(cast.pia), issuer=issuer, subject=subject)


def linked(cast: Cast, person: Person) -> str | None:
    return people.person(person.user_id, viewer=cast.actor(cast.pia)).external_subject


def test_a_linked_subject_is_the_person_until_it_is_unlinked(cast: Cast) -> None:
    link(cast, cast.rita)
    found = actor_of_subject(ISSUER, "user_1")
    assert found is not None
    assert found.user_id == cast.rita.user_id
    external.unlink(cast.rita.user_id, actor=cast.actor(cast.pia))
    assert actor_of_subject(ISSUER, "user_1") is None
    said = {"user_id": str(cast.rita.user_id), "issuer": ISSUER, "subject": "user_1"}
    assert written("user.identity_linked") == written("user.identity_unlinked") == [said]


def test_a_subject_is_one_person_and_a_person_one_subject(cast: Cast) -> None:
    link(cast, cast.rita)
    with pytest.raises(Conflict) as taken:
        link(cast, cast.omar)
    with pytest.raises(Conflict) as linked_already:
        link(cast, cast.rita, "user_2")
    assert (taken.value.code, linked_already.value.code) == ("SUBJECT_TAKEN", "ALREADY_LINKED")
    link(cast, cast.omar, issuer="https://other.example.com")
    assert linked(cast, cast.omar) == "https://other.example.com user_1"


def test_of_two_links_at_once_one_is_made(cast: Cast) -> None:
    results = race(cast.app, [lambda: link(cast, cast.rita), lambda: link(cast, cast.omar)])
    assert [error.code for error in refusals(results)] == ["SUBJECT_TAKEN"]


def test_what_is_not_linked_cannot_be_unlinked(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        external.unlink(cast.rita.user_id, actor=cast.actor(cast.pia))
    assert refused.value.code == "NOT_LINKED"


@pytest.mark.parametrize("name", ["rita", "hana", "carl", "zoe"])
def test_only_platform_admins_link(cast: Cast, name: str) -> None:
    actor = cast.actor(getattr(cast, name))
    with pytest.raises(NotPermitted):
        external.link(actor.user_id, actor=actor, issuer=ISSUER, subject="user_1")
    with pytest.raises(NotPermitted):
        external.unlink(actor.user_id, actor=actor)


@pytest.mark.parametrize("user_id", [uuid.UUID(int=7), SYSTEM_USER_ID], ids=["nobody", "the system"])
def test_only_people_are_linked(cast: Cast, user_id: uuid.UUID) -> None:
    with pytest.raises(NotFound):
        external.link(user_id, actor=cast.actor(cast.pia), issuer=ISSUER, subject="user_1")


@pytest.mark.parametrize(
    ("issuer", "subject", "field"),
    [
        ("", "user_1", "issuer"),
        ("id.example.com", "user_1", "issuer"),
        ("https://id.example.com other", "user_1", "issuer"),
        ("ftp://id.example.com", "user_1", "issuer"),
        (ISSUER, " ", "subject"),
        (ISSUER, "x" * 256, "subject"),
        (ISSUER, "nul\0", "subject"),
    ],
)
def test_what_no_provider_says_is_refused_by_its_field(cast: Cast, issuer: str, subject: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        link(cast, cast.rita, subject, issuer)
    assert refused.value.fields.keys() == {field}


def test_a_closed_account_is_nobody_s(cast: Cast) -> None:
    link(cast, cast.rita)
    accounts.set_access(cast.rita.user_id, actor=cast.actor(cast.pia), disabled=True)
    assert actor_of_subject(ISSUER, "user_1") is None


def test_the_commands_link_and_unlink(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = app.test_cli_runner()
    monkeypatch.setitem(app.config, "JWT_ISSUER", ISSUER)
    done = runner.invoke(args=["identities", "link", cast.rita.email, "user_1"])
    assert (done.exit_code, done.output) == (0, "Tokens for user_1 now act for Rita.\n")
    taken = runner.invoke(args=["identities", "link", cast.omar.email, "user_1"])
    assert (taken.exit_code, "linked to another person" in taken.output) == (1, True)
    wrong = runner.invoke(args=["identities", "link", cast.omar.email, "user_1", "--issuer", "nowhere"])
    assert (wrong.exit_code, "Enter the issuer’s address" in wrong.output) == (1, True)
    accounts.set_access(cast.rita.user_id, actor=cast.actor(cast.pia), disabled=True)  # her subject is free for another
    assert runner.invoke(args=["identities", "unlink", cast.rita.email.upper()]).exit_code == 0
    assert linked(cast, cast.rita) is None


def test_the_commands_say_what_is_missing(app: Flask, cast: Cast) -> None:
    runner = app.test_cli_runner()
    nobody = runner.invoke(args=["identities", "unlink", "nobody@demo.test"])
    nowhere = runner.invoke(args=["identities", "link", cast.rita.email, "user_1"])
    assert "No one here has the address nobody@demo.test." in nobody.output
    assert "set JWT_ISSUER" in nowhere.output
