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
from portal.mailers import digest
from portal.models import Placement, Proposal, Recruiter
from portal.runtime.clock import simulated
from portal.services import proposals_in_bulk
from portal.services.candidates import ownership
from portal.services.machinery import rounds
from portal.services.messages import digests, preferences
from portal.services.messages.preferences import ByMail, Wish
from portal.services.placements import guarantees
from portal.services.reputation import reputation
from tests import servers
from tests.cast import DAY, Cast
from tests.hires import active
from tests.letters import deliveries, happened, relayed, rows
from tests.marketplace import claimed, proposed

Round = Callable[..., object]


@contextmanager
def refusing(app: Flask, table: str, column: str, value: uuid.UUID) -> Iterator[None]:
    """Make the database refuse every write of one row, as a rule that it breaks would."""
    body = f"""
        CREATE FUNCTION bad_row() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.{column} = '{value}' THEN RAISE 'this row is bad'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER bad_row BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION bad_row()
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


def test_a_zone_that_is_gone_from_the_database_stops_no_completion(cast: Cast, app: Flask) -> None:
    bad, good = two_of(active, cast)
    with rows() as session:  # as after an update of the system's zones: the check asked an older list
        session.connection().exec_driver_sql("ALTER TABLE ats.placements DROP CONSTRAINT ck_placements_time_zone")
        session.execute(update(Placement).where(Placement.id == bad).values(time_zone="Mars/Olympus"))
    try:
        with simulated(DAY + timedelta(days=120)):
            assert "Mars/Olympus" in incomplete(guarantees.complete_due)
    finally:
        with rows() as session:
            session.execute(update(Placement).values(time_zone="UTC"))
            check = "CHECK (identity.is_time_zone(time_zone))"
            session.connection().exec_driver_sql(
                f"ALTER TABLE ats.placements ADD CONSTRAINT ck_placements_time_zone {check}"
            )
    assert (state(Placement, bad), state(Placement, good)) == ("active", "completed")


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
