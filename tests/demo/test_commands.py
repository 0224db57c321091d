"""The commands: each is one service call and says what it did."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from portal.domain.events import DeliveryRetried
from portal.extensions import db
from portal.runtime.clock import simulated
from portal.services.log import verification
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cast import DAY, Cast
from tests.marketplace import proposed


@pytest.fixture(autouse=True)
def _data_dir(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path))


def run(app: Flask, *arguments: str) -> Result:
    """Run a command as from the shell."""
    return app.test_cli_runner().invoke(args=list(arguments))


@pytest.fixture
def sealed(app: Flask, cast: Cast) -> None:
    """Three events happen and are sealed."""
    with unit_of_work(cast.actor(cast.pia)) as uow:
        for _ in range(3):
            uow.record(DeliveryRetried(delivery_id=uuid.uuid4()))
    assert run(app, "events", "seal").output == "3 entries sealed.\n"


def test_an_untouched_log_verifies_with_exit_code_zero(app: Flask, sealed: None) -> None:
    answer = run(app, "events", "verify")
    assert answer.exit_code == 0
    assert answer.output.startswith("All 3 entries are intact. Head: ")


def test_a_later_look_says_what_it_took_from_the_one_before(
    app: Flask, sealed: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(app, "events", "verify")
    before = "No new entries; rechecked"
    assert run(app, "events", "verify").output.startswith(f"{before} all 3 verified earlier. Head: ")
    monkeypatch.setattr(verification, "SLICE_LEAST", 1)
    assert run(app, "events", "verify").output.startswith(f"{before} 1 of the 3 verified earlier. Use `--all`")
    with unit_of_work(cast.actor(cast.pia)) as uow:
        uow.record(DeliveryRetried(delivery_id=uuid.uuid4()))
    run(app, "events", "seal")
    assert run(app, "events", "verify").output.startswith("Entry 4 is intact; rechecked 1 of the 3")
    assert run(app, "events", "verify", "--all").output.startswith("All 4 entries are intact. Head: ")


def test_what_is_changed_after_it_was_verified_is_named_by_a_plain_look(app: Flask, sealed: None) -> None:
    run(app, "events", "verify")
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE network.marketplace_events SET correlation_id = 'another1'"))
    answer = run(app, "events", "verify")
    assert (answer.exit_code, answer.output[:8]) == (1, "Entry 1 ")


def test_a_changed_log_is_named_with_exit_code_one(app: Flask, sealed: None) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE network.marketplace_events SET correlation_id = 'another-one'"))
    answer = run(app, "events", "verify")
    assert answer.exit_code == 1
    assert answer.output.startswith("Entry 1 (delivery.retried of ")
    assert answer.output.endswith("See docs/operations/trouble.md#the-log-does-not-verify.\n")
    report = json.loads(run(app, "events", "verify", "--json").output)
    assert (report["ok"], report["problem"]["number"]) == (False, 1)


def test_the_outcome_for_programs(app: Flask, sealed: None) -> None:
    report = json.loads(run(app, "events", "verify", "--json").output)
    assert (report["ok"], report["checked"], report["problem"]) == (True, 3, None)


def test_overdue_proposals_time_out_on_command(app: Flask, cast: Cast) -> None:
    with simulated(DAY.replace(year=DAY.year - 1)):
        proposed(cast)
    assert run(app, "proposals", "expire").output == "1 proposal expired.\n"
    assert run(app, "proposals", "expire").output == "0 proposals expired.\n"


@pytest.mark.parametrize("kind", ["events", "mails"])
def test_archives_ask_for_a_directory_that_can_be_written_to(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    refused = run(app, kind, "archive", "--before", "2025-11", "--to", str(tmp_path))
    assert (refused.exit_code, f"Directory '{tmp_path}' is not writable." in refused.output) == (2, True)
