"""Who gets which role, who takes it away, and who may not (domain.md §1)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion, TooMany
from portal.domain.ids import PLATFORM_ORGANISATION_ID, SYSTEM_USER_ID
from portal.domain.permissions import Role, system_actor
from portal.domain.seen import digest
from portal.extensions import db
from portal.models import User
from portal.queries.admin import people
from portal.queries.identity import accounts as sessions
from portal.runtime import limits
from portal.services import departures
from portal.services.identity import accounts, resets, setting_up
from portal.services.identity import sessions as session_service
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import give_password, link_for, membership, sign_in, written
from tests.cast import DAY, PASSWORD, Cast, Person

NOWHERE = uuid.UUID(int=7)


def account(email: str) -> uuid.UUID:
    """Return whose address this is."""
    with Session(db.engine) as session:
        return session.scalars(select(User.id).where(User.email == email)).one()


def add(cast: Cast, who: Person, **values: Any) -> uuid.UUID:
    """Add Nora as hiring manager of Acme, unless said otherwise."""
    said = {"organisation_id": cast.acme, "email": "nora@demo.test", "name": "Nora", "role": "hiring_manager"}
    return accounts.add_member(actor=cast.actor(who), **{**said, **values})


# --- making people --------------------------------------------------------------------------------------------


def test_a_person_made_with_a_password_signs_in(context: None) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.create_user(uow, email="nora@demo.test", name="Nora", password=PASSWORD, time_zone="Europe/Berlin")
    session = session_service.sign_in("nora@demo.test", PASSWORD, address="", user_agent="")
    assert sessions.session_state(session.token).actor.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "nora"}, "email"),
        ({"email": "nora@demo"}, "email"),
        ({"email": "nöra@demo.test"}, "email"),
        ({"email": "нора@demo.test"}, "email"),
        ({"email": "x" * 65 + "@demo.test"}, "email"),
        ({"email": "nora..b@demo.test"}, "email"),
        ({"email": "nora@-demo.test"}, "email"),
        ({"email": "a b@demo.test"}, "email"),
        ({"email": "x" * 250 + "@demo.test"}, "email"),
        ({"email": "nora@demo.test\nBcc: x@demo.test"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time_zone": "localtime"}, "time_zone"),  # known to Python on many machines, to no database
        ({"password": "short"}, "password"),
    ],
)
def test_an_account_that_cannot_be_is_refused(context: None, values: dict[str, str], field: str) -> None:
    said = {"email": "nora@demo.test", "name": "Nora", **values}
    with pytest.raises(InvalidInput) as refused, unit_of_work(system_actor(DAY)) as uow:
        accounts.create_user(uow, **said)
    assert set(refused.value.fields) == {field}
    assert not written("user.added")


def test_two_accounts_never_share_an_address(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused, unit_of_work(system_actor(DAY)) as uow:
        accounts.create_user(uow, email="RITA@demo.test", name="Another")
    assert refused.value.code == "EMAIL_TAKEN"


def test_a_recruiter_has_one_profile(cast: Cast) -> None:
    with pytest.raises(Conflict), unit_of_work(system_actor(DAY)) as uow:
        accounts.create_recruiter(uow, cast.rita.user_id, None)
    with pytest.raises(InvalidInput), unit_of_work(system_actor(DAY)) as uow:
        accounts.create_recruiter(uow, cast.carl.user_id, None, "famous")


# --- organizations --------------------------------------------------------------------------------------------


def test_the_platform_adds_an_organisation(cast: Cast) -> None:
    new = accounts.add_organisation(
        actor=cast.actor(cast.pia), kind="company", name="Birch", time_zone="Asia/Tokyo", currency="JPY"
    )
    view = people.organisation(new, viewer=cast.actor(cast.pia))
    assert (view.name, view.kind, view.time_zone, view.currency) == ("Birch", "company", "Asia/Tokyo", "JPY")
    assert view.members.rows == ()
    assert written("organisation.added") == [{"kind": "company"}]


@pytest.mark.parametrize(
    ("values", "field"),
    [({"kind": "platform"}, "kind"), ({"name": " "}, "name"), ({"currency": "XXX"}, "currency")],
)
def test_an_organisation_that_cannot_be_is_refused(cast: Cast, values: dict[str, str], field: str) -> None:
    said = {"kind": "agency", "name": "Birch", **values}
    with pytest.raises(InvalidInput) as refused:
        accounts.add_organisation(actor=cast.actor(cast.pia), **said)
    assert set(refused.value.fields) == {field}


# --- members --------------------------------------------------------------------------------------------------


def test_a_new_member_is_invited_and_signs_in_through_the_link(cast: Cast) -> None:
    add(cast, cast.carl)
    (invited,) = written("user.invited")
    resets.reset_password(resets.reset_token(uuid.UUID(invited["reset_id"])), PASSWORD)
    session = session_service.sign_in("nora@demo.test", PASSWORD, address="", user_agent="")
    actor = sessions.session_state(session.token).actor
    assert (actor.organisation_id, actor.roles) == (cast.acme, {Role.HIRING_MANAGER})
    assert written("membership.added")[0]["role"] == "hiring_manager"


def test_a_known_person_keeps_the_account_and_needs_no_link(cast: Cast) -> None:
    add(cast, cast.pia, email="ZOE@demo.test", name="Somebody else")
    names = [m.name for m in people.organisation(cast.acme, viewer=cast.actor(cast.carl)).members.rows]
    assert sorted(names) == ["Carl", "Hana", "Zoe"]
    assert not written("user.invited")


def test_a_role_is_held_once(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        add(cast, cast.carl, email=cast.hana.email)
    assert refused.value.code == "ALREADY_MEMBER"


@pytest.mark.parametrize("values", [{"role": "recruiter"}, {"role": "owner"}, {"role": ""}])
def test_a_company_has_no_recruiters(cast: Cast, values: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(cast, cast.carl, **values)
    assert set(refused.value.fields) == {"role"}
    assert not written("user.added")


def test_a_new_member_needs_a_name(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(cast, cast.carl, name="")
    assert set(refused.value.fields) == {"name"}


def test_a_member_of_an_agency_becomes_a_pending_recruiter(cast: Cast) -> None:
    add(cast, cast.pia, organisation_id=cast.rita.organisation_id, role="recruiter")
    nora = people.person(account("nora@demo.test"), viewer=cast.actor(cast.pia))
    assert nora.recruiter_status == "pending"
    assert written("recruiter.added")[0]["status"] == "pending"


def test_a_recruiter_who_changes_the_agency_keeps_the_profile(cast: Cast) -> None:
    add(cast, cast.pia, organisation_id=cast.omar.organisation_id, role="recruiter", email=cast.rita.email)
    rita = people.person(cast.rita.user_id, viewer=cast.actor(cast.pia))
    assert (rita.recruiter_id, rita.agency_name) == (cast.rita.recruiter_id, "South Search")


def test_nobody_adds_to_a_foreign_organisation(cast: Cast) -> None:
    with pytest.raises(NotFound):
        add(cast, cast.zoe)
    with pytest.raises(NotFound):
        add(cast, cast.pia, organisation_id=NOWHERE)
    for who in (cast.rita, cast.hana):
        with pytest.raises(NotPermitted):
            add(cast, who)


def test_a_removed_member_loses_the_role_at_once(cast: Cast) -> None:
    give_password(cast.hana)
    session = sign_in(cast.hana)
    row = membership(cast, cast.hana)
    departures.remove_member(row, actor=cast.actor(cast.carl))
    actor = sessions.session_state(session.token).actor
    assert (actor.roles, actor.organisation_id) == (frozenset(), None)
    (said,) = written("membership.removed")
    assert said == {"role": "hiring_manager", "user_id": str(cast.hana.user_id), "membership_id": str(row)}
    for again in (departures.remove_member, accounts.invite_again):
        with pytest.raises(Conflict, match="Carl has already removed Hana"):
            again(row, actor=cast.actor(cast.carl))
        with pytest.raises(NotFound):
            again(row, actor=cast.actor(cast.zoe))


@pytest.mark.parametrize("name", ["carl", "pia"])
def test_the_last_admin_stays(cast: Cast, name: str) -> None:
    last = getattr(cast, name)
    with pytest.raises(Conflict) as refused:
        departures.remove_member(membership(cast, last), actor=cast.actor(cast.pia))
    assert refused.value.code == "LAST_ADMIN"


def test_an_admin_whose_account_is_closed_does_not_count(cast: Cast) -> None:
    add(cast, cast.carl, role="company_admin")
    nora = account("nora@demo.test")
    accounts.set_access(nora, actor=cast.actor(cast.pia), disabled=True)
    with pytest.raises(Conflict):
        departures.remove_member(membership(cast, cast.carl), actor=cast.actor(cast.carl))
    accounts.set_access(nora, actor=cast.actor(cast.pia), disabled=False)
    departures.remove_member(membership(cast, cast.carl), actor=cast.actor(cast.carl))


def test_nobody_removes_a_foreign_member(cast: Cast) -> None:
    hana = membership(cast, cast.hana)
    with pytest.raises(NotFound):
        departures.remove_member(hana, actor=cast.actor(cast.zoe))
    with pytest.raises(NotFound):
        departures.remove_member(NOWHERE, actor=cast.actor(cast.zoe))
    for who in (cast.rita, cast.hana):
        with pytest.raises(NotPermitted):
            departures.remove_member(hana, actor=cast.actor(who))
        with pytest.raises(NotPermitted):
            departures.remove_member(NOWHERE, actor=cast.actor(who))


def test_only_who_has_no_password_is_invited_again(cast: Cast) -> None:
    nora = add(cast, cast.carl)
    accounts.invite_again(nora, actor=cast.actor(cast.carl))
    assert len(written("user.invited")) == 2
    with pytest.raises(NotFound):
        accounts.invite_again(nora, actor=cast.actor(cast.zoe))
    give_password(cast.hana)
    with pytest.raises(Conflict):
        accounts.invite_again(membership(cast, cast.hana), actor=cast.actor(cast.carl))


# --- by the platform ------------------------------------------------------------------------------------------


def test_a_suspended_recruiter_acts_no_more_as_one(cast: Cast) -> None:
    accounts.set_recruiter_status(cast.rita.recruiter_id, actor=cast.actor(cast.pia), status="suspended")
    assert not cast.actor(cast.rita).recruiter_active
    (event,) = written("recruiter.status_changed")
    assert (event["old"], event["new"]) == ("active", "suspended")
    with pytest.raises(Conflict):
        accounts.set_recruiter_status(cast.rita.recruiter_id, actor=cast.actor(cast.pia), status="suspended")


def test_a_status_needs_a_recruiter_and_a_name(cast: Cast) -> None:
    with pytest.raises(NotFound):
        accounts.set_recruiter_status(NOWHERE, actor=cast.actor(cast.pia), status="active")
    with pytest.raises(InvalidInput):
        accounts.set_recruiter_status(cast.rita.recruiter_id, actor=cast.actor(cast.pia), status="famous")


def test_a_closed_account_opens_again(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    accounts.set_access(cast.rita.user_id, actor=pia, disabled=True)
    with pytest.raises(Conflict):
        accounts.set_access(cast.rita.user_id, actor=pia, disabled=True)
    accounts.set_access(cast.rita.user_id, actor=pia, disabled=False)
    assert cast.actor(cast.rita).recruiter_active
    assert [e["disabled"] for e in written("user.access_changed")] == [True, False]


def test_nobody_closes_the_own_account_the_systems_or_the_last_platform_admins(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        accounts.set_access(cast.pia.user_id, actor=cast.actor(cast.pia), disabled=True)
    for user_id in (SYSTEM_USER_ID, NOWHERE):
        with pytest.raises(NotFound):
            accounts.set_access(user_id, actor=cast.actor(cast.pia), disabled=True)
    with pytest.raises(Conflict):
        accounts.set_access(cast.pia.user_id, actor=system_actor(DAY), disabled=True)


@pytest.mark.parametrize("name", ["rita", "hana", "carl"])
def test_only_the_platform_administers_people(cast: Cast, name: str) -> None:
    actor = cast.actor(getattr(cast, name))
    for change in (
        lambda: accounts.add_organisation(actor=actor, kind="agency", name="Birch"),
        lambda: accounts.set_recruiter_status(cast.omar.recruiter_id, actor=actor, status="suspended"),
        lambda: accounts.set_access(cast.omar.user_id, actor=actor, disabled=True),
        lambda: people.person(cast.omar.user_id, viewer=actor),
        lambda: people.organisation_options(viewer=actor),
    ):
        with pytest.raises(NotPermitted):
            change()


def test_a_second_platform_admin_may_be_removed(cast: Cast) -> None:
    second = add(cast, cast.pia, organisation_id=PLATFORM_ORGANISATION_ID, role="platform_admin")
    departures.remove_member(second, actor=cast.actor(cast.pia))
    assert len(written("membership.removed")) == 1


# --- one's own ------------------------------------------------------------------------------------------------


def test_a_profile_change_names_its_fields_once(cast: Cast) -> None:
    rita = cast.actor(cast.rita)
    accounts.change_profile(actor=rita, name=" Rita  Ray ", time_zone="UTC", number_format="de_DE")
    accounts.change_profile(actor=rita, name="Rita  Ray", time_zone="UTC", number_format="de_DE")
    assert [e["changed"] for e in written("user.profile_changed")] == [["name", "number_format"]]


def test_a_profile_changed_in_another_tab_is_not_overwritten(cast: Cast) -> None:
    rita = cast.actor(cast.rita)
    shown = {"name": rita.name, "time_zone": "UTC", "number_format": "auto"}
    accounts.change_profile(actor=rita, **{**shown, "time_zone": "Europe/Berlin"}, seen_profile=digest(shown))
    with pytest.raises(StaleVersion):
        accounts.change_profile(actor=rita, **{**shown, "name": "Rita Ray"}, seen_profile=digest(shown))
    accounts.change_profile(actor=rita, **{**shown, "time_zone": "Europe/Berlin"}, seen_profile=digest(shown))
    assert [e["changed"] for e in written("user.profile_changed")] == [["time_zone"]]


@pytest.mark.parametrize("zone", ["localtime", "Mars/Olympus", ""])
def test_a_zone_that_the_database_does_not_know_is_refused(cast: Cast, zone: str) -> None:
    with pytest.raises(InvalidInput) as mine:
        accounts.change_profile(actor=cast.actor(cast.rita), name="Rita", time_zone=zone, number_format="auto")
    with pytest.raises(InvalidInput) as new:
        accounts.add_organisation(actor=cast.actor(cast.pia), kind="company", name="Birch", time_zone=zone)
    assert set(mine.value.fields) == set(new.value.fields) == {"time_zone"}


def test_there_are_three_themes(cast: Cast) -> None:
    for theme in ("light", "dark", "system"):
        accounts.set_theme(theme, actor=cast.actor(cast.rita))
        assert sessions.account(cast.actor(cast.rita)).theme == theme
    with pytest.raises(InvalidInput):
        accounts.set_theme("pink", actor=cast.actor(cast.rita))


def test_zoe_does_not_see_the_team_of_acme(cast: Cast) -> None:
    with pytest.raises(NotFound):
        people.organisation(cast.acme, viewer=cast.actor(cast.zoe))
    with pytest.raises(NotFound):
        people.member(membership(cast, cast.hana), viewer=cast.actor(cast.zoe))


def test_an_actor_is_found_by_address(cast: Cast) -> None:
    assert sessions.actor_by_email(" CARL@demo.test ").roles == {Role.COMPANY_ADMIN}
    assert sessions.actor_by_email("nobody@demo.test") is None


@pytest.mark.parametrize("typed", ["robot@example.com", "ROBOT@example.com"])
def test_the_portal_itself_gets_no_role(cast: Cast, typed: str) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        uow.session.get_one(User, SYSTEM_USER_ID).email = "Robot@example.com"
    with pytest.raises(InvalidInput, match="belongs to the portal"):
        add(cast, cast.pia, organisation_id=PLATFORM_ORGANISATION_ID, email=typed, role="platform_admin")


def test_the_portal_itself_is_no_admin_beside_the_last_one(cast: Cast) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.join(uow, user_id=SYSTEM_USER_ID, organisation_id=PLATFORM_ORGANISATION_ID, role="platform_admin")
    with pytest.raises(Conflict, match="There is no other admin here"):
        departures.remove_member(membership(cast, cast.pia), actor=cast.actor(cast.pia))


def test_nobody_fills_a_mailbox_with_invitations(cast: Cast) -> None:
    invited, carl = add(cast, cast.carl, email="Stranger@example.com"), cast.actor(cast.carl)
    for _ in range(4):
        accounts.invite_again(invited, actor=carl)
    with pytest.raises(TooMany, match="Several invitations"):
        accounts.invite_again(invited, actor=carl)
    theirs = add(cast, cast.zoe, organisation_id=cast.rival, email="stranger@example.com")  # Acme keeps no one from it
    for _ in range(9):  # as other organizations do
        limits.count(accounts.TO_ONE_FROM_ALL, "stranger@example.com")
    with pytest.raises(TooMany, match="Several invitations"):
        accounts.invite_again(theirs, actor=cast.actor(cast.zoe))
    accounts.invite_again(theirs, actor=cast.actor(cast.pia))


def test_an_invitation_that_is_refused_keeps_nobody_from_being_invited(cast: Cast) -> None:
    for _ in range(6):  # she has the role, and no email goes out
        with pytest.raises(Conflict, match="already has that role"):
            add(cast, cast.carl, email=cast.hana.email)
    add(cast, cast.carl, email=cast.hana.email, role="company_admin")
    for limit, who in ((accounts.TO_ONE_FROM_ALL, cast.hana.email), (accounts.INVITATIONS, str(cast.acme))):
        assert limits.used(limit, who) == 1


def test_an_organisation_invites_fifty_in_an_hour(cast: Cast) -> None:
    for n in range(50):
        add(cast, cast.carl, email=f"nora{n}@demo.test")
    with pytest.raises(TooMany, match=r"The limit is 50 invitations an hour. Try again in 60 min."):
        add(cast, cast.carl, email="nora50@demo.test")
    assert not limits.used(accounts.TO_ONE_FROM_ALL, "nora50@demo.test")  # no email went out
    assert add(cast, cast.zoe, organisation_id=cast.rival, email="nora50@demo.test")


# --- a company does not learn who has an account --------------------------------------------------------------


def listed(cast: Cast, email: str) -> tuple[str, str, bool]:
    """Return the name, the state and the invitation of a member as carl reads them."""
    members = people.organisation(cast.acme, viewer=cast.actor(cast.carl)).members.rows
    return next((m.name, m.state, m.is_invited) for m in members if m.email == email)


@pytest.mark.parametrize("email", ["rita@demo.test", "nora@demo.test"])
def test_whoever_is_added_is_whom_the_company_named(cast: Cast, email: str) -> None:
    give_password(cast.rita)
    invited = add(cast, cast.carl, email=email, name="Somebody")
    assert listed(cast, email) == ("Somebody", "invited", True)
    accounts.invite_again(invited, actor=cast.actor(cast.carl))
    with pytest.raises(InvalidInput) as refused:
        add(cast, cast.carl, email=email, name="", role="company_admin")
    assert set(refused.value.fields) == {"name"}


def test_a_person_who_comes_is_known_by_the_own_name(cast: Cast) -> None:
    give_password(cast.rita)
    invited = add(cast, cast.carl, email=cast.rita.email, name="Somebody")
    session = sign_in(cast.rita)
    assert listed(cast, cast.rita.email)[0] == "Somebody"
    state = sessions.session_state(session.token)
    assert state is not None
    session_service.switch_organisation(cast.acme, actor=state.actor)
    assert listed(cast, cast.rita.email) == ("Rita", "active", False)
    with pytest.raises(Conflict, match="has already set a password"):
        accounts.invite_again(invited, actor=cast.actor(cast.carl))
    add(cast, cast.carl, email=cast.rita.email, name="Another", role="company_admin")
    assert listed(cast, cast.rita.email)[0] == "Rita"


def test_a_new_person_comes_by_signing_in(cast: Cast) -> None:
    add(cast, cast.carl, name="Nora")
    resets.reset_password(link_for("nora@demo.test"), PASSWORD)
    assert listed(cast, "nora@demo.test") == ("Nora", "invited", True)
    session_service.sign_in("nora@demo.test", PASSWORD, address="", user_agent="")
    assert listed(cast, "nora@demo.test") == ("Nora", "active", False)


# --- when no admin can sign in ------------------------------------------------------------------------------------


def test_who_runs_the_portal_admits_an_admin_beside_those_there_are(cast: Cast) -> None:
    reset_id = setting_up.admit_admin(name="Paul Park", email="paul@example.com")
    assert resets.usable_link(resets.reset_token(reset_id)).email == "paul@example.com"
    assert written("membership.added")[-1]["role"] == "platform_admin"


def test_an_admin_who_is_one_is_sent_a_link_and_given_no_second_role(cast: Cast) -> None:
    before = len(written("membership.added"))
    setting_up.admit_admin(name="Pia", email=cast.pia.email)
    assert len(written("membership.added")) == before


def test_a_closed_account_is_not_admitted(cast: Cast) -> None:
    accounts.set_access(cast.omar.user_id, actor=cast.actor(cast.pia), disabled=True)
    with pytest.raises(Conflict, match="closed"):
        setting_up.admit_admin(name="Omar", email=cast.omar.email)
