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

from portal.domain.errors import InvalidInput
from portal.domain.events import DeliveryRetried
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.jobs import starting
from portal.runtime.clock import simulated
from portal.services.log import chain, checkpoints, verification
from portal.services.log.checkpoints import WrongSealKey
from portal.services.machinery import stamps
from portal.services.machinery.unit_of_work import unit_of_work
from tests import servers
from tests.cast import Cast
from tests.marketplace import proposed

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
    assert chain.seal_pending(actor=SYSTEM) == 250
    return ids


def happen(count: int, *, actor: Actor = SYSTEM) -> list[uuid.UUID]:
    """Record events, one after the other."""
    with unit_of_work(actor) as uow:
        return [uow.record(DeliveryRetried(delivery_id=uuid.uuid4())) for _ in range(count)]


def rest() -> None:
    """Run two rounds of the sealer, a minute apart, so that a checkpoint stands at the head and in the file."""
    for seconds in (70, 75):
        with simulated(datetime.now(UTC) + timedelta(seconds=seconds)):
            chain.seal_pending(actor=SYSTEM)


def found() -> tuple[str, int]:
    """Verify the log, which was tampered with, and return what is named."""
    problem = verification.verify().problem
    assert problem is not None
    return problem.kind, problem.number


def count(table: str) -> int:
    """Count the rows of a table."""
    with Session(db.engine) as session:
        return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def tamper(*statements: str, **values: object) -> None:
    """Change the tables as somebody with all rights over the database could: the guards stand aside."""
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})


EVENTS, SEALS = "network.marketplace_events", "network.event_seals"
MARKS, COPIES = "network.event_checkpoints", "network.event_checkpoint_copies"
INSERT_A_COPY = f"""INSERT INTO {EVENTS}
    SELECT gen_random_uuid(), type, at - interval '40 days', actor_id, organisation_id, candidate_id, job_id,
    proposal_id,
    placement_id, recruiter_id, user_id, payload, correlation_id, stamp
    FROM {EVENTS} LIMIT 1"""
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
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number, problem.event_id) == ("changed", number, str(sealed_log[number - 1]))
    assert f"Entry {number} " in problem.sentence


@pytest.mark.parametrize("number", [1, 137, 250])
def test_a_deleted_event_is_found_by_its_seal(sealed_log: list[uuid.UUID], number: int) -> None:
    tamper(f"DELETE FROM {EVENTS} {OF_ENTRY}", n=number)
    verdict = verification.verify()
    assert verdict.problem is not None
    assert (verdict.problem.kind, verdict.problem.number, verdict.checked) == ("deleted", number, number - 1)


@pytest.mark.parametrize("number", [1, 137])
def test_an_event_deleted_with_its_seal_leaves_a_gap(sealed_log: list[uuid.UUID], number: int) -> None:
    tamper(f"DELETE FROM {EVENTS} {OF_ENTRY}", f"DELETE FROM {SEALS} WHERE number = :n", n=number)
    problem = verification.verify().problem
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
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("changed", 137)


def test_swapped_entries_are_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(f"ALTER TABLE {SEALS} DROP CONSTRAINT uq_event_seals_event_id", SWAP, n=41)
    problem = verification.verify().problem
    tamper(SWAP, f"ALTER TABLE {SEALS} ADD CONSTRAINT uq_event_seals_event_id UNIQUE (event_id)", n=41)
    assert problem is not None
    assert (problem.kind, problem.number) == ("changed", 41)
    assert verification.verify().ok


def test_an_event_inserted_behind_the_portals_back_is_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(INSERT_A_COPY)
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("inserted", 251)


def test_an_event_deleted_before_it_was_sealed_is_found(sealed_log: list[uuid.UUID]) -> None:
    (waiting,) = happen(1)
    tamper(f"DELETE FROM {EVENTS} WHERE id = :id", id=waiting)
    assert chain.seal_pending(actor=SYSTEM) == 0
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.kind, problem.event_id) == ("deleted", str(waiting))


def restamp(key: stamps.SealKey) -> None:
    """Stamp and seal the whole log anew with a key, over what it says now."""
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        query = (
            f"SELECT s.number, s.sealed_at, e.* FROM {SEALS} s JOIN {EVENTS} e ON e.id = s.event_id ORDER BY s.number"
        )
        digest = chain.START
        for row in session.execute(text(query)).all():
            mark = stamps.stamped(key, stamps.canonical(row._mapping))
            content = b"%s\n%s" % (stamps.canonical(row._mapping), mark.encode())
            digest = chain.link(key, row.number, row.sealed_at, content, digest)
            session.execute(
                text(f"UPDATE {SEALS} SET hash = :hash WHERE number = :number"), {"hash": digest, "number": row.number}
            )
            session.execute(text(f"UPDATE {EVENTS} SET stamp = :mark WHERE id = :id"), {"mark": mark, "id": row.id})


def test_a_chain_restamped_without_the_key_is_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(*EDITS["payload"], n=137)
    restamp(stamps.SealKey(1, b"a guess"))
    assert found() == ("changed", 1)


def test_a_chain_restamped_with_the_stolen_key_differs_from_the_next_checkpoint(sealed_log: list[uuid.UUID]) -> None:
    tamper(*EDITS["payload"], n=137)
    restamp(stamps.sealing_key())
    assert found() == ("replaced", 200)


@pytest.mark.parametrize("kept", [0, 120, 199])
def test_a_tail_cut_off_is_found_by_the_checkpoints(sealed_log: list[uuid.UUID], kept: int) -> None:
    tamper(
        f"DELETE FROM {EVENTS} WHERE id IN (SELECT event_id FROM {SEALS} WHERE number > :n)",
        f"DELETE FROM {SEALS} WHERE number > :n",
        n=kept,
    )
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("truncated", kept + 1)
    assert "200 entries" in problem.sentence


CUT_TAIL = (
    f"DELETE FROM {EVENTS} WHERE id IN (SELECT event_id FROM {SEALS} WHERE number > :n)",
    f"DELETE FROM {SEALS} WHERE number > :n",
)


@pytest.mark.parametrize("kept", [249, 200, 0])
def test_a_tail_cut_off_after_the_log_came_to_rest_is_found(sealed_log: list[uuid.UUID], kept: int) -> None:
    rest()
    tamper(*CUT_TAIL, n=kept)
    assert found() == ("truncated", kept + 1)


def test_a_tail_cut_off_with_the_checkpoint_file_is_found_by_the_database(
    sealed_log: list[uuid.UUID], data_dir: Path
) -> None:
    (data_dir / checkpoints.FILE).write_text("")
    tamper(*CUT_TAIL, n=120)
    assert found() == ("truncated", 121)


def test_a_tail_cut_off_with_the_databases_checkpoints_is_found_by_the_file(sealed_log: list[uuid.UUID]) -> None:
    tamper(*CUT_TAIL, f"DELETE FROM {COPIES}", f"DELETE FROM {MARKS}", n=120)
    assert found() == ("truncated", 121)


def test_a_tail_cut_off_everywhere_is_found_by_a_line_kept_elsewhere(
    sealed_log: list[uuid.UUID], data_dir: Path
) -> None:
    newest = checkpoints.newest()
    assert newest is not None
    (data_dir / checkpoints.FILE).unlink()
    tamper(*CUT_TAIL, f"DELETE FROM {COPIES}", f"DELETE FROM {MARKS}", n=120)
    assert verification.verify().ok
    problem = verification.verify(kept=[json.dumps(asdict(newest))]).problem
    assert problem is not None
    assert problem.kind == "truncated"


def test_a_log_that_lost_all_its_checkpoints_is_found_by_their_absence(
    sealed_log: list[uuid.UUID], data_dir: Path
) -> None:
    (data_dir / checkpoints.FILE).unlink()
    tamper(f"DELETE FROM {COPIES}", f"DELETE FROM {MARKS}")
    assert found() == ("checkpoint", 1)
    assert verification.checkpoint_age(START) is None


def test_the_log_of_another_time_put_in_its_place_is_found(sealed_log: list[uuid.UUID]) -> None:
    tamper(f"DELETE FROM {SEALS}", f"DELETE FROM {EVENTS}", "DELETE FROM notifications.unsealed")
    happen(250)
    chain.seal_pending(actor=SYSTEM)
    assert found() == ("replaced", 100)


def _lines(data_dir: Path) -> list[str]:
    return (data_dir / checkpoints.FILE).read_text().splitlines()


FORGED: dict[str, Callable[[list[str]], list[str]]] = {
    "a line of somebody else": lambda lines: [
        json.dumps(asdict(checkpoints.Checkpoint(5, "head", "00", "2026-11-24", 1, "", "00"))),
        *lines,
    ],
    "a signature with a letter of another alphabet": lambda lines: [
        *lines[:-1],
        lines[-1].replace('"mac": "', '"mac": "é'),
    ],
    "the middle line taken out": lambda lines: [lines[0], *lines[2:]],
    "the last line taken out": lambda lines: lines[:-1],
    "the middle line made unreadable": lambda lines: [lines[0], "{", *lines[2:]],
    "a number changed": lambda lines: [*lines[:-1], lines[-1].replace('"number": ', '"number": 1')],
    "no lines": lambda lines: [],
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_or_shortened_checkpoint_file_is_found(sealed_log: list[uuid.UUID], data_dir: Path, kind: str) -> None:
    rest()
    changed = FORGED[kind](_lines(data_dir))
    (data_dir / checkpoints.FILE).write_text("".join(f"{line}\n" for line in changed))
    assert found()[0] == "checkpoint"


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_a_checkpoint_taken_out_of_the_database_is_found(sealed_log: list[uuid.UUID], which: str) -> None:
    rest()
    ids = "SELECT id FROM network.event_checkpoints ORDER BY id"
    with Session(db.engine) as session:
        all_ids = session.execute(text(ids)).scalars().all()
    gone = {"first": all_ids[0], "middle": all_ids[1], "last": all_ids[-1]}[which]
    tamper(f"DELETE FROM {COPIES} WHERE checkpoint_id = :id", f"DELETE FROM {MARKS} WHERE id = :id", id=gone)
    assert found()[0] == "checkpoint"


def test_a_line_torn_by_a_full_disk_is_passed_over(sealed_log: list[uuid.UUID], data_dir: Path) -> None:
    with (data_dir / checkpoints.FILE).open("a") as file:
        file.write('{"number": 2')
    assert verification.verify().ok
    happen(100)
    chain.seal_pending(actor=SYSTEM)
    chain.seal_pending(actor=SYSTEM)
    assert verification.verify().ok


@pytest.mark.parametrize(
    "damage",
    [
        {"mac": "\ud800"},
        {"at": "\udfff"},
        {"number": float("inf")},
        {"key": float("-inf")},
        {"number": float("nan")},
        {"key": None},
        {"number": "9" * 5000},
        None,
    ],
)
def test_a_damaged_line_of_the_checkpoint_file_is_no_checkpoint(damage: dict[str, object] | None) -> None:
    said = {"number": 1, "kind": "head", "hash": "00", "at": "2026-11-24", "key": 1, "previous": "", "mac": "00"}
    line = "[" * 100_000 if damage is None else json.dumps({**said, **damage})
    assert checkpoints.is_line(json.dumps(said))
    assert not checkpoints.is_line(line)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_command_reads_kept_lines_in_any_encoding(
    app: Flask, sealed_log: list[uuid.UUID], tmp_path: Path, encoding: str
) -> None:
    shell, kept = app.test_cli_runner(), tmp_path / "kept"
    kept.write_text("# geprüft\n" + shell.invoke(args=["events", "checkpoint"]).output, encoding=encoding)
    assert shell.invoke(args=["events", "verify", "--kept", str(kept)]).exit_code == 0
    kept.write_bytes(b"caf\xe9\n")
    assert "This file has no checkpoint in it" in shell.invoke(args=["events", "verify", "--kept", str(kept)]).output


def test_a_host_without_a_file_of_its_own_verifies_by_the_database(
    app: Flask, sealed_log: list[uuid.UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path / "second"))
    assert verification.verify().ok
    chain.seal_pending(actor=SYSTEM)
    assert len(_lines(tmp_path / "second")) == 2


def test_hosts_that_share_a_directory_write_one_file(
    app: Flask, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "EVENT_CHECKPOINT_DIR", str(tmp_path / "shared"))
    for host in ("one", "two", "one"):
        monkeypatch.setattr("socket.gethostname", lambda host=host: host)
        happen(100)
        chain.seal_pending(actor=SYSTEM)
    assert len(_lines(tmp_path / "shared")) == 3
    assert verification.verify().ok


def test_hosts_that_reach_a_shared_directory_by_different_paths_write_each_line_once(
    app: Flask, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [tmp_path / "mnt", tmp_path / "srv"]
    for number, mount in enumerate([*mounts, *mounts]):
        mount.mkdir(exist_ok=True)
        if number == 1:
            (mount / checkpoints.FILE).hardlink_to(mounts[0] / checkpoints.FILE)
        monkeypatch.setitem(app.config, "EVENT_CHECKPOINT_DIR", str(mount))
        happen(100)
        chain.seal_pending(actor=SYSTEM)
        assert verification.verify().ok
    assert len(_lines(mounts[0])) == 4


def test_a_file_with_more_lines_than_the_table_says_it_was_given_is_no_finding(sealed_log: list[uuid.UUID]) -> None:
    tamper(f"DELETE FROM {COPIES}")
    assert verification.verify().ok


def test_a_directory_that_cannot_be_written_stops_no_sealing_and_is_told_of_until_it_can(
    app: Flask, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in the way").write_text("")
    monkeypatch.setitem(app.config, "EVENT_CHECKPOINT_DIR", str(tmp_path / "in the way"))
    happen(250)
    assert chain.seal_pending(actor=SYSTEM) == 250
    assert verification.verify().ok
    assert checkpoints.uncopied_seconds() > 0
    monkeypatch.setitem(app.config, "EVENT_CHECKPOINT_DIR", str(tmp_path / "free"))
    chain.seal_pending(actor=SYSTEM)
    assert checkpoints.uncopied_seconds() == 0


BEFORE_THE_SEAL = {
    "edited": f"""UPDATE {EVENTS} SET payload = '{{"delivery_id": "x"}}' WHERE id = :id""",
    "dated back": f"UPDATE {EVENTS} SET at = at - interval '40 days' WHERE id = :id",
    "stamped anew": f"UPDATE {EVENTS} SET stamp = '1:00' WHERE id = :id",
    "stamped with no key": f"UPDATE {EVENTS} SET stamp = 'none' WHERE id = :id",
    "put under another key": f"UPDATE {EVENTS} SET stamp = '7' || substr(stamp, 2) WHERE id = :id",
}


@pytest.mark.parametrize("kind", BEFORE_THE_SEAL)
def test_an_event_changed_before_it_is_sealed_is_found(sealed_log: list[uuid.UUID], kind: str) -> None:
    (waiting,) = happen(1)
    tamper(BEFORE_THE_SEAL[kind], id=waiting)
    assert chain.seal_pending(actor=SYSTEM) == 1
    assert found() == ("forged", 251)


def test_an_event_inserted_to_be_sealed_is_found(sealed_log: list[uuid.UUID]) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(text(INSERT_A_COPY))
    assert chain.seal_pending(actor=SYSTEM) == 1
    assert found()[0] == "forged"


def test_a_time_of_sealing_cannot_be_edited(sealed_log: list[uuid.UUID]) -> None:
    tamper(f"UPDATE {SEALS} SET sealed_at = sealed_at - interval '1 day' WHERE number = :n", n=137)
    assert found() == ("changed", 137)


BEHIND_THE_LOG = {
    "a state": "UPDATE network.candidate_role_assignments SET state = 'company_reviewing'",
    "a step of a history": "UPDATE network.proposal_states SET at = at - interval '1 hour'",
    "a claim": "UPDATE ats.candidate_sourcers SET sourced_at = sourced_at - interval '30 days'",
    "a step of a placement": """INSERT INTO ats.placement_states (id, placement_id, to_state, at, by)
        SELECT gen_random_uuid(), gen_random_uuid(), 'hired', now(), id FROM identity.users LIMIT 1""",
    "a step of a dispute": """INSERT INTO network.dispute_states (id, dispute_id, to_state, at, by)
        SELECT gen_random_uuid(), gen_random_uuid(), 'open', now(), id FROM identity.users LIMIT 1""",
    "a split sheet": """INSERT INTO ats.split_sheets (placement_id, version, receipt, sha256, locked, cause, at, by)
        SELECT gen_random_uuid(), 1, '{}', '', false, 'hire', now(), id FROM identity.users LIMIT 1""",
    "a transfer": """INSERT INTO billing.ledger_transfers
        (id, operation_id, kind, debit_id, credit_id, amount_minor, currency, event_id, at, actor_id, digest)
        SELECT gen_random_uuid(), gen_random_uuid(), 'payout_paid', gen_random_uuid(), gen_random_uuid(), 1, 'USD',
        event.id, now(), event.actor_id, '' FROM network.marketplace_events AS event LIMIT 1""",
}


@pytest.mark.parametrize("kind", BEHIND_THE_LOG)
def test_what_is_changed_behind_the_log_is_found(cast: Cast, data_dir: Path, kind: str) -> None:
    proposed(cast)
    chain.seal_pending(actor=SYSTEM)
    assert verification.verify().problem is None
    tamper(BEHIND_THE_LOG[kind])
    assert found()[0] == "untold"


def test_an_untouched_log_verifies_and_names_its_head(sealed_log: list[uuid.UUID]) -> None:
    verdict = verification.verify()
    assert verdict.ok
    assert (verdict.checked, verdict.head_number, verdict.next) == (250, 250, None)
    assert chain.head() == (250, verdict.head_hash)
    assert verdict.as_json()["ok"] is True


def test_an_empty_log_verifies(data_dir: Path) -> None:
    assert verification.verify().ok
    assert chain.head() == (0, "00" * 32)
    assert chain.seal_pending(actor=SYSTEM) == 0


def test_the_parts_of_a_verification_add_up(sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "READ_CHUNK", 30)
    first = verification.verify(most=100)
    assert (first.ok, first.checked, first.next) == (True, 100, 100)
    rest = verification.verify(after=100, most=1_000)
    assert (rest.ok, rest.checked, rest.next) == (True, 150, None)
    assert verification.verify().checked == 250


def test_a_new_secret_for_cookies_never_touches_the_log(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new secret of the portal, long enough")
    assert verification.verify().ok


def rotate(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a new key in front, and return the list of before."""
    before = app.config["EVENT_SEAL_KEYS"]
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", stamps.with_new_key("another-key-long-enough-to-be-one"))
    return str(before)


def test_a_new_key_seals_from_now_on_and_the_former_one_verifies_what_it_sealed(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    (stamped_before,) = happen(1)
    rotate(app, monkeypatch)
    happen(30)
    assert chain.seal_pending(actor=SYSTEM) == 31
    assert verification.verify().ok, stamped_before


def test_a_retired_key_seals_and_stamps_nothing_any_more(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    former = rotate(app, monkeypatch)
    with simulated(START + timedelta(days=1)):
        happen(1)
        chain.seal_pending(actor=SYSTEM)
        rotated = app.config["EVENT_SEAL_KEYS"]
    with simulated(START + timedelta(days=2)):
        monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", former)
        happen(1)
        assert chain.seal_pending(actor=SYSTEM) == 0
        monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", rotated)
        assert chain.seal_pending(actor=SYSTEM) == 1
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.kind, problem.number) == ("forged", 252)
    assert "is stamped with key 1, which had been retired by then" in problem.sentence


def test_a_key_that_only_stamped_is_named(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    former = rotate(app, monkeypatch)
    happen(1)
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", former)
    chain.seal_pending(actor=SYSTEM)
    problem = verification.verify().problem
    assert problem is not None
    assert problem.sentence.endswith("is stamped with key 2, which is not in EVENT_SEAL_KEYS.")


def test_a_key_that_is_not_listed_is_named(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", "2:another-key-long-enough-to-be-one")
    problem = verification.verify().problem
    assert problem is not None
    assert "key 1, which is not in EVENT_SEAL_KEYS" in problem.sentence


def test_a_key_that_signed_a_checkpoint_alone_is_named(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    former = rotate(app, monkeypatch)
    verification.keep_verified(verification.verify(), actor=SYSTEM)
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", former)
    problem = verification.verify().problem
    assert problem is not None
    assert problem.sentence.endswith("was signed with key 2, which is not in EVENT_SEAL_KEYS.")


def test_a_key_that_was_replaced_under_its_number_is_named(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(*EDITS["payload"], n=137)
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.number, "EVENT_SEAL_KEYS" in problem.sentence) == (137, False)
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", "1:another-key-long-enough-to-be-one")
    problem = verification.verify().problem
    assert problem is not None
    assert (problem.number, "Or key 1 in EVENT_SEAL_KEYS is not the one" in problem.sentence) == (1, True)


def test_another_secret_under_the_key_s_number_seals_nothing_and_no_process_starts_with_it(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(1)
    right = app.config["EVENT_SEAL_KEYS"]
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", "1:another-key-long-enough-to-be-one")
    with pytest.raises(WrongSealKey, match=r"^EVENT_SEAL_KEYS begins with key 1, but not the one .* put key 1 back"):
        chain.seal_pending(actor=SYSTEM)
    monkeypatch.setattr(starting, "create_app", lambda: app)
    with pytest.raises(SystemExit, match="give a new one a higher number"):
        starting.application()
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", right)
    with db.engine.begin() as connection:  # the newest checkpoint was forged: a finding, which stops nobody
        columns = "number, kind, hash, at, key_number, previous, mac"
        forged = f"SELECT number, kind, hash, at, key_number, mac, 'forged' FROM {checkpoints.C.__table__.fullname}"
        connection.execute(text(f"INSERT INTO network.event_checkpoints ({columns}) {forged} ORDER BY id DESC LIMIT 1"))
    assert chain.seal_pending(actor=SYSTEM) == 1
    checkpoints.check_key()


def test_a_process_with_a_retired_key_does_not_start(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    former = rotate(app, monkeypatch)
    happen(1_000)
    chain.seal_pending(actor=SYSTEM)
    checkpoints.check_key()
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", former)
    with pytest.raises(WrongSealKey, match="begins with key 1, but key 2 seals the event log by now: put key 2 back"):
        checkpoints.check_key()


def writing_commands(app: Flask) -> set[tuple[str, ...]]:
    """List the commands that write what they do into the log."""
    reading = {("check",), ("openapi",), ("run",), ("shell",), ("routes",), ("db",), ("ledger", "verify")}
    reading |= {("events", name) for name in ("verify", "checkpoint", "new-key", "months")} | {("demo", "load")}
    groups = ((name, command) for name, command in app.cli.commands.items())
    named = {
        (group, *([name] if name else [])) for group, command in groups for name in getattr(command, "commands", [""])
    }
    return {name for name in named if name not in reading and name[:1] not in reading}


def test_no_command_stamps_with_another_secret(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    typed = {
        ("admit",): ["--name", "Ada", "--email", "ada@mail.test"],
        ("setup",): ["--platform", "P", "--name", "Ada", "--email", "ada@mail.test"],
        ("candidates", "erase"): ["lena@mail.test", "--yes"],
        ("candidates", "phones"): ["--mend"],
        ("events", "archive"): ["--before", "2020-01", "--to", str(tmp_path)],
        ("events", "restored"): ["--reason", "A backup"],
        ("identities", "link"): ["pia@demo.test", "subject", "--issuer", "https://idp.test"],
        ("identities", "unlink"): ["nobody@mail.test"],
        ("mails", "archive"): ["--before", "2020-01", "--to", str(tmp_path)],
        ("tokens", "issue"): ["pia@demo.test"],
    }
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", "1:another-key-long-enough-to-be-one")
    for command in sorted(writing_commands(app)):
        done = app.test_cli_runner().invoke(args=[*command, *typed.get(command, [])])
        assert (done.exit_code, "not the one that sealed the event log" in done.output) == (1, True), command


def test_a_database_without_tables_says_nothing_of_a_key(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "COLUMNS", (text("no_such_column"),))
    checkpoints.check_key()


def test_a_seal_with_a_key_retired_before_it_is_found(
    app: Flask, sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate(app, monkeypatch)
    happen(2)
    chain.seal_pending(actor=SYSTEM)
    tamper(f"UPDATE {SEALS} SET key_number = 1 WHERE number = 252")
    assert found() == ("changed", 252)


def test_what_was_sealed_under_the_secret_of_cookies_still_verifies(
    app: Flask, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(3)
    chain.seal_pending(actor=SYSTEM)
    as_before_keys(app)
    happen(2)
    chain.seal_pending(actor=SYSTEM)
    assert verification.verify().ok
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new secret of the portal, long enough")
    assert found() == ("changed", 1)
    old = chain._derive(servers.SETTINGS["SECRET_KEY"]).hex()  # type: ignore[arg-type]
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", f"{app.config['EVENT_SEAL_KEYS']},0:{old}")
    assert verification.verify().ok


def as_before_keys(app: Flask) -> None:
    """Make the log one of before there were keys: no stamps, seals under SECRET_KEY, no checkpoints."""
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(f"UPDATE {EVENTS} SET stamp = ''"))
        session.execute(text(f"DELETE FROM {COPIES}"))
        session.execute(text(f"DELETE FROM {MARKS}"))
        checkpoints.file().unlink(missing_ok=True)
        query = f"SELECT s.number, e.* FROM {SEALS} s JOIN {EVENTS} e ON e.id = s.event_id ORDER BY s.number"
        digest = chain.START
        for row in session.execute(text(query)).all():
            (digest,) = chain.legacy_links(row.number, stamps.canonical(row._mapping), digest)
            update = text(f"UPDATE {SEALS} SET hash = :hash, key_number = 0 WHERE number = :number")
            session.execute(update, {"hash": digest, "number": row.number})


def test_a_restore_from_an_older_backup_is_recorded_and_no_fault_from_then_on(sealed_log: list[uuid.UUID]) -> None:
    tamper(*CUT_TAIL, f"DELETE FROM {COPIES}", f"DELETE FROM {MARKS} WHERE number > :n", n=150)
    assert found()[0] == "truncated"
    assert verification.restored("Backup of yesterday, after the disk failed.", actor=SYSTEM) == 150
    assert verification.verify().ok
    happen(150)
    chain.seal_pending(actor=SYSTEM)
    assert verification.verify().ok


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "bell\a"])
def test_a_restore_that_says_no_reason_is_not_recorded(sealed_log: list[uuid.UUID], reason: str) -> None:
    with pytest.raises(InvalidInput):
        verification.restored(reason, actor=SYSTEM)
    assert verification.verify().head_number == 250


def test_a_verification_starts_where_the_last_one_found_the_log_whole(sealed_log: list[uuid.UUID]) -> None:
    assert verification.progress().verified == 0
    verification.keep_verified(verification.verify(), actor=SYSTEM)
    assert verification.progress().verified == 250
    happen(1)
    chain.seal_pending(actor=SYSTEM)
    assert verification.verify(after=verification.progress().verified).checked == 1


def test_a_verdict_of_damage_is_not_kept(sealed_log: list[uuid.UUID]) -> None:
    tamper(*EDITS["payload"], n=137)
    verification.keep_verified(verification.verify(), actor=SYSTEM)
    assert verification.progress().verified == 0


def test_a_verdict_kept_for_another_chain_does_not_count(sealed_log: list[uuid.UUID]) -> None:
    verification.keep_verified(verification.verify(), actor=SYSTEM)
    tamper(*EDITS["seal"], n=250)
    assert verification.progress().verified == 0


def check_regularly(times: int) -> list[int]:
    """Pass so many hours, and return how many entries each check looked at again."""
    return [verification.check_regularly(actor=SYSTEM).checked for _ in range(times)]


def test_what_was_verified_before_is_checked_again_in_slices(
    sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "SLICE_LEAST", 100)
    assert check_regularly(5) == [100, 100, 50, 100, 100]
    assert verification.progress() == (250, 200)
    happen(50)
    chain.seal_pending(actor=SYSTEM)
    assert check_regularly(2) == [100, 100]


def test_a_long_log_is_checked_again_within_a_week(
    sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "SLICE_LEAST", 1)
    assert check_regularly(1) == [2]
    assert 2 * (timedelta(days=7) // timedelta(hours=1)) >= len(sealed_log)


def test_an_empty_log_is_checked_regularly(data_dir: Path) -> None:
    assert check_regularly(1) == [0]


@pytest.mark.parametrize(("kind", "number"), [("actor", 1), ("payload", 137), ("seal", 137), ("time", 249)])
def test_what_is_changed_after_it_was_verified_is_found_by_the_regular_checks(
    sealed_log: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch, kind: str, number: int
) -> None:
    monkeypatch.setattr(verification, "SLICE_LEAST", 100)
    check_regularly(2)
    tamper(*EDITS[kind], n=number)
    with pytest.raises(verification.HistoryChanged, match=f"Entry {number} "):
        check_regularly(3)


@pytest.mark.parametrize("number", [1, 249])
def test_what_is_deleted_after_it_was_verified_is_found_by_the_regular_checks(
    sealed_log: list[uuid.UUID], number: int
) -> None:
    check_regularly(1)
    tamper(f"DELETE FROM {EVENTS} {OF_ENTRY}", n=number)
    with pytest.raises(verification.HistoryChanged, match=f"Entry {number}: its event was deleted"):
        check_regularly(1)


def test_a_finding_among_the_new_entries_comes_first(sealed_log: list[uuid.UUID]) -> None:
    check_regularly(1)
    happen(1)
    chain.seal_pending(actor=SYSTEM)
    tamper(*EDITS["payload"], n=251)
    with pytest.raises(verification.HistoryChanged, match="Entry 251 "):
        check_regularly(1)
    assert verification.progress() == (250, 250)


def test_a_part_does_not_count_for_what_lies_before_it(sealed_log: list[uuid.UUID]) -> None:
    verification.keep_verified(verification.verify(after=200), actor=SYSTEM)
    assert verification.progress().verified == 0
    verification.keep_verified(verification.verify(most=200), actor=SYSTEM)
    verification.keep_verified(verification.verify(after=200), actor=SYSTEM)
    assert verification.progress().verified == 250


def test_nobody_marks_while_another_writes(sealed_log: list[uuid.UUID]) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": chain.LOCK})
        check_regularly(1)
    assert verification.progress() == (0, 0)


def test_a_second_writer_leaves_at_once(data_dir: Path) -> None:
    happen(3)
    with Session(db.engine) as session, session.begin():
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": chain.LOCK})
        assert chain.seal_pending(actor=SYSTEM) == 0
    assert chain.seal_pending(actor=SYSTEM) == 3


def test_a_minute_in_which_something_was_sealed_leaves_a_checkpoint(data_dir: Path) -> None:
    for seconds, marks in ((0, 1), (50, 1), (70, 2)):
        with simulated(START + timedelta(seconds=seconds)):
            happen(1)
            chain.seal_pending(actor=SYSTEM)
        assert count(MARKS) == marks


def test_a_log_that_came_to_rest_has_a_checkpoint_at_its_head(data_dir: Path) -> None:
    for seconds in (0, 5, 90):
        with simulated(START + timedelta(seconds=seconds)):
            happen(1 if seconds < 90 else 0)
            chain.seal_pending(actor=SYSTEM)
    newest = checkpoints.newest()
    assert newest is not None
    assert (newest.number, newest.genuine) == (2, True)
    assert verification.checkpoint_age(START + timedelta(seconds=100)) == timedelta(seconds=10)


def test_each_hundred_entries_leave_a_checkpoint_however_they_are_sealed(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "CHUNK", 230)
    for seconds, waiting in ((0, 60), (5, 60), (10, 60), (15, 250)):
        with simulated(START + timedelta(seconds=seconds)):
            happen(waiting)
            assert chain.seal_pending(actor=SYSTEM) == waiting
    with Session(db.engine) as session:
        marked = session.scalars(text(f"SELECT number FROM {MARKS} ORDER BY id")).all()
    assert marked == [60, 160, 260, 360]
    assert verification.verify().head_number == 430


def test_one_run_seals_all_that_waits_and_a_later_one_goes_on(data_dir: Path) -> None:
    happen(100)
    assert chain.seal_pending(actor=SYSTEM) == 100
    assert chain.seal_pending(actor=SYSTEM) == 0
    happen(1)
    assert chain.seal_pending(actor=SYSTEM) == 1
    assert verification.verify().head_number == 101
