"""Billing details (money.md §3), and the consent of who reads a billing address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.domain.billing.documents import Details
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.extensions import db
from portal.models import BillingAddress
from portal.queries.billing.details import DetailsView, details
from portal.runtime.clock import simulated
from portal.services import billing_details
from tests.accounts import written
from tests.cast import DAY, Cast
from tests.money import agreed

ASKED = "billing.address_asked"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def named(cast: Cast, email: str) -> DetailsView:
    carl = cast.actor(cast.carl)
    billing_details.save(cast.acme, actor=carl, details=Details("Acme Inc.", "5 Market Square", email=email))
    return details(cast.acme, viewer=carl)


def test_an_address_is_asked_once_a_day_and_keeps_its_answer(cast: Cast) -> None:
    assert named(cast, "ap@acme.test").is_waiting
    carl = cast.actor(cast.carl)
    with pytest.raises(Conflict, match="within the last 24 hours"):
        billing_details.ask_again(actor=carl)
    with simulated(DAY + timedelta(days=1)):
        assert billing_details.ask_again(actor=cast.actor(cast.carl)) == "ap@acme.test"
    assert len(written(ASKED)) == 2
    agreed()
    with pytest.raises(Conflict, match="already answered"):
        billing_details.ask_again(actor=carl)
    named(cast, "")
    assert named(cast, "AP@acme.test").confirmed_at is not None
    assert len(written(ASKED)) == 2


def test_an_address_that_refused_is_not_named_again(cast: Cast) -> None:
    named(cast, "ap@acme.test")
    (event,) = written(ASKED)
    assert "ap@acme.test" not in str(event)
    token = billing_details.token_of(uuid.UUID(event["consent_id"]))
    billing_details.answer(token, agreed=False)
    named(cast, "")
    with pytest.raises(InvalidInput, match="declined invoice copies"):
        named(cast, "ap@acme.test")
    for wrong in ("", "no-link", f"{token}x", token.replace("0", "1")):
        with pytest.raises(NotFound):
            billing_details.answer(wrong, agreed=True)


def test_nobody_writes_to_strangers_through_the_portal(cast: Cast) -> None:
    for number in range(billing_details.MOST_ASKED):
        named(cast, f"stranger{number}@mail.test")
    with pytest.raises(InvalidInput) as refused:
        named(cast, "another@mail.test")
    assert "many new addresses today" in refused.value.fields["email"]
    with pytest.raises(InvalidInput) as wrong:
        named(cast, "two@mail.test, three@mail.test")
    assert set(wrong.value.fields) == {"email"}


def test_an_address_from_before_consent_is_asked_and_an_answer_given_twice_is_one(cast: Cast) -> None:
    with pytest.raises(Conflict, match="Enter a billing email first"):
        billing_details.ask_again(actor=cast.actor(cast.carl))
    named(cast, "ap@acme.test")
    with Session(db.engine) as session, session.begin():
        session.execute(delete(BillingAddress))
    assert billing_details.ask_again(actor=cast.actor(cast.carl)) == "ap@acme.test"
    asked = [uuid.UUID(event["consent_id"]) for event in written(ASKED)]
    gone, token = (billing_details.token_of(one) for one in asked)
    for _ in range(2):
        billing_details.answer(token, agreed=True)
    assert named(cast, "ap@acme.test").confirmed_at == DAY
    with pytest.raises(NotFound):
        billing_details.answer(gone, agreed=True)
