"""/readyz: what keeps the portal from its work, and what only holds it up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rq import Worker
from sqlalchemy import text

from portal.extensions import queues
from portal.jobs import schedule
from portal.queries.admin import health
from portal.runtime.clock import simulated
from portal.services.machinery import periodic
from tests.cast import DAY, Cast


def readyz(app: Flask) -> tuple[int, dict[str, Any]]:
    """Ask."""
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.get_json()


@pytest.fixture
def listening(context: None) -> dict[str, Worker]:
    """Let a worker listen to each queue."""
    workers = {line.name: Worker([line], connection=line.connection) for line in queues()}
    for worker in workers.values():
        worker.register_birth()
    return workers


def test_all_is_well(cast: Cast, app: Flask, listening: dict[str, Worker]) -> None:
    schedule.tick()
    assert readyz(app) == (200, {"status": "ok", "problems": [], "troubles": [], "outbox_pending": 0})


def test_a_queue_that_no_worker_listens_to_is_named(cast: Cast, app: Flask, listening: dict[str, Worker]) -> None:
    listening["mail"].register_death()
    status, said = readyz(app)
    assert (status, said["status"], said["troubles"]) == (200, "degraded", ["No worker listens to the queue mail."])


def test_without_redis_the_portal_is_degraded(cast: Cast, app: Flask, no_redis: None) -> None:
    status, said = readyz(app)
    assert (status, said["status"], said["troubles"]) == (
        200,
        "degraded",
        ["Redis does not respond, or does not accept writes."],
    )


def test_periodic_jobs_that_stand_still_are_named(cast: Cast, app: Flask) -> None:
    with simulated(DAY.replace(year=2025)):
        periodic.claim_due({"sweep": schedule.BY_NAME["sweep"].every}, actor=schedule.post.system())
    status, said = readyz(app)
    assert (status, said["status"]) == (200, "degraded")
    assert "Periodic jobs have not run since 2025-11-24T09:00:05Z: sweep." in said["troubles"]


def test_a_database_that_takes_no_changes_is_served_from(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "TRIAL", text("INSERT INTO public.alembic_version SELECT 1/0"))
    status, found = readyz(app)
    assert (status, found["status"]) == (200, "degraded")
    assert found["troubles"][0].startswith("The database does not accept writes: division")


def test_a_full_disk_keeps_a_process_from_its_work(cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 60)
    status, found = readyz(app)
    assert (status, found["status"], len(found["problems"])) == (503, "unavailable", 1)
    assert found["problems"][0].startswith("The disk with the data directory is full: ")


def test_a_data_directory_that_is_gone_and_another_migration_are_said(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path / "gone"))
    monkeypatch.setitem(app.config, "MIGRATIONS_HEAD", "9999")
    _, found = readyz(app)
    assert "the code at 9999" in found["problems"][0]
    assert found["problems"][1] == "The data directory cannot be used: No such file or directory."


def test_a_database_that_is_ahead_of_the_code_is_served_during_an_upgrade(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MIGRATIONS_HEAD", "0001")
    status, found = readyz(app)
    assert (status, found["status"]) == (200, "degraded")
    assert "the code at 0001" in " ".join(found["troubles"])
