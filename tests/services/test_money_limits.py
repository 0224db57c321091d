"""The platform's limits of money (money.md §4): lowering a guard needs a second admin."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotPermitted, StaleVersion
from portal.domain.permissions import Actor
from portal.extensions import db
from portal.models import MoneySettings, User
from portal.queries.billing.limits import Limits
from portal.queries.billing.limits import limits as now_set
from portal.runtime.clock import simulated
from portal.services.billing import limits
from portal.services.identity import accounts
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import written
from tests.cast import DAY, Cast


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def second(cast: Cast) -> Actor:
    """Return another platform admin."""
    pia = cast.actor(cast.pia)
    membership = {"organisation_id": pia.organisation_id, "email": "second@demo.test", "role": "platform_admin"}
    accounts.add_member(actor=pia, name="Second", **membership)
    return replace(pia, user_id=_user("second@demo.test"))


def _user(email: str) -> uuid.UUID:
    with Session(db.engine) as session:
        return session.query(User).filter_by(email=email).one().id


def seen(cast: Cast) -> Limits:
    return now_set(cast.actor(cast.pia))


def test_a_lower_limit_holds_at_once(cast: Cast) -> None:
    assert limits.change(actor=cast.actor(cast.pia), four_eyes_minor=1_000_000, small_difference_minor=1_000)
    found = seen(cast)
    assert (found.four_eyes_minor, found.small_difference_minor, found.version) == (1_000_000, 1_000, 2)
    assert written("settings.changed")[-1]["changed"]["four_eyes_minor"] == ["5000000", "1000000"]


def test_a_higher_limit_waits_for_another_admin(cast: Cast, second: Actor) -> None:
    pia = cast.actor(cast.pia)
    assert not limits.change(actor=pia, four_eyes_minor=9_000_000, small_difference_minor=2_500)
    assert (seen(cast).four_eyes_minor, seen(cast).proposed_minor, seen(cast).may_approve) == (
        5_000_000,
        9_000_000,
        False,
    )
    with pytest.raises(NotPermitted, match="another platform admin"):
        limits.answer(actor=pia, approved=True)
    limits.answer(actor=second, approved=True)
    assert (seen(cast).four_eyes_minor, seen(cast).proposed_minor) == (9_000_000, None)
    with pytest.raises(Conflict):
        limits.answer(actor=second, approved=True)


def test_a_higher_limit_than_the_one_that_was_shown_is_not_approved(cast: Cast, second: Actor) -> None:
    pia = cast.actor(cast.pia)
    limits.change(actor=pia, four_eyes_minor=9_000_000, small_difference_minor=2_500)
    shown = seen(cast).version
    limits.change(actor=pia, four_eyes_minor=900_000_000, small_difference_minor=2_500)
    for approved in (True, False):
        with pytest.raises(StaleVersion):
            limits.answer(actor=second, approved=approved, version=shown)
    assert (seen(cast).four_eyes_minor, seen(cast).proposed_minor) == (5_000_000, 900_000_000)


def test_both_answers_to_a_higher_limit_carry_the_version_that_was_shown(cast: Cast, second: Actor) -> None:
    limits.change(actor=cast.actor(cast.pia), four_eyes_minor=9_000_000, small_difference_minor=2_500, currency="JPY")
    page, browser = "/admin/billing/limits", cast.client(cast.pia)
    old = {"currency": "JPY", "version": str(now_set(second, "JPY").version)}
    assert f'name="version" value="{old["version"]}"' in browser.get(page).text
    limits.change(actor=second, four_eyes_minor=90_000_000, small_difference_minor=2_500, currency="JPY")
    assert browser.post_form(f"{page}/approve", old, page=page).status_code == 303
    assert "This has been edited since you opened it" in browser.get(page).text
    assert now_set(second, "JPY").proposed_minor == 90_000_000


def test_a_proposed_limit_is_withdrawn_or_rejected_by_anyone(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    limits.change(actor=pia, four_eyes_minor=9_000_000, small_difference_minor=2_500)
    limits.answer(actor=pia, approved=False)
    assert (seen(cast).four_eyes_minor, seen(cast).proposed_minor) == (5_000_000, None)


def test_saving_the_same_limits_again_changes_nothing(cast: Cast) -> None:
    assert limits.change(actor=cast.actor(cast.pia), four_eyes_minor=5_000_000, small_difference_minor=2_500)
    assert seen(cast).version == 1


@pytest.mark.parametrize("wrong", [-1, 10**12 + 1])
def test_a_limit_lies_within_its_bounds(cast: Cast, wrong: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        limits.change(actor=cast.actor(cast.pia), four_eyes_minor=wrong, small_difference_minor=wrong)
    assert set(refused.value.fields) == {"four_eyes_minor", "small_difference_minor"}


def test_limits_are_the_platforms_and_are_not_overwritten(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        limits.change(actor=cast.actor(cast.carl), four_eyes_minor=1, small_difference_minor=1)
    with pytest.raises(StaleVersion):
        limits.change(actor=cast.actor(cast.pia), four_eyes_minor=1, small_difference_minor=1, version=9)


def test_the_database_refuses_a_proposal_by_nobody(cast: Cast) -> None:
    with Session(db.engine) as session, pytest.raises(IntegrityError):
        session.execute(update(MoneySettings).values(proposed_minor=9_000_000))


def test_a_currency_has_limits_of_its_own_in_its_own_units(cast: Cast, second: Actor) -> None:
    pia = cast.actor(cast.pia)
    assert limits.change(actor=pia, currency="KWD", four_eyes_minor=15_000_000, small_difference_minor=7_500)
    assert not limits.change(actor=pia, currency="JPY", four_eyes_minor=7_000_000, small_difference_minor=3_000)
    with unit_of_work(pia) as uow:
        assert [limits.in_force(uow, code) for code in ("KWD", "JPY", "USD")] == [
            (15_000_000, 7_500),
            (50_000, 3_000),  # the higher one waits
            (5_000_000, 2_500),
        ]
    limits.answer(actor=second, currency="JPY", approved=True)
    assert now_set(pia, "JPY").four_eyes_minor == 7_000_000
    assert seen(cast).four_eyes_minor == 5_000_000
    browser, url = cast.client(cast.pia), "/admin/billing/limits"
    assert "¥7,000,000" in browser.get(f"{url}?currency=KWD").text
    wrong = {"four_eyes_minor": "1.5", "small_difference_minor": "1", "currency": "JPY", "version": "2"}
    assert "JPY has no decimals." in browser.post_form(url, wrong, page=f"{url}?currency=JPY").text
    with pytest.raises(InvalidInput):
        limits.change(actor=pia, currency="XTS", four_eyes_minor=1, small_difference_minor=1)


def test_the_page_saves_proposes_and_withdraws(cast: Cast) -> None:
    browser, url = cast.client(cast.pia), "/admin/billing/limits"
    said = {"four_eyes_minor": "90,000", "small_difference_minor": "10", "version": "1"}
    assert "50000" in browser.get(url).text.replace(",", "")
    browser.post_form(url, said, page=url)
    page = browser.get(url).text
    assert "Pia proposed 90,000.00 instead of 50,000.00." in page
    assert "Another admin has to approve it." in page
    assert browser.post_form(f"{url}/approve", {}, page=url).status_code in {303, 403}
    browser.post_form(f"{url}/reject", {}, page=url)
    assert "proposes" not in browser.get(url).text
    assert browser.post_form(url, said, page=url).status_code == 409
    assert cast.client(cast.carl).get(url).status_code == 403
