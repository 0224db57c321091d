"""Nobody decides about themselves, one person has one running placement, and who is suspended only looks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotPermitted
from portal.domain.permissions import GRANTS, LOOKS, Actor, Permission, Role
from portal.extensions import db
from portal.models import Membership, Recruiter
from portal.policy import policy_of
from portal.queries.identity.accounts import actor_for
from portal.queries.proposals.detail import detail
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import collaboration, placements
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.hires import SALARY, accepted, hired, share
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def at_acme(cast: Cast, who: Person) -> Actor:
    """Make a recruiter an admin of Acme as well, and give the actor that they are there."""
    with Session(db.engine) as session, session.begin():
        session.add(
            Membership(
                id=uuid.uuid4(), user_id=who.user_id, organisation_id=cast.acme, role="company_admin", created_at=DAY
            )
        )
    actor = actor_for(who.user_id, cast.acme)
    assert actor is not None
    return actor


@pytest.mark.parametrize("decision", ["review", "accept", "decline"])
def test_who_made_a_proposal_does_not_decide_on_it(cast: Cast, decision: str) -> None:
    proposal_id, rita = proposed(cast), at_acme(cast, cast.rita)
    more = {"reason": "other"} if decision == "decline" else {}
    with pytest.raises(NotPermitted) as refused:
        getattr(proposals, decision)(proposal_id, actor=rita, **more)
    assert refused.value.code == "CONFLICT_OF_INTEREST"
    assert decision not in detail(proposal_id, viewer=rita).allowed_actions


def test_who_shares_in_a_proposal_asks_nothing_about_it(cast: Cast) -> None:
    proposal_id, rita = proposed(cast), at_acme(cast, cast.rita)
    with pytest.raises(NotPermitted) as refused:
        proposals.ask(proposal_id, actor=rita, question="Do I answer fast?")
    assert refused.value.code == "CONFLICT_OF_INTEREST"
    assert "ask" not in detail(proposal_id, viewer=rita).allowed_actions


def test_who_made_a_proposal_does_not_record_its_hire(cast: Cast) -> None:
    proposal_id, rita = accepted(cast), at_acme(cast, cast.rita)
    with pytest.raises(NotPermitted) as refused:
        placements.hire(proposal_id, actor=rita, salary_minor=SALARY)
    assert refused.value.code == "CONFLICT_OF_INTEREST"


def test_another_recruiter_of_the_company_may_decide(cast: Cast) -> None:
    proposal_id, omar = proposed(cast), at_acme(cast, cast.omar)
    assert proposals.accept(proposal_id, actor=omar) == proposal_id


# --- one running placement ------------------------------------------------------------------------------------


def accepted_twice(cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Accept one candidate for two jobs, as carl, before any of them is hired from."""
    candidate_id = claimed(cast)
    one, other = (
        proposed(cast, candidate_id=candidate_id, job_id=posted(cast, title=title)) for title in ("Chef", "Baker")
    )
    for proposal_id in (one, other):
        proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    return one, other


def test_a_person_has_one_running_placement(cast: Cast) -> None:
    one, other = accepted_twice(cast)
    placements.hire(one, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with pytest.raises(Conflict) as refused:
        placements.hire(other, actor=cast.actor(cast.carl), salary_minor=SALARY, second_reason="Two halves")
    assert refused.value.code == "CANDIDATE_PLACED"
    assert "Chef" not in refused.value.message


def test_a_platform_admin_allows_a_second_one_with_a_reason(cast: Cast) -> None:
    one, other = accepted_twice(cast)
    placements.hire(one, actor=cast.actor(cast.carl), salary_minor=SALARY)
    pia = cast.actor(cast.pia)
    with pytest.raises(Conflict):
        placements.hire(other, actor=pia, salary_minor=SALARY)
    second = placements.hire(other, actor=pia, salary_minor=SALARY, second_reason="Two part-time jobs")
    _, told = hires.events(second, "placement.hired")[-1]
    assert told["second_reason"] == "Two part-time jobs"


def test_after_a_failure_the_person_may_be_hired_again(cast: Cast) -> None:
    one, other = accepted_twice(cast)
    first = placements.hire(one, actor=cast.actor(cast.carl), salary_minor=SALARY)
    placements.fail(first, actor=cast.actor(cast.carl), reason="no_show")
    assert placements.hire(other, actor=cast.actor(cast.carl), salary_minor=SALARY)


# --- suspended ------------------------------------------------------------------------------------------------


def suspend(who: Person) -> None:
    with Session(db.engine) as session, session.begin():
        session.get_one(Recruiter, who.recruiter_id).status = "suspended"


def test_a_suspended_lead_does_not_edit_the_team(cast: Cast) -> None:
    placement_id = hired(cast)
    suspend(cast.rita)
    with pytest.raises(NotPermitted, match="not active"):
        share(cast, placement_id, cast.omar, "support", 10)
    with pytest.raises(NotPermitted, match="not active"):
        collaboration.remove(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.rita), role="sourcer")


@pytest.mark.parametrize("permission", sorted(p for p in Permission if Role.RECRUITER in GRANTS[p]))
def test_a_suspended_recruiter_may_only_look(cast: Cast, permission: Permission) -> None:
    suspend(cast.rita)
    assert cast.actor(cast.rita).has(permission) == (permission in LOOKS)


def test_a_role_besides_goes_on_counting(cast: Cast) -> None:
    carl = at_acme(cast, cast.rita)
    suspend(cast.rita)
    assert carl.has(Permission.JOB_POST)


# What is computed and not written, though it is posted.
PREVIEWS = {"/placements/calculate-splits", "/api/placements/calculate-splits"}


def test_every_change_of_pages_and_api_is_closed_to_a_suspended_recruiter(app: Flask, context: None) -> None:
    """A route that changes something asks for more than a look, unless it is about one's own account."""
    looks = LOOKS - {Permission.ACCOUNT_USE}
    changing = [rule for rule in app.url_map.iter_rules() if {"POST", "PATCH", "PUT", "DELETE"} & rule.methods]
    open_to_all = {rule.rule for rule in changing if policy_of(rule.endpoint) in looks}
    assert open_to_all == PREVIEWS
