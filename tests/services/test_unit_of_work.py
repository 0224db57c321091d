"""One transaction: its time, its events, its refusals, and the bell that may fail."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal import access
from portal.domain.errors import Conflict, NotFound, NotPermitted, StaleVersion, Unavailable
from portal.domain.events import JobPosted
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import ProposalAction
from portal.extensions import db
from portal.models import (
    DisputeNote,
    Job,
    MarketplaceEvent,
    Membership,
    OutboxEntry,
    Placement,
    Proposal,
    UnsealedEntry,
)
from portal.runtime import correlation
from portal.runtime.clock import simulated
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import check_version, constraint_of, unit_of_work
from tests.cast import DAY, Cast
from tests.hires import active
from tests.marketplace import posted, proposed
from tests.tables import count


def posted_event() -> JobPosted:
    """Make some event."""
    return JobPosted(job_id=uuid.uuid4(), status="active", fee_bp=2_000)


def test_an_event_goes_to_the_log_the_outbox_and_the_sealer_with_its_change(cast: Cast) -> None:
    correlation.begin("a-request-12345")
    with simulated(DAY), unit_of_work(cast.actor(cast.carl)) as uow:
        event_id = uow.record(posted_event())
    with Session(db.engine) as session:
        event = session.get_one(MarketplaceEvent, event_id)
        assert (event.at, event.actor_id, event.organisation_id) == (DAY, cast.carl.user_id, cast.acme)
        assert event.correlation_id == "a-request-12345"
    assert (count(OutboxEntry), count(UnsealedEntry)) == (1, 1)


def test_an_added_row_gets_its_id_time_and_author_unless_it_has_them(cast: Cast) -> None:
    own = {"id": uuid.uuid4(), "at": DAY - timedelta(days=1), "by": cast.carl.user_id}
    with simulated(DAY), unit_of_work(cast.actor(cast.pia)) as uow:
        given, kept = uow.add(DisputeNote(said="Called them.")), uow.add(DisputeNote(said="Called them.", **own))
        uow.session.expunge_all()
    assert (given.at, given.by) == (DAY, cast.pia.user_id)
    assert given.id is not None
    assert {name: getattr(kept, name) for name in own} == own


def test_an_error_takes_the_events_back(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work(cast.actor(cast.carl)) as uow:
        uow.record(posted_event())
        raise ZeroDivisionError
    assert count(MarketplaceEvent) == count(OutboxEntry) == 0


def test_the_time_is_the_databases_and_read_once(cast: Cast) -> None:
    with unit_of_work(cast.actor(cast.carl)) as uow:
        first = uow.now
        assert uow.now is first
        assert abs(uow.session.scalars(select(func.clock_timestamp())).one() - first) < timedelta(seconds=5)


@pytest.mark.parametrize("statement", ["UPDATE {} SET type = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_log_refuses_every_change(cast: Cast, statement: str) -> None:
    with unit_of_work(cast.actor(cast.carl)) as uow:
        uow.record(posted_event())
    with pytest.raises(IntegrityError, match="append-only"), db.engine.begin() as connection:
        connection.execute(text(statement.format("network.marketplace_events")))


def test_a_breach_of_a_constraint_becomes_its_sentence(cast: Cast) -> None:
    refusal = Conflict("This person is a member already.")
    with pytest.raises(Conflict, match="already"), unit_of_work(cast.actor(cast.pia)) as uow:
        name = "uq_memberships_user_id_organisation_id_role"
        with uow.refusing({name: refusal}):
            uow.session.add(
                Membership(
                    id=uow.new_id(),
                    user_id=cast.carl.user_id,
                    organisation_id=cast.acme,
                    role="company_admin",
                    created_at=uow.now,
                )
            )


def test_another_breach_stays_what_it_is(cast: Cast) -> None:
    with pytest.raises(IntegrityError) as refusal, unit_of_work(cast.actor(cast.pia)) as uow, uow.refusing({}):
        uow.session.add(
            Membership(
                id=uow.new_id(), user_id=uuid.uuid4(), organisation_id=cast.acme, role="recruiter", created_at=uow.now
            )
        )
    assert constraint_of(refusal.value) == "fk_memberships_user_id"


def test_a_lock_that_is_held_for_too_long_is_unavailable(cast: Cast) -> None:
    job_id = posted(cast)
    with Session(db.engine) as holder, holder.begin():
        holder.execute(update(Job).where(Job.id == job_id).values(title="held"))
        with pytest.raises(Unavailable, match="try again"), unit_of_work(cast.actor(cast.carl)) as uow:
            uow.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            uow.load(Job, job_id, Permission.JOB_EDIT)


def test_another_failure_of_the_database_is_not_hidden(cast: Cast) -> None:
    with pytest.raises(OperationalError), unit_of_work(cast.actor(cast.carl)) as uow:
        uow.session.execute(text("SET LOCAL statement_timeout = '10ms'"))
        uow.session.execute(text("SELECT pg_sleep(1)"))


def test_a_stale_version_is_refused_and_none_is_not_checked() -> None:
    check_version(3, 3)
    check_version(3, None)
    with pytest.raises(StaleVersion) as refusal:
        check_version(3, 2)
    assert refusal.value.details == {"current_version": 3}


def test_somebody_elses_object_does_not_exist(cast: Cast) -> None:
    job_id = posted(cast)
    with pytest.raises(NotFound), unit_of_work(cast.actor(cast.zoe)) as uow:
        uow.load(Job, job_id, Permission.JOB_EDIT)


def test_a_missing_permission_on_a_visible_object_is_refused(cast: Cast) -> None:
    placement_id = active(cast)
    with pytest.raises(NotPermitted), unit_of_work(cast.actor(cast.hana)) as uow:
        uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)


def test_a_person_without_roles_sees_and_may_nothing(cast: Cast) -> None:
    nobody = Actor(uuid.uuid4(), "Nobody", DAY)
    with pytest.raises(NotFound), unit_of_work(nobody) as uow:
        uow.load(Job, posted(cast), Permission.JOB_VIEW)
    with pytest.raises(NotPermitted):
        access.require(nobody, Permission.ACCOUNT_USE)
    with pytest.raises(NotPermitted, match="Only recruiters"):
        access.require_recruiter(nobody)


def test_a_suspended_recruiter_is_told_so(cast: Cast) -> None:
    suspended = Actor(cast.rita.user_id, "Rita", DAY, recruiter_id=cast.rita.recruiter_id)
    with pytest.raises(NotPermitted, match="not active"):
        access.require_recruiter(suspended)


def test_a_transition_on_an_outdated_row_is_refused(cast: Cast) -> None:
    proposal_id = proposed(cast)
    with pytest.raises(Conflict, match="Someone else just changed"), unit_of_work(cast.actor(cast.carl)) as uow:
        row = uow.load(Proposal, proposal_id, Permission.PROPOSAL_DECIDE)
        uow.session.execute(update(Proposal).values(version=7).execution_options(synchronize_session=False))
        transitions.apply(uow, row, ProposalAction.REVIEW, event=posted_event())


@pytest.mark.parametrize(("state", "table"), [("accepted", "network.candidate_role_assignments")])
def test_the_database_refuses_to_leave_a_terminal_state(cast: Cast, state: str, table: str) -> None:
    proposed(cast)
    with db.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET state = 'accepted', closed_at = now()"))
    with pytest.raises(IntegrityError, match="is over"), db.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET state = 'proposed', closed_at = NULL"))
