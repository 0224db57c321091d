"""Pages offer nothing that would be refused because the person takes part in it; they say who has to act instead."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.extensions import db
from portal.models import Membership
from portal.runtime.clock import simulated
from portal.services.billing import payments, runs
from portal.services.placements import amendments
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient
from tests.hires import accepted, active, failed, hired
from tests.histories import contested, rated
from tests.marketplace import proposed
from tests.money import invoice_of, left, paid, started

ANOTHER = "so another admin has to"
OFFERED = ("/activate", "/fail", "/complete", "/extend", "/link-replacement", "/request-replacement", "/collaborators")


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def acting_for(cast: Cast, who: Person, role: str) -> CheckingClient:
    """Let somebody act as an admin of Acme, or of the platform, besides being a recruiter."""
    place = cast.acme if role == "company_admin" else PLATFORM_ORGANISATION_ID
    with Session(db.engine) as session, session.begin():
        row = Membership(id=uuid.uuid4(), user_id=who.user_id, organisation_id=place, role=role, created_at=DAY)
        session.add(row)
    return cast.client(Person(who.name, who.user_id, place, None))


both_roles = pytest.mark.parametrize("role", ["company_admin", "platform_admin"])


@both_roles
@pytest.mark.parametrize("make", [hired, active])
def test_a_placement_that_is_ones_own_offers_no_decision(
    cast: Cast, make: Callable[[Cast], uuid.UUID], role: str
) -> None:
    placement_id = make(cast)
    page = acting_for(cast, cast.rita, role).get(f"/placements/{placement_id}").text
    assert "You’re involved in this placement, so another admin has to act on it." in page
    assert [path for path in OFFERED if f"/placements/{placement_id}{path}" in page] == []


@both_roles
def test_a_failure_of_ones_own_is_replaced_by_others(cast: Cast, role: str) -> None:
    placement_id = failed(cast, on=0)
    page = acting_for(cast, cast.rita, role).get(f"/placements/{placement_id}").text
    assert "replacement" in page
    assert [path for path in OFFERED if f"/placements/{placement_id}{path}" in page] == []


@both_roles
def test_who_takes_no_part_is_offered_what_there_is(cast: Cast, role: str) -> None:
    placement_id = hired(cast)
    page = acting_for(cast, cast.omar, role).get(f"/placements/{placement_id}").text
    assert ANOTHER not in page
    assert f"/placements/{placement_id}/activate" in page
    assert f"/placements/{placement_id}/collaborators" in page


@both_roles
@pytest.mark.parametrize("make", [proposed, accepted])
def test_a_proposal_of_ones_own_offers_no_decision(cast: Cast, make: Callable[[Cast], uuid.UUID], role: str) -> None:
    proposal_id = make(cast)
    page = acting_for(cast, cast.rita, role).get(f"/proposals/{proposal_id}").text
    assert "You’re involved in this proposal, so another admin has to decide." in page
    for path in (f"{proposal_id}/accept", f"{proposal_id}/decline", f"/placements/new?proposal={proposal_id}"):
        assert path not in page


def test_a_recruiter_still_leads_and_withdraws_as_before(cast: Cast) -> None:
    rita, proposal_id, placement_id = cast.client(cast.rita), proposed(cast), hired(cast)
    assert f"/proposals/{proposal_id}/withdraw" in rita.get(f"/proposals/{proposal_id}").text
    page = rita.get(f"/placements/{placement_id}").text
    assert f"/placements/{placement_id}/collaborators" in page
    assert ANOTHER not in page


@pytest.mark.parametrize(("who", "rules"), [("rita", False), ("omar", False), ("pia", True)])
def test_an_appeal_about_oneself_is_ruled_on_by_others(cast: Cast, who: str, *, rules: bool) -> None:
    appeal_id = contested(cast, "feedback", rated(cast))
    person: Person = getattr(cast, who)
    browser = cast.client(person) if rules else acting_for(cast, person, "platform_admin")
    page = browser.get(f"/recruiters/appeals/{appeal_id}").text
    assert (f"/recruiters/appeals/{appeal_id}/rule" in page) is rules
    assert ("so another admin has to decide" in page) is not rules
    assert (" of 5 by " in page) is rules  # who gave which rating stays unknown to whom it was given


def test_nobody_is_offered_to_change_their_own_status(cast: Cast) -> None:
    own = acting_for(cast, cast.rita, "platform_admin").get(f"/admin/people/{cast.rita.user_id}").text
    assert "so another admin has to change its status" in own
    assert f"/admin/people/{cast.rita.user_id}/recruiter" not in own
    assert (
        f"/admin/people/{cast.rita.user_id}/recruiter"
        in cast.client(cast.pia).get(f"/admin/people/{cast.rita.user_id}").text
    )


def test_an_amendment_of_ones_own_sheet_is_forced_by_others(cast: Cast) -> None:
    placement_id = hired(cast)
    lines = [Agreed(hires.recruiter(cast.rita), "sourcer", 5_000)]
    amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason="As agreed")
    url = f"/placements/{placement_id}/amendments"
    mine = acting_for(cast, cast.rita, "platform_admin").get(url).text
    assert "/force" not in mine
    assert "/withdraw" not in mine
    assert "/force" in cast.client(cast.pia).get(url).text


def test_money_that_pays_oneself_is_recorded_and_decided_by_others(cast: Cast) -> None:
    placement_id = started(cast, payout_schedule="when_paid")
    rita, omar = (acting_for(cast, person, "platform_admin") for person in (cast.rita, cast.omar))
    invoice = f"/invoices/{invoice_of(placement_id).id}"
    page = rita.get(invoice).text
    assert "This fee pays you, so another admin has to record its payments" in page
    assert [path for path in ("/receipts", "/write-off") if invoice + path in page] == []
    paid(cast, placement_id)
    run = f"/admin/billing/runs/{runs.collect(actor=cast.actor(cast.pia), currency='USD')}"
    page = omar.get(run).text
    assert "This run pays you, so another admin has to approve and pay it." in page
    assert (f"{run}/approve" in page, f"{run}/cancel" in page) == (False, True)
    left(cast, placement_id, 0)
    for browser, may in ((rita, False), (cast.client(cast.carl), True)):
        page = browser.get(f"/placements/{placement_id}/money").text
        assert (f"/placements/{placement_id}/obligation/waive" in page) is may
        assert ("so another admin has to decide" in page) is not may


def test_what_one_owes_is_decided_on_by_others(cast: Cast) -> None:
    placement_id, pia = started(cast, payout_schedule="when_paid", remedy="full_refund"), cast.actor(cast.pia)
    paid(cast, placement_id)
    run_id = runs.collect(actor=pia, currency="USD")
    runs.approve(run_id, actor=pia)
    payments.pay(run_id, actor=pia, reference="SEPA 1")
    left(cast, placement_id, 0)
    rita = acting_for(cast, cast.rita, "platform_admin")
    assert (
        rita.get("/admin/billing").text.count("/write-off"),
        rita.get("/admin/billing").text.count("You owe this"),
    ) == (1, 1)
    assert cast.client(cast.pia).get("/admin/billing").text.count("/write-off") == 2
    assert rita.get(f"/admin/billing/runs/{run_id}").text.count("Returned by the bank?") == 2
