"""Two people at once: passwords, links, roles and settings have exactly one winner (reliability.md §3)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Update, delete, update

from portal.domain.errors import Conflict, InvalidInput, NotFound, PortalError
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import PlatformLimits
from portal.models import Membership, PasswordReset, User
from portal.queries.admin import people
from portal.services import departures, settings
from portal.services.identity import accounts, resets
from tests.accounts import give_password, link_for, membership, sign_in, written
from tests.cast import PASSWORD, Cast, Person
from tests.racing import held, race, refusals

RACERS, ROUNDS = 8, 3
NEW = "four unrelated words here"


def touch(person: Person, **values: object) -> Update:
    """Change a person's row."""
    return update(User).where(User.id == person.user_id).values(values)


def refused_but_one(results: Sequence[object]) -> list[PortalError]:
    """Return the refusals; exactly one racer must have won."""
    refused = refusals(results)
    assert len(refused) == len(results) - 1, results
    return refused


def test_an_old_password_opens_nothing_once_a_new_one_is_set(cast: Cast) -> None:
    give_password(cast.rita)
    with held(cast.app, touch(cast.rita, password_hash="another"), lambda: sign_in(cast.rita)) as (attempt,):
        assert isinstance(attempt.result(20), InvalidInput)
    assert not written("user.signed_in")


def test_a_password_changed_meanwhile_is_not_overwritten(cast: Cast) -> None:
    give_password(cast.rita)
    rita = cast.actor(cast.rita)
    change = partial(resets.change_password, actor=rita, current=PASSWORD, new=NEW)
    with held(cast.app, touch(cast.rita, password_hash="another"), change) as (attempt,):
        assert isinstance(attempt.result(20), Conflict)


def test_a_link_is_used_once_by_however_many(cast: Cast) -> None:
    token = link_for(cast.rita.email)
    lock = update(PasswordReset).values(created_at=PasswordReset.created_at)
    use = partial(resets.reset_password, token, NEW)
    with held(cast.app, lock, *[use] * 4) as attempts:
        refused = refused_but_one([attempt.result(20) for attempt in attempts])
    assert {error.code for error in refused} == {"LINK_EXPIRED"}
    assert len(written("user.password_changed")) == 1


def test_a_role_is_taken_away_once(cast: Cast) -> None:
    hana, carl = membership(cast, cast.hana), cast.actor(cast.carl)
    lock = update(Membership).where(Membership.id == hana).values(created_at=Membership.created_at)
    with held(cast.app, lock, *[lambda: departures.remove_member(hana, actor=carl)] * 3) as attempts:
        refused = refused_but_one([attempt.result(20) for attempt in attempts])
    assert [str(error) for error in refused] == ["Carl has already removed Hana."] * 2
    assert len(written("membership.removed")) == 1


def second_admin(cast: Cast, organisation_id: uuid.UUID, role: str) -> uuid.UUID:
    """Make hana an admin too, and give the membership."""
    return accounts.add_member(
        actor=cast.actor(cast.pia), organisation_id=organisation_id, email=cast.hana.email, role=role
    )


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_admins_who_remove_each_other_leave_one(cast: Cast, round_: int) -> None:
    hana, carl, pia = second_admin(cast, cast.acme, "company_admin"), membership(cast, cast.carl), cast.actor(cast.pia)
    results = race(
        cast.app, [lambda m=m: departures.remove_member(m, actor=pia) for m in (hana, carl) for _ in range(RACERS // 2)]
    )
    refused_but_one(results)
    admins = people.organisation(cast.acme, viewer=pia).members.rows
    assert sum(m.role == "company_admin" for m in admins) == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_platform_admins_who_close_each_other_leave_one(cast: Cast, round_: int) -> None:
    second_admin(cast, PLATFORM_ORGANISATION_ID, "platform_admin")
    pia, hana = cast.actor(cast.pia), cast.actor(replace(cast.hana, organisation_id=PLATFORM_ORGANISATION_ID))
    results = race(
        cast.app,
        [
            lambda: accounts.set_access(cast.hana.user_id, actor=pia, disabled=True),
            lambda: accounts.set_access(cast.pia.user_id, actor=hana, disabled=True),
        ],
    )
    assert {error.code for error in refused_but_one(results)} == {"LAST_ADMIN"}


@pytest.mark.parametrize("email", ["nora@demo.test", "zoe@demo.test"])
def test_a_person_is_added_once(cast: Cast, email: str) -> None:
    carl = cast.actor(cast.carl)

    def add() -> None:
        accounts.add_member(actor=carl, organisation_id=cast.acme, email=email, name="Somebody", role="hiring_manager")

    for error in refused_but_one(race(cast.app, [add] * accounts.TO_ONE_ADDRESS.most)):
        assert error.code in {"EMAIL_TAKEN", "ALREADY_MEMBER"}
    assert len(written("membership.added")) == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_settings_of_one_version_are_changed_once(cast: Cast, round_: int) -> None:
    pia = cast.actor(cast.pia)

    def limits(days: int) -> None:
        settings.change_platform(actor=pia, limits=replace(PlatformLimits(), proposal_days=days), version=1)

    def terms(days: int) -> None:
        settings.change_guarantee(
            actor=pia, terms=replace(GuaranteeTerms(), default_days=days), company_id=cast.acme, version=0
        )

    for command in (limits, terms):
        results = race(cast.app, [lambda d=d, c=command: c(d) for d in range(10, 10 + RACERS)])
        assert {error.code for error in refused_but_one(results)} == {"STALE_VERSION"}
    assert len(written("settings.changed")) == 2


def test_a_member_who_left_meanwhile_is_not_removed_again(cast: Cast) -> None:
    hana, carl = membership(cast, cast.hana), cast.actor(cast.carl)
    gone = delete(Membership).where(Membership.id == hana)
    with held(cast.app, gone, lambda: departures.remove_member(hana, actor=carl)) as (attempt,):
        assert isinstance(attempt.result(20), NotFound)
