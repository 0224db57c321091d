"""The seals of the event log: whoever changes history behind the portal's back is found, and the entry is named."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.events import DeliveryRetried
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.runtime.clock import simulated
from portal.services import seals
from portal.services.machinery.unit_of_work import unit_of_work

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SYSTEM = system_actor(START)


@pytest.fixture
def data_dir(app: Flask, context: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the checkpoints of a test to itself."""
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def sealed_log(data_dir: Path) -> list[uuid.UUID]:
    """Return the ids of 250 sealed events with checkpoints at 100 and 200."""
    ids = happen(250)
    assert seals.seal_pending(actor=SYSTEM) == 250
    return ids


def happen(count: int, *, actor: Actor = SYSTEM) -> list[uuid.UUID]:
    """Let events happen, one after the other."""
    with unit_of_work(actor) as uow:
        return [uow.record(DeliveryRetried(delivery_id=uuid.uuid4())) for _ in range(count)]


def tamper(*statements: str, **values: object) -> None:
    """Change the tables as somebody with all rights over the database could: the guards stand aside."""
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})


EVENTS, SEALS = "network.marketplace_events", "network.event_seals"
OF_ENTRY = f"WHERE id = (SELECT event_id FROM {SEALS} WHERE number = :n)"
SWAP = f"""UPDATE {SEALS} a SET event_id = b.event_id FROM {SEALS} b
    WHERE (a.number, b.number) IN ((:n, :n + 1), (:n + 1, :n))"""
EDITS: dict[str, tuple[str, ...]] = {
    "actor": (f"UPDATE {EVENTS} SET actor_id = gen_random_uuid() {OF_ENTRY}",),
    "time": (f"UPDATE {EVENTS} SET at = at - interval '1 microsecond' {OF_ENTRY}",),
    "type": (f"UPDATE {EVENTS} SET type = 'delivery.forgotten' {OF_ENTRY}",),
    "payload": (f"""UPDATE {EVENTS} SET payload = payload || '{{"delivery_id": "x"}}' {OF_ENTRY}""",),
    "organisation": (f"UPDATE {EVENTS} SET organisation_id = NULL {OF_ENTRY}",),
    "correlation": (f"UPDATE {EVENTS} SET correlation_id = 'another1' {OF_ENTRY}",),
    "seal": (f"UPDATE {SEALS} SET hash = decode(repeat('ab', 32), 'hex') WHERE number = :n",),
}


@pytest.mark.parametrize("kind", EDITS)
@pytest.mark.parametrize("number", [1, 137, 250])
def test_an_edited_entry_is_found_and_named(sealed_log: list[uuid.UUID], kind: str, number: int) -> None:
    tamper(*EDITS[kind], n=number)
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number, problem.event_id) == ("changed", number, str(sealed_log[number - 1]))
    assert f"Entry {number} " in problem.sentence


@pytest.mark.parametrize("number", [1, 137, 250])
def test_a_deleted_event_is_found_by_its_seal(sealed_log: list[uuid.UUID], number: int) -> None:
    tamper(f"DELETE FROM {EVENTS} {OF_ENTRY}", n=number)
    verdict = seals.verify()
    assert verdict.problem is not None
    assert (verdict.problem.kind, verdict.problem.number, verdict.checked) == ("deleted", number, number - 1)


@pytest.mark.parametrize("number", [1, 137])
def test_an_event_deleted_with_its_seal_leaves_a_gap(sealed_log: list[uuid.UUID], number: int) -> None:
    tamper(f"DELETE FROM {EVENTS} {OF_ENTRY}", f"DELETE FROM {SEALS} WHERE number = :n", n=number)
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("missing", number)


def test_a_gap_that_was_closed_by_renumbering_is_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(
        f"DELETE FROM {EVENTS} {OF_ENTRY}",
        f"DELETE FROM {SEALS} WHERE number = :n",
        f"UPDATE {SEALS} SET number = -number WHERE number > :n",
        f"UPDATE {SEALS} SET number = -number - 1 WHERE number < 0",
        n=137,
    )
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("changed", 137)


def test_swapped_entries_are_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(f"ALTER TABLE {SEALS} DROP CONSTRAINT uq_event_seals_event_id", SWAP, n=41)
    problem = seals.verify().problem
    tamper(SWAP, f"ALTER TABLE {SEALS} ADD CONSTRAINT uq_event_seals_event_id UNIQUE (event_id)", n=41)
    assert problem is not None
    assert (problem.kind, problem.number) == ("changed", 41)
    assert seals.verify().ok


def test_an_event_inserted_behind_the_portals_back_is_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(
        f"INSERT INTO {EVENTS} SELECT gen_random_uuid(), type, at, actor_id, organisation_id, candidate_id, job_id,"
        f" proposal_id, placement_id, recruiter_id, user_id, payload, correlation_id FROM {EVENTS} LIMIT 1"
    )
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("inserted", 251)


def test_an_event_deleted_before_it_was_sealed_is_found(sealed_log: list[uuid.UUID]) -> None:
    (waiting,) = happen(1)
    tamper(f"DELETE FROM {EVENTS} WHERE id = :id", id=waiting)
    assert seals.seal_pending(actor=SYSTEM) == 0
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.event_id) == ("deleted", str(waiting))


def restamp(key: bytes) -> None:
    """Compute the whole chain anew over what the log says now."""
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        query = f"SELECT s.number, e.* FROM {SEALS} s JOIN {EVENTS} e ON e.id = s.event_id ORDER BY s.number"
        digest = seals.START
        for row in session.execute(text(query)).all():
            digest = seals.link(key, row.number, seals.canonical(row), digest)
            update = text(f"UPDATE {SEALS} SET hash = :hash WHERE number = :number")
            session.execute(update, {"hash": digest, "number": row.number})


def test_a_chain_restamped_without_the_key_is_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(*EDITS["payload"], n=137)
    restamp(b"a guess")
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("changed", 1)


def test_a_chain_restamped_with_the_stolen_key_differs_from_the_next_checkpoint(sealed_log: list[uuid.UUID]) -> None:
    tamper(*EDITS["payload"], n=137)
    restamp(seals._keys()[0])
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("replaced", 200)


@pytest.mark.parametrize("kept", [0, 120, 199])
def test_a_tail_cut_off_is_found_by_the_checkpoints(sealed_log: list[uuid.UUID], kept: int) -> None:
    tamper(
        f"DELETE FROM {EVENTS} WHERE id IN (SELECT event_id FROM {SEALS} WHERE number > :n)",
        f"DELETE FROM {SEALS} WHERE number > :n",
        n=kept,
    )
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("truncated", kept + 1)
    assert "200 entries" in problem.sentence


def test_the_log_of_another_time_put_in_its_place_is_found(sealed_log: list[uuid.UUID], data_dir: Path) -> None:
    line = (data_dir / seals.CHECKPOINTS).read_text()
    tamper(f"DELETE FROM {SEALS}", f"DELETE FROM {EVENTS}", "DELETE FROM notifications.unsealed")
    happen(250)
    seals.seal_pending(actor=SYSTEM)
    (data_dir / seals.CHECKPOINTS).write_text(line)
    problem = seals.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("replaced", 100)


FORGED = {
    "a line of somebody else": lambda lines: [
        json.dumps(asdict(seals.Checkpoint(5, "00", "2026-11-24", "00"))),
        *lines,
    ],
    "not a line at all": lambda lines: [*lines, "{"],
    "no lines": lambda lines: [],
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_or_emptied_checkpoint_file_is_found(sealed_log: list[uuid.UUID], data_dir: Path, kind: str) -> None:
    file = data_dir / seals.CHECKPOINTS
    change: Callable[[list[str]], list[str]] = FORGED[kind]
    file.write_text("".join(f"{line}\n" for line in change(file.read_text().splitlines())))
    problem = seals.verify().problem
    assert problem is not None
    assert problem.kind == "checkpoint"


def test_an_untouched_log_verifies_and_names_its_head(sealed_log: list[uuid.UUID]) -> None:
    verdict = seals.verify()
    assert verdict.ok
    assert (verdict.checked, verdict.head_number, verdict.next) == (250, 250, None)
    assert seals.head() == (250, verdict.head_hash)
    assert verdict.as_json()["ok"] is True


def test_an_empty_log_verifies(data_dir: Path) -> None:
    assert seals.verify().ok
    assert seals.head() == (0, "00" * 32)
    assert seals.seal_pending(actor=SYSTEM) == 0


def test_the_parts_of_a_verification_add_up(sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "READ_CHUNK", 30)
    first = seals.verify(most=100)
    assert (first.ok, first.checked, first.next) == (True, 100, 100)
    rest = seals.verify(after=100, most=1_000)
    assert (rest.ok, rest.checked, rest.next) == (True, 150, None)
    assert seals.verify().checked == 250


def test_a_former_secret_still_verifies_what_it_sealed(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new secret of the portal, long enough")
    assert not seals.verify().ok
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    happen(30)
    seals.seal_pending(actor=SYSTEM)
    assert seals.verify().ok


def test_a_second_writer_leaves_at_once(data_dir: Path) -> None:
    happen(3)
    with Session(db.engine) as session, session.begin():
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": seals.LOCK})
        assert seals.seal_pending(actor=SYSTEM) == 0
    assert seals.seal_pending(actor=SYSTEM) == 3


def test_a_checkpoint_is_taken_after_ten_minutes_even_of_few_entries(data_dir: Path) -> None:
    for minutes, lines in ((0, 1), (9, 1), (11, 2)):
        with simulated(START + timedelta(minutes=minutes)):
            happen(1)
            seals.seal_pending(actor=SYSTEM)
        assert [mark.genuine for mark in seals.checkpoints()] == [True] * lines


def test_one_run_seals_all_that_waits_and_a_later_one_goes_on(data_dir: Path) -> None:
    happen(100)
    assert seals.seal_pending(actor=SYSTEM) == 100
    assert seals.seal_pending(actor=SYSTEM) == 0
    happen(1)
    assert seals.seal_pending(actor=SYSTEM) == 1
    assert seals.verify().head_number == 101
