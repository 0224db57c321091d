"""Archives: a month leaves the log for a file that verifies by itself, and what is left verifies on."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import DeliveryRetried
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Delivery
from portal.queries.log import slices
from portal.runtime.clock import simulated
from portal.services.billing import verification as books
from portal.services.log import archive_files, archives, archiving, chain, months, verification
from portal.services.log.verification import HistoryChanged, Verdict
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.messages import retention
from tests import servers
from tests.cast import Cast, assemble
from tests.letters import attempts, deliveries, queued, relayed
from tests.marketplace import proposed

LOG, SEALS = "network.marketplace_events", "network.event_seals"
COPIED = "type, at, actor_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, payload, correlation_id, stamp"
SYSTEM = system_actor(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


@pytest.fixture
def scratch(worker_id: str, tmp_path: Path) -> Iterator[Flask]:
    """Return an app on a database of its own, whose tables may be changed."""
    files = {"PORTAL_DATA_DIR": str(tmp_path)}
    with servers.another_app(f"portal_archive_{worker_id}", worker_id, **files) as app, app.app_context():
        yield app


def end() -> datetime:
    """Return when the first partition of the log ends."""
    return months.closed(datetime(2100, 1, 1, tzinfo=UTC))[0].until


def happen(at: datetime, count: int = 1) -> list[uuid.UUID]:
    """Record events of a time, and return their ids."""
    with simulated(at), unit_of_work(SYSTEM) as uow:
        return [uow.record(DeliveryRetried(delivery_id=uuid.uuid4())) for _ in range(count)]


def told() -> None:
    """Relay and seal what happened."""
    relayed()
    chain.seal_pending(actor=SYSTEM)


@pytest.fixture
def two_months(scratch: Flask) -> datetime:
    """Return the end of a month with 130 events; the seal of one of the next month lies between theirs."""
    until = end()
    happen(until - timedelta(days=3), 120)
    told()
    happen(until + timedelta(days=1))
    told()
    happen(until - timedelta(days=1), 10)
    told()
    return until


def archive(until: datetime, place: Path) -> list[archives.Archive]:
    """Archive what lies before a time, two years later."""
    with simulated(until + timedelta(days=730)):
        return list(archiving.archive(until, place, actor=SYSTEM))


def tamper(statement: str) -> None:
    """Change the tables as somebody with all rights over the database could."""
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))


def problem(verdict: Verdict) -> tuple[str, int]:
    """Return what a verification named."""
    assert verdict.problem is not None
    return verdict.problem.kind, verdict.problem.number


def test_a_month_leaves_and_both_the_file_and_the_rest_verify(
    scratch: Flask, two_months: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_files, "READ_CHUNK", 50)
    assert archives.begins_for_pages() is None
    (found,) = archive(two_months, tmp_path)
    file = tmp_path / found.name
    assert found.name == f"events-before-{two_months:%Y-%m}.jsonl.gz"
    assert (found.entries, archives.begins(), archives.listed()) == (130, two_months, (found,))
    assert archives.begins_for_pages() == two_months
    verdict = archive_files.verify(file)
    assert (verdict.ok, verdict.checked, verdict.head_number) == (True, 130, 131)
    assert all(month.until > two_months for month in months.closed(datetime(2100, 1, 1, tzinfo=UTC)))
    chain.seal_pending(actor=SYSTEM)
    whole = verification.verify()
    assert (whole.problem, whole.checked) == (None, 132)
    assert books.verify().ok
    assert archive(two_months, tmp_path) == []
    said = scratch.test_cli_runner().invoke(args=["events", "verify", "--archive", str(file)])
    assert (said.exit_code, said.output[:35]) == (0, f"All 130 entries of {found.name} are"[:35])


def test_a_file_that_was_changed_is_found_out(two_months: datetime, tmp_path: Path) -> None:
    (found,) = archive(two_months, tmp_path)
    lines = gzip.decompress((tmp_path / found.name).read_bytes()).splitlines(keepends=True)
    edited = orjson.loads(lines[5])
    edited["event"]["payload"]["delivery_id"] = "another"
    wrong = tmp_path / "wrong.jsonl.gz"

    def said(*parts: bytes) -> tuple[str, int]:
        wrong.write_bytes(gzip.compress(b"".join(parts)))
        return problem(archive_files.verify(wrong))

    assert said(*lines[:5], orjson.dumps(edited) + b"\n", *lines[6:]) == ("changed", 5)
    assert said(*lines[:5], *lines[6:]) == ("missing", 5)
    assert said(*lines[:-2], lines[-1]) == ("changed", 130)
    assert said(*lines[:-1]) == ("truncated", 131)
    assert said(lines[0], b"{}\n") == ("damaged", 0)
    assert said(b'{"format": "another"}\n') == ("damaged", 0)
    for added in (lines[5], lines[-1], b"{}"):
        assert said(*lines, b"\n", added) == ("changed", 131)
    for name, value in {"entries": 129, "sha256": "ab" * 32, "key": 9, "mac": "ab" * 32}.items():
        assert said(*lines[:-1], orjson.dumps({**orjson.loads(lines[-1]), name: value})) == ("changed", 131)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda packed: packed[:-200], "use the other copy of it."),
        (lambda packed: packed[:15] + b"\xff\xff" + packed[17:], "use the other copy of it."),
        (lambda packed: packed + b"junk", "use the other copy of it."),
        (lambda packed: _edited(packed, "sealed_at", "0001-01-01T00:00:00+14:00"), "use the other copy of it."),
        (lambda packed: gzip.decompress(packed), "This is not an archive of the event log."),
    ],
)
def test_a_file_that_a_disk_damaged_is_named(
    two_months: datetime, tmp_path: Path, damage: Callable[[bytes], bytes], sentence: str
) -> None:
    (found,) = archive(two_months, tmp_path)
    wrong = tmp_path / "wrong.jsonl.gz"
    wrong.write_bytes(damage((tmp_path / found.name).read_bytes()))
    told_of = archive_files.verify(wrong).problem
    assert told_of is not None
    assert (told_of.kind, told_of.sentence.endswith(sentence)) == ("damaged", True)


def _edited(packed: bytes, name: str, value: str) -> bytes:
    first, entry, *rest = gzip.decompress(packed).splitlines(keepends=True)
    return gzip.compress(b"".join([first, orjson.dumps({**orjson.loads(entry), name: value}), b"\n", *rest]))


def test_a_key_that_signed_only_an_archive_is_named(
    scratch: Flask, two_months: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = str(scratch.config["EVENT_SEAL_KEYS"])
    monkeypatch.setitem(scratch.config, "EVENT_SEAL_KEYS", f"2:a-second-key-long-enough-to-be-one,{former}")
    (found,) = archive(two_months, tmp_path)
    monkeypatch.setitem(scratch.config, "EVENT_SEAL_KEYS", former)
    for verdict, what in (
        (archive_files.verify(tmp_path / found.name), "The last line is signed"),
        (verification.verify(), f"The archive {found.name} was signed"),
    ):
        assert verdict.problem is not None
        assert verdict.problem.sentence == f"{what} with key 2, which is not in EVENT_SEAL_KEYS."


def test_entries_that_only_seem_archived_are_found(two_months: datetime, tmp_path: Path) -> None:
    archive(two_months, tmp_path)
    told()
    forged = """INSERT INTO network.event_archives SELECT gen_random_uuid(), 'forged', until_id,
        'ffffffff-ffff-7fff-bfff-ffffffffffff', until, 1, digest, at, key_number, mac FROM network.event_archives"""
    tamper(forged)
    assert problem(verification.verify()) == ("archive", 132)
    tamper(f"DELETE FROM {LOG} WHERE id IN (SELECT event_id FROM {SEALS} WHERE number = 121)")
    assert problem(verification.verify()) == ("deleted", 121)
    tamper("UPDATE network.event_seals SET hash = decode(repeat('ab', 32), 'hex') WHERE number = 100")
    assert problem(verification.verify()) == ("replaced", 100)
    tamper("DELETE FROM network.event_seals WHERE number = 50")
    assert problem(verification.verify()) == ("missing", 50)


def test_what_is_still_needed_stays(scratch: Flask, tmp_path: Path) -> None:
    until = end()
    assert archive(until, tmp_path) == []
    event_id = happen(until - timedelta(days=3))[0]
    with pytest.raises(InvalidInput):
        list(archiving.archive(datetime.now(UTC), tmp_path, actor=SYSTEM))
    with pytest.raises(Conflict, match="not all sealed"):
        archive(until, tmp_path)
    chain.seal_pending(actor=SYSTEM)
    with pytest.raises(Conflict, match="not all been relayed"):
        archive(until, tmp_path)
    relayed()
    tamper(f"UPDATE network.marketplace_events SET type = 'x.y' WHERE id = '{event_id}'")
    with pytest.raises(HistoryChanged):
        archive(until, tmp_path)
    assert list(tmp_path.glob("*.gz")) == []
    tamper(f"UPDATE network.marketplace_events SET type = 'delivery.retried' WHERE id = '{event_id}'")
    tamper(f"INSERT INTO {LOG} SELECT overlay(id::text PLACING '017' FROM 1)::uuid, {COPIED} FROM {LOG}")
    with pytest.raises(Conflict, match="2 events, but 1 are sealed"):
        archive(until, tmp_path)
    (tmp_path / f"events-before-{until:%Y-%m}.jsonl.gz").touch()
    with pytest.raises(Conflict, match="already exists"):
        archive(until, tmp_path)
    assert archives.begins() is None


def pages_say_so(cast: Cast, until: datetime) -> None:
    """Look for the archive on the pages of the log."""
    pages = cast.client(cast.pia)
    assert f"Entries before 1 {until:%b %Y}" in pages.get("/admin/events").text
    assert f"events-before-{until:%Y-%m}.jsonl.gz" in pages.get("/admin/events/chain").text


def settled(cast: Cast, until: datetime) -> Delivery:
    """Settle all mails, the first of them in a digest of the month after, which is returned."""
    tamper("UPDATE notifications.deliveries SET state = 'sent', sent_at = created_at")
    digest = queued(cast, at=until + timedelta(days=1))[0]
    folded = f"UPDATE notifications.deliveries SET state = 'folded', sent_at = NULL, digest_id = '{digest.id}'"
    tamper(f"{folded} WHERE id = (SELECT id FROM notifications.deliveries ORDER BY id LIMIT 1)")
    return digest


def test_mails_leave_first_and_histories_say_so(scratch: Flask, tmp_path: Path) -> None:
    until = end()
    with simulated(until - timedelta(days=3)):
        cast: Cast = assemble(scratch)
        proposal_id = proposed(cast)
        relayed()
    mails = len(deliveries())
    kept = settled(cast, until)
    told()
    with pytest.raises(Conflict, match="mails archive"):
        archive(until, tmp_path)
    with simulated(until + timedelta(days=730)):
        assert retention.archive(until, tmp_path, actor=SYSTEM) == mails > 0
        with pytest.raises(Conflict):
            retention.archive(until, tmp_path, actor=SYSTEM)
        assert retention.archive(until - timedelta(days=60), tmp_path, actor=SYSTEM) == 0
    assert [(mail.id, mail.body_text) for mail in deliveries()] == [(kept.id, retention.EMPTIED)]
    assert attempts(kept) == []
    lines = gzip.decompress(next(tmp_path.glob("mails-*")).read_bytes()).splitlines()
    assert len(lines) == mails
    assert {"body_text", "subject", "to_address"}.isdisjoint(orjson.loads(lines[0]))
    with pytest.raises(InvalidInput):
        retention.archive(datetime.now(UTC), tmp_path, actor=SYSTEM)
    assert len(archive(until, tmp_path)) == 1
    told()
    assert verification.verify().problem is None
    page = slices.timeline(cast.actor(cast.rita), proposal_id=proposal_id)
    assert (page.rows, page.begins) == ((), until)
    pages_say_so(cast, until)
