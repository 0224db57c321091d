"""A platform admin merges two records of one person on a page that shows first what would follow."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.extensions import db
from portal.models import Membership
from portal.runtime.clock import simulated
from portal.services.candidates import merging
from tests.cast import DAY, Cast
from tests.marketplace import claimed, later

SECOND = "l.brandt@work.test"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def twice(cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Rita claims Lena; an hour later Omar claims her under another address."""
    first = claimed(cast, cast.rita, name="Lena Brandt", email="lena@mail.test")
    with simulated(later(hours=1)):
        return first, claimed(cast, cast.omar, name="Helena Brandt", email=SECOND)


def test_what_follows_is_shown_first_then_the_records_are_merged_and_taken_apart(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    pia, url = cast.client(cast.pia), f"/candidates/{second}/merge"
    assert url in pia.get(f"/candidates/{second}").text
    said = {"email": "lena@mail.test"}
    shown = pia.post_form(url, said)
    assert shown.status_code == 200
    assert "Omar’s claim ends" in shown.text
    merged = pia.post_form(url, {**said, "reason": "Her passport.", "expected": str(first)})
    assert merged.location.endswith(f"/candidates/{first}")
    assert f"/candidates/{second}" in pia.get(f"/candidates/{first}").text
    page = pia.get(f"/candidates/{second}").text
    assert "View main record" in page
    assert url not in page
    apart = pia.post_form(f"/candidates/{second}/separate", {"reason": "Sisters."})
    assert apart.status_code == 303
    assert "View main record" not in pia.get(f"/candidates/{second}").text


def test_a_claim_of_whoever_has_the_first_one_too_is_not_said_to_end(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    claimed(cast, cast.rita, name="Lena Brandt", email="third@mail.test")
    shown = cast.client(cast.pia).post_form(f"/candidates/{twice[0]}/merge", {"email": "third@mail.test"}).text
    assert "Rita keeps the main record’s claim." in shown
    assert "claim ends" not in shown


def test_who_entered_the_second_record_reads_that_it_is_one_and_nothing_of_the_first(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    said = {"email": SECOND, "reason": "Her passport.", "expected": str(first)}
    cast.client(cast.pia).post_form(f"/candidates/{first}/merge", said)
    omar = cast.client(cast.omar)
    page = omar.get(f"/candidates/{second}").text
    assert "Duplicate, merged on" in page
    assert str(first) not in page
    assert "lena@mail.test" not in page
    assert ">Merged<" in omar.get("/candidates").text


@pytest.mark.parametrize(
    ("email", "says"), [("nobody@mail.test", "No other candidate has this email."), ("", "Enter the email")]
)
def test_a_wrong_address_is_said_beside_it_and_the_reason_stays(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID], email: str, says: str
) -> None:
    url = f"/candidates/{twice[0]}/merge"
    answer = cast.client(cast.pia).post_form(url, {"email": email, "reason": "Her passport."})
    assert answer.status_code == 422
    assert says in answer.text
    assert "Her passport." in answer.text


def test_another_outcome_than_was_shown_is_shown_instead(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    said = {"email": SECOND, "reason": "Her passport.", "expected": str(twice[1])}
    answer = cast.client(cast.pia).post_form(f"/candidates/{twice[0]}/merge", said)
    assert answer.status_code == 409
    assert "the other record is now the main one" in answer.text
    assert f'value="{twice[0]}"' in answer.text


def test_whose_own_claim_is_concerned_reads_that_another_admin_decides_and_finds_no_button(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    said = {"email": SECOND, "reason": "Her passport."}
    with Session(db.engine) as session, session.begin():
        place = {"user_id": cast.omar.user_id, "organisation_id": PLATFORM_ORGANISATION_ID, "role": "platform_admin"}
        session.add(Membership(id=uuid.uuid4(), created_at=DAY, **place))
    omar = cast.client(replace(cast.omar, organisation_id=PLATFORM_ORGANISATION_ID))
    before, shown = (
        omar.get(f"/candidates/{second}/merge").text,
        omar.post_form(f"/candidates/{first}/merge", said).text,
    )
    for page in (before, shown):
        assert "One of the claims is yours" in page
        assert 'name="reason"' not in page
    assert "Both records" in shown
    assert 'name="email"' in omar.get(f"/candidates/{first}/merge").text
    merging.merge(first, actor=cast.actor(cast.pia), **said)
    apart = omar.get(f"/candidates/{second}/separate").text
    assert "One of the claims is yours" in apart
    assert 'name="reason"' not in apart
