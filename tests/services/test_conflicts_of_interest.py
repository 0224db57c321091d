"""Whoever shares in it decides nothing about it for a company or the platform, whatever other roles they hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import Actor
from portal.extensions import db
from portal.models import Clawback, Membership, Payout, Refund
from portal.queries.identity.accounts import actor_for
from portal.runtime.clock import simulated
from portal.services import recruiters
from portal.services.billing import decisions, lifecycle, payments, receipts
from portal.services.identity import accounts
from portal.services.placements import amendments, collaboration, guarantees, placements, replacements
from portal.services.reputation import appeals
from tests import hires
from tests.cases import refused
from tests.cast import DAY, Cast, Person
from tests.hires import TODAY, day
from tests.histories import WHY, contested, rated
from tests.money import invoice_of, left, paid, started
from tests.services.test_billing import ON_PAY, pay_run, rows, run_of

Deed = Callable[[uuid.UUID, Actor, Cast], object]


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def as_member(who: Person, organisation_id: uuid.UUID, role: str) -> Actor:
    """Add another role to somebody's own, and return the actor that they are there."""
    with Session(db.engine) as session, session.begin():
        session.add(
            Membership(id=uuid.uuid4(), user_id=who.user_id, organisation_id=organisation_id, role=role, created_at=DAY)
        )
    actor = actor_for(who.user_id, organisation_id)
    assert actor is not None
    return actor


def elsewhere(cast: Cast, who: Person, role: str) -> Actor:
    """Make somebody an admin of Acme, or of the platform."""
    return as_member(who, cast.acme if role == "company_admin" else PLATFORM_ORGANISATION_ID, role)


# --- a placement and its sheet -------------------------------------------------------------------------------


def _add(placement_id: uuid.UUID, actor: Actor, cast: Cast) -> object:
    assert cast.omar.recruiter_id is not None
    omar = cast.omar.recruiter_id
    return collaboration.add(placement_id, actor=actor, recruiter_id=omar, role="closer", split_bp=10)


def _change(placement_id: uuid.UUID, actor: Actor, cast: Cast) -> object:
    assert cast.rita.recruiter_id is not None
    rita = cast.rita.recruiter_id
    return collaboration.change(placement_id, rita, actor=actor, role="submitter", split_bp=5_000)


def _remove(placement_id: uuid.UUID, actor: Actor, cast: Cast) -> object:
    assert cast.omar.recruiter_id is not None
    return collaboration.remove(placement_id, cast.omar.recruiter_id, actor=actor, role="support", reason=WHY)


def _propose(placement_id: uuid.UUID, actor: Actor, cast: Cast) -> object:
    assert cast.rita.recruiter_id is not None
    lines = [Agreed(cast.rita.recruiter_id, "sourcer", 10_000)]
    return amendments.propose(placement_id, actor=actor, lines=lines, reason=WHY)


def _no_show(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return placements.fail(placement_id, actor=actor, reason="no_show")


def _activate(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return placements.activate(placement_id, actor=actor, start_date=TODAY)


@pytest.mark.parametrize("role", ["company_admin", "platform_admin"])
@pytest.mark.parametrize("deed", [_add, _change, _remove, _propose, _no_show, _activate])
def test_who_shares_in_a_hire_does_not_administer_it(cast: Cast, deed: Deed, role: str) -> None:
    placement_id = hires.hired(cast)
    hires.share(cast, placement_id, cast.omar, "support", 1_000)
    rita = elsewhere(cast, cast.rita, role)
    refused(lambda: deed(placement_id, rita, cast))


@pytest.mark.parametrize("role", ["company_admin", "platform_admin"])
def test_an_admin_does_not_join_the_team_by_their_own_hand(cast: Cast, role: str) -> None:
    placement_id, omar = hires.hired(cast), elsewhere(cast, cast.omar, role)
    refused(lambda: _add(placement_id, omar, cast))


def _complete(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return placements.complete(placement_id, actor=actor)


def _fail(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return placements.fail(placement_id, actor=actor, reason="layoff")


def _extend(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return guarantees.extend(placement_id, actor=actor, additional_days=10, reason=WHY)


@pytest.mark.parametrize("deed", [_complete, _fail, _extend, _propose])
def test_who_shares_in_a_placement_does_not_end_or_extend_it(cast: Cast, deed: Deed) -> None:
    placement_id = hires.active(cast, days=0)
    rita = elsewhere(cast, cast.rita, "company_admin")
    refused(lambda: deed(placement_id, rita, cast))


def _request(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return replacements.request(placement_id, actor=actor, deadline=day(20))


def _link(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return replacements.link(placement_id, actor=actor, replacement_id=placement_id)


def _waive(placement_id: uuid.UUID, actor: Actor, _: Cast) -> object:
    return lifecycle.waive(placement_id, actor=actor)


@pytest.mark.parametrize("deed", [_request, _link, _waive])
def test_who_shares_in_a_failure_does_not_say_what_follows(cast: Cast, deed: Deed) -> None:
    placement_id = started(cast, remedy="replacement_first")
    left(cast, placement_id, 1)
    rita = elsewhere(cast, cast.rita, "platform_admin")
    refused(lambda: deed(placement_id, rita, cast))


def test_who_shares_in_another_placement_does_not_make_it_the_replacement(cast: Cast) -> None:
    placement_id = started(cast, remedy="replacement_first")
    other = hires.hired(cast, cast.omar, job_id=hires.placement(placement_id).job_id, name="Ann Other")
    left(cast, placement_id, 1)
    omar = elsewhere(cast, cast.omar, "company_admin")
    refused(lambda: replacements.link(placement_id, actor=omar, replacement_id=other))


def _force(amendment_id: uuid.UUID, actor: Actor) -> object:
    return amendments.force(amendment_id, actor=actor, reason=WHY)


def _withdraw(amendment_id: uuid.UUID, actor: Actor) -> object:
    return amendments.withdraw(amendment_id, actor=actor)


@pytest.mark.parametrize("deed", [_force, _withdraw])
def test_who_shares_in_a_sheet_does_not_rule_on_its_amendment(
    cast: Cast, deed: Callable[[uuid.UUID, Actor], object]
) -> None:
    placement_id = hires.hired(cast)
    hires.share(cast, placement_id, cast.omar, "closer", 3_000)
    proposed = _propose(placement_id, cast.actor(cast.rita), cast)
    assert isinstance(proposed, amendments.Proposed)
    refused(lambda: deed(proposed.id, elsewhere(cast, cast.omar, "platform_admin")))


def test_another_admin_still_rules_on_it(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    hires.share(cast, placement_id, cast.omar, "closer", 3_000)
    proposed = _propose(placement_id, cast.actor(cast.rita), cast)
    assert isinstance(proposed, amendments.Proposed)
    _force(proposed.id, cast.actor(cast.pia))
    assert [name for name, *_ in hires.team(placement_id)] == ["Rita"]


# --- money ---------------------------------------------------------------------------------------------------


def test_nobody_records_or_reverses_a_receipt_that_pays_them(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    receipt_id = paid(cast, placement_id, 1_000)
    invoice, rita = invoice_of(placement_id), elsewhere(cast, cast.rita, "platform_admin")
    more = {"amount_minor": 5_000, "received_on": TODAY, "reference": "wire 2"}
    refused(lambda: receipts.record(invoice.id, actor=rita, **more))
    refused(lambda: receipts.reverse(receipt_id, actor=rita, reason=WHY))
    refused(lambda: decisions.write_off_invoice(invoice.id, actor=rita, reason=WHY))


def test_nobody_settles_what_they_owe_themselves(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    mine = rows(Payout, recruiter_id=cast.rita.recruiter_id)[0]
    rita = elsewhere(cast, cast.rita, "platform_admin")
    refused(lambda: payments.returned(mine.id, actor=rita, reason=WHY))
    left(cast, placement_id, 10)
    owed = rows(Clawback, recruiter_id=cast.rita.recruiter_id)[0]
    refused(lambda: decisions.write_off_clawback(owed.id, actor=rita, reason=WHY))
    said = {"amount_minor": 100, "received_on": TODAY, "reference": "back"}
    refused(lambda: payments.repaid(owed.id, actor=rita, **said))


def test_an_admin_of_the_platform_decides_no_money_for_the_own_company(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    carl = elsewhere(cast, cast.carl, "platform_admin")
    refused(lambda: decisions.write_off_invoice(invoice_of(placement_id).id, actor=carl, reason=WHY))
    paid(cast, placement_id)
    left(cast, placement_id, 0)
    refund = rows(Refund)[0]
    refused(lambda: decisions.refund_paid(refund.id, actor=carl, paid_on=TODAY, reference="out"))
    said = {"currency": "USD", "paid_on": TODAY, "reference": "out"}
    refused(lambda: decisions.credit_paid(cast.acme, actor=carl, **said))


# --- reputation and status -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["rita", "omar"])
def test_neither_who_was_rated_nor_who_rated_rules_on_the_rating(cast: Cast, who: str) -> None:
    appeal_id = contested(cast, "feedback", rated(cast))
    admin = elsewhere(cast, getattr(cast, who), "platform_admin")
    refused(lambda: appeals.rule(appeal_id, actor=admin, exclude=True, ruling=WHY))


@pytest.mark.parametrize("change", [accounts.set_recruiter_status, recruiters.change])
def test_nobody_lifts_their_own_suspension(cast: Cast, change: Callable[..., object]) -> None:
    assert cast.rita.recruiter_id is not None
    rita, recruiter_id = elsewhere(cast, cast.rita, "platform_admin"), cast.rita.recruiter_id
    accounts.set_recruiter_status(recruiter_id, actor=cast.actor(cast.pia), status="suspended")
    refused(lambda: change(recruiter_id, actor=rita, status="active"))
