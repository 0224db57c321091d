"""A bad row never stops a round of periodic work: whatever is wrong with one, all others are done, and it is named."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from portal.domain.errors import Conflict
from portal.domain.permissions import system_actor
from portal.forms.accounts import ZONES
from portal.jobs import schedule
from portal.mailers import digest, post
from portal.models import (
    Dispute,
    Fee,
    PasswordReset,
    Placement,
    Proposal,
    Recruiter,
    ReputationQueue,
    ReputationSnapshot,
    UserSession,
)
from portal.runtime.clock import simulated
from portal.services import proposals, proposals_in_bulk
from portal.services.candidates import ownership
from portal.services.disputes import clocks
from portal.services.identity import resets
from portal.services.machinery import rounds
from portal.services.messages import digests, preferences
from portal.services.messages.preferences import ByMail, Wish
from portal.services.placements import guarantees
from portal.services.reputation import reputation
from tests import servers
from tests.cast import DAY, Cast, sign_in
from tests.hires import active
from tests.letters import deliveries, happened, relayed, rows
from tests.marketplace import claimed, proposed
from tests.services.test_disputes import over_the_claim

Round = Callable[..., object]


@contextmanager
def refusing(app: Flask, table: str, column: str, value: uuid.UUID) -> Iterator[None]:
    """Make the database refuse every write of one row, as a rule that it breaks would."""
    body = f"""
        CREATE FUNCTION bad_row() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF coalesce(NEW.{column}, OLD.{column}) = '{value}' THEN RAISE 'this row is bad'; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER bad_row BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION bad_row()
    """
    url = servers.conninfo(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(body)
        try:
            yield
        finally:
            connection.execute(f"DROP TRIGGER bad_row ON {table}; DROP FUNCTION bad_row")


def incomplete(round_: Round, *arguments: Any) -> str:
    """Run a round that cannot do everything, and read what it says."""
    with pytest.raises(Conflict) as refused:
        round_(*arguments, actor=system_actor(DAY))
    assert refused.value.code == "ROUND_INCOMPLETE"
    return refused.value.message


def two_of(make: Callable[[Cast], uuid.UUID], cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Make two of a thing on the same day."""
    with simulated(DAY):
        return make(cast), make(cast)


def state(model: type[Placement] | type[Proposal], row_id: uuid.UUID) -> str:
    """Read the state of a row."""
    with rows() as session:
        return session.get_one(model, row_id).state


def test_a_placement_that_cannot_be_completed_holds_up_no_other(cast: Cast, app: Flask) -> None:
    bad, good = two_of(active, cast)
    with refusing(app, "ats.placements", "id", bad), simulated(DAY + timedelta(days=120)):
        assert str(bad) in incomplete(guarantees.complete_due)
    assert (state(Placement, bad), state(Placement, good)) == ("active", "completed")


def test_a_guarantee_that_cannot_be_warned_of_holds_up_no_other(cast: Cast, app: Flask) -> None:
    bad, _ = two_of(active, cast)
    with refusing(app, "ats.guarantee_notices", "placement_id", bad), simulated(DAY + timedelta(days=61)):
        assert "1 of 2" in incomplete(guarantees.give_notices)
    assert len([template for template, _, _ in relayed() if template == "guarantee_expiring"]) > 0


def test_a_proposal_that_cannot_time_out_or_be_reminded_of_holds_up_no_other(cast: Cast, app: Flask) -> None:
    bad, good = two_of(proposed, cast)
    with refusing(app, "network.candidate_role_assignments", "id", bad):
        with simulated(DAY + timedelta(days=6, hours=1)):
            incomplete(proposals_in_bulk.remind_due)
        with simulated(DAY + timedelta(days=8)):
            incomplete(proposals_in_bulk.expire_due)
    assert (state(Proposal, bad), state(Proposal, good)) == ("proposed", "timeout")


def test_a_protection_that_cannot_be_warned_of_holds_up_no_other(cast: Cast, app: Flask) -> None:
    two_of(claimed, cast)
    with rows() as session:
        bad = session.execute(select(ownership.CandidateSourcer.id)).scalars().first()
    assert bad is not None
    with refusing(app, "ats.protection_notices", "claim_id", bad), simulated(DAY + timedelta(days=340)):
        assert "1 of 2" in incomplete(ownership.warn_expiring)
    assert "ownership_expiring" in {template for template, _, _ in relayed()}


def test_a_score_that_cannot_be_computed_holds_up_no_other(cast: Cast, app: Flask) -> None:
    assert cast.rita.recruiter_id is not None
    reputation.queue_all(actor=system_actor(DAY))
    with refusing(app, "network.recruiter_reputation", "recruiter_id", cast.rita.recruiter_id):
        assert "1 of 2" in incomplete(reputation.recalculate_queued)
    with rows() as session:
        assert session.scalars(select(Recruiter.id).join(reputation.Reputation)).all() == [cast.omar.recruiter_id]


def test_a_digest_that_cannot_be_written_holds_up_no_other(cast: Cast, app: Flask) -> None:
    for person in (cast.rita, cast.omar):
        preferences.choose(actor=cast.actor(person), choices={"candidates": Wish(ByMail.DAILY)})
        happened(cast, recruiter_id=person.recruiter_id)
    relayed()
    with refusing(app, "notifications.deliveries", "user_id", cast.rita.user_id), simulated(DAY.replace(year=2099)):
        assert "1 of 2" in incomplete(digests.fold_due, digest.write)
    assert [d.user_id for d in deliveries(template="digest")] == [cast.omar.user_id]


@contextmanager
def zone_gone(model: type[Placement | Fee], row_id: uuid.UUID) -> Iterator[None]:
    """Give a row a zone that nobody knows, as after an update of the system's zones: the check asked an older list."""
    table, name = model.__table__.fullname, f"ck_{model.__tablename__}_time_zone"
    with rows() as session:
        session.connection().exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        session.execute(update(model).where(model.id == row_id).values(time_zone="Mars/Olympus"))
    try:
        yield
    finally:
        with rows() as session:
            session.execute(update(model).values(time_zone="UTC"))
            check = "CHECK (identity.is_time_zone(time_zone))"
            session.connection().exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {check}")


def test_a_zone_that_is_gone_from_the_database_stops_no_completion(cast: Cast) -> None:
    bad, good = two_of(active, cast)
    with zone_gone(Placement, bad), simulated(DAY + timedelta(days=120)):
        assert "Mars/Olympus" in incomplete(guarantees.complete_due)
    assert (state(Placement, bad), state(Placement, good)) == ("active", "completed")


def test_a_case_whose_clock_is_stuck_holds_up_no_other_and_no_later_step(cast: Cast, app: Flask) -> None:
    bad, good = two_of(over_the_claim, cast)
    with refusing(app, "network.disputes", "id", bad):
        for day in (7, 9, 24):
            with simulated(DAY + timedelta(days=day)):
                assert str(bad) in incomplete(clocks.run)
    with rows() as session:
        found = {row.id: row for row in session.scalars(select(Dispute))}
    assert (found[bad].state, found[good].state) == ("open", "under_review")
    assert found[bad].reminded_at is None
    assert found[good].reminded_at is not None
    assert found[good].ruling_missed_at is not None


def test_a_recruiter_who_cannot_be_queued_or_kept_as_of_this_week_holds_up_no_other(cast: Cast, app: Flask) -> None:
    rita, omar = cast.rita.recruiter_id, cast.omar.recruiter_id
    assert rita is not None
    with simulated(DAY):
        for person, name in ((cast.rita, "Maya One"), (cast.omar, "Ben Two")):
            asked = proposed(cast, person, name=name)
            proposals.ask(asked, actor=cast.actor(cast.hana), question="Is the notice period fixed?")
        list(reputation.recalculate_all(actor=system_actor(DAY)))
    with simulated(DAY + timedelta(days=8)):
        with refusing(app, "network.reputation_queue", "recruiter_id", rita):
            assert "1 of 2" in incomplete(reputation.queue_ageing)
        with refusing(app, "network.recruiter_reputation_history", "recruiter_id", rita):
            assert "1 of 2" in incomplete(reputation.snapshot_weekly)
    with rows() as session:
        assert session.scalars(select(ReputationQueue.recruiter_id)).all() == [omar]
        weekly = select(ReputationSnapshot.recruiter_id).where(ReputationSnapshot.cause == "weekly")
        assert session.scalars(weekly).all() == [omar]


def test_a_session_that_cannot_be_deleted_holds_up_no_other_and_no_links(cast: Cast, app: Flask) -> None:
    for person in (cast.rita, cast.omar):
        sign_in(person)
    resets.request_password_reset(cast.rita.email)
    with refusing(app, "identity.user_sessions", "user_id", cast.rita.user_id), simulated(DAY.replace(year=2099)):
        assert "1 of 2" in incomplete(schedule.forget_expired)
    with rows() as session:
        assert session.scalars(select(UserSession.user_id)).all() == [cast.rita.user_id]
        assert session.scalars(select(PasswordReset)).all() == []


def test_an_email_that_cannot_be_held_holds_up_no_other(cast: Cast, app: Flask) -> None:
    with simulated(DAY):
        for person in (cast.rita, cast.omar):
            happened(cast, recruiter_id=person.recruiter_id)
        relayed()
        bad, good = deliveries()
        with refusing(app, "notifications.deliveries", "id", bad.id):
            assert post.drain().sent == 1
            assert post.drain() == post.Drained(0, 0, stopped=False)
    assert [d.state for d in deliveries()] == ["queued", "sent"]
    assert good.id == deliveries(state="sent")[0].id


def test_every_column_of_a_zone_takes_names_of_lists_and_nothing_that_only_postgresql_reads(context: None) -> None:
    with rows() as session:
        connection = session.connection()
        unchecked = connection.exec_driver_sql(
            "SELECT c.table_schema || '.' || c.table_name FROM information_schema.columns c"
            " WHERE c.column_name = 'time_zone' AND c.table_schema NOT IN ('information_schema', 'kept')"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'ck_' || c.table_name || '_time_zone')"
        )
        assert unchecked.scalars().all() == ["billing.settings"]  # which no release reads any more
        takes = text("SELECT zone FROM unnest(CAST(:zones AS text[])) zone WHERE identity.is_time_zone(zone)")
        listed = sorted(ZONES)
        assert sorted(session.scalars(takes, {"zones": listed})) == listed
        read = ["FOO+3", "CEST", "+05:30", "zulu", "europe/berlin", "<x>5", "GMT+25", "Mars/Olympus", ""]
        assert session.scalars(takes, {"zones": read}).all() == []


@pytest.mark.parametrize("broken", ["chunk", "row"])
def test_an_outage_of_the_database_ends_a_round(context: None, broken: str) -> None:
    def some(_uow: object, ids: object) -> list[uuid.UUID]:
        raise OperationalError("", {}, Exception("away")) if broken == "chunk" or ids else ValueError

    with pytest.raises(OperationalError):
        list(rounds.in_chunks(some, lambda _: [uuid.uuid4()], size=1, actor=system_actor(DAY)))
