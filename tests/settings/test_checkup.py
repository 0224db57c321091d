"""`flask --app wsgi check`: every setting, what is wrong with it, and what to do."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from portal import checkup, config
from portal.config.settings import SETTINGS
from portal.domain.permissions import system_actor
from portal.services.identity import resets
from portal.services.log import checkpoints
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import written
from tests.cast import Cast
from tests.mailers.sink import free_port


def found(environ: dict[str, str]) -> list[str]:
    """Return what is not well, a line each."""
    return [f"{f.state} {f.name}: {f.said}" for f in checkup.findings(environ) if f.state != checkup.GOOD]


@pytest.fixture
def well(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings with which all is well, but for mail."""
    files = {"PORTAL_DATA_DIR": str(tmp_path / "new"), "SCAN_COMMAND": "true"}
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url, **files}


def test_every_setting_is_listed_and_no_secret_printed(well: dict[str, str]) -> None:
    lines = list(
        checkup.findings({**well, "SECRET_KEY": "hunter2" * 9, "MAIL_USERNAME": "portal", "MAIL_PASSWORD": "hunter2"})
    )
    assert {line.name for line in lines} == {setting.name for setting in SETTINGS}
    assert not [line for line in lines if "hunter2" in line.said or line.state == checkup.BAD]


def test_only_mail_is_told_of_where_all_is_well(well: dict[str, str]) -> None:
    assert found(well) == ["note MAIL_SERVER: Emails stay in the local mailbox and reach no one."]


def test_what_does_not_answer_is_named_with_what_to_do(well: dict[str, str]) -> None:
    closed = str(free_port())
    said = found(
        {
            **well,
            "DATABASE_URL": f"postgresql://x@127.0.0.1:{closed}/x",
            "REDIS_URL": f"redis://127.0.0.1:{closed}",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": closed,
        }
    )
    assert [line.split(": ")[0] for line in said] == ["BAD DATABASE_URL", "BAD REDIS_URL", "BAD MAIL_SERVER"]
    assert "Start it, or correct the address" in said[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://x"), ("MAIL_PORT", "tcp://10.0.0.7:25"), ("MAIL_USE_TLS", "perhaps")],
)
def test_what_is_wrong_is_named_once_and_nothing_is_tried_with_it(well: dict[str, str], name: str, value: str) -> None:
    mail = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(free_port())}
    said = found({**well, **mail, name: value})
    assert [line.split(": ")[0] for line in said if name in line] == [f"BAD {name}"]
    assert name == "DATABASE_URL" or "BAD MAIL_SERVER" not in str(said)


def test_a_database_without_tables_is_named(well: dict[str, str]) -> None:
    empty = well["DATABASE_URL"].replace("/portal_test", "/postgres?", 1)
    url = empty.split("?")[0] + "?" + well["DATABASE_URL"].partition("?")[2]
    assert "run `flask --app wsgi db upgrade`" in found({**well, "DATABASE_URL": url})[0]


def test_a_directory_whose_disk_is_full_is_named(well: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "LEAST_FREE", 1 << 60)
    said = found({**well, "EVENT_CHECKPOINT_DIR": well["PORTAL_DATA_DIR"]})
    assert [line.split(": ")[0] for line in said[:2]] == ["BAD PORTAL_DATA_DIR", "BAD EVENT_CHECKPOINT_DIR"]
    assert "is full" in said[0]


def test_a_data_directory_of_somebody_else_is_named(well: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup.os, "access", lambda *_: False)
    assert "cannot be written to by this user" in found(well)[0]


def test_behind_a_pooler_the_role_has_to_bring_what_a_connection_begins_with(well: dict[str, str]) -> None:
    pooled, options = {**well, "DATABASE_POOLER": "true"}, "".join(f"-c {n}={v} " for n, v in config.SESSION.items())
    assert "BAD DATABASE_POOLER: Connections start with statement_timeout = 0: run `ALTER ROLE" in str(found(pooled))
    joined = "&" if "?" in well["DATABASE_URL"] else "?"
    pooled["DATABASE_URL"] += f"{joined}options={quote(options)}"
    assert "DATABASE_POOLER" not in str(found(pooled))


@pytest.mark.parametrize("tls", ["MAIL_USE_TLS", "MAIL_USE_SSL"])
def test_a_mail_server_that_speaks_otherwise_is_named(well: dict[str, str], tls: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0)
        port = str(server.getsockname()[1])
        monkey = {**well, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, tls: "true"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(checkup, "WAIT_SECONDS", 0.2)
            assert "BAD MAIL_SERVER: It does not accept email from here" in found(monkey)[0]


def test_what_is_no_replica_or_does_not_answer_is_said(well: dict[str, str]) -> None:
    itself = found({**well, "DATABASE_REPLICA_URL": well["DATABASE_URL"]})
    assert "BAD DATABASE_REPLICA_URL: This is not a replica: set it to a server that streams" in itself[0]
    away = {**well, "DATABASE_REPLICA_URL": f"postgresql://postgres@127.0.0.1:{free_port()}/portal"}
    assert "The replica does not respond" in found(away)[0]


def test_keys_that_did_not_seal_the_log_are_named(
    app: Flask, well: dict[str, str], context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, newer = "5e1f" * 8, "a7c3" * 8
    assert "EVENT_SEAL_KEYS" not in str(found({**well, "EVENT_SEAL_KEYS": f"2:{newer}"}))  # it has sealed nothing yet
    monkeypatch.setitem(app.config, "EVENT_SEAL_KEYS", f"1:{key}")
    with unit_of_work(system_actor(datetime.now(UTC))) as uow:
        checkpoints.write(uow, [(1, b"1" * 32), (2, b"2" * 32)])
    for keys, said in {
        f"2:{newer}": "BAD EVENT_SEAL_KEYS: Key 1 sealed a part of the event log; add it after the newer keys",
        f"1:{newer}": "BAD EVENT_SEAL_KEYS: Key 1 did not sign checkpoint 2; put back the key that had number 1",
        f"2:{newer},1:{key}": "note MAIL_SERVER",
    }.items():
        assert found({**well, "EVENT_SEAL_KEYS": keys})[0].startswith(said)


def test_a_virus_scanner_that_is_missing_is_told_of() -> None:
    commands = {(): [checkup.NOTE], ("no-such-scanner", "-"): [checkup.BAD], ("true",): []}
    for command, states in commands.items():
        assert [f.state for f in checkup._scanner({"SCAN_COMMAND": command})] == states


def test_production_under_any_host_name_is_noted() -> None:
    values = {"ENV_NAME": "production", "TRUSTED_HOSTS": None}
    assert [f.state for f in checkup._hosts(values)] == [checkup.NOTE]
    assert not list(checkup._hosts({**values, "TRUSTED_HOSTS": ["portal.example.com"]}))


def test_a_console_in_production_is_found() -> None:
    said = [
        f.said for f in checkup.findings({"PORTAL_ENV": "production", "FLASK_DEBUG": "1"}) if f.name == "FLASK_DEBUG"
    ]
    assert said == ["FLASK_DEBUG is set. In production it would open a console in the browser: remove it."]


def test_check_ends_well_or_with_one(app: Flask, well: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in well.items():
        monkeypatch.setenv(name, text)
    done = app.test_cli_runner().invoke(args=["check"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "No problems found.")
    monkeypatch.setenv("MAIL_PORT", "smtp")
    done = app.test_cli_runner().invoke(args=["check"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (1, "1 problem to fix.")


# --- the first hour -----------------------------------------------------------------------------------------------

ANSWERS = "Split Net\nPia Park\npia@example.com\n"


def test_setup_makes_the_first_admin_and_prints_a_link_that_works(app: Flask, context: None) -> None:
    done = app.test_cli_runner().invoke(args=["setup"], input=ANSWERS)
    link = done.output.splitlines()[-1]
    assert link.startswith("http://127.0.0.1:8000/reset/")
    assert resets.usable_link(link.rpartition("/")[2]).email == "pia@example.com"
    assert [e["role"] for e in written("membership.added")] == ["platform_admin"]


def test_setup_is_for_the_first_hour_alone(app: Flask, cast: Cast) -> None:
    flags = ["--platform", "Mine", "--name", "Eve", "--email", "eve@example.com"]
    done = app.test_cli_runner().invoke(args=["setup", *flags])
    assert (done.exit_code, "The platform already has an admin" in done.output) == (1, True)


def test_setup_says_what_is_wrong_and_changes_nothing(app: Flask, context: None) -> None:
    done = app.test_cli_runner().invoke(args=["setup", "--platform", "X", "--name", "", "--email", "pia@example.com"])
    assert (done.exit_code, done.output) == (1, "Error: Invalid value for 'name': Enter the name.\n")
    assert not written("user.added")


# --- when no admin can sign in ------------------------------------------------------------------------------------


def test_admit_prints_a_link_that_works_and_says_why_not(app: Flask, cast: Cast) -> None:
    admit = ["admit", "--name", "Paul Park", "--email"]
    link = app.test_cli_runner().invoke(args=[*admit, "paul@example.com"]).output.strip()
    assert resets.usable_link(link.rpartition("/")[2]).email == "paul@example.com"
    assert app.test_cli_runner().invoke(args=[*admit, "nobody"]).output.startswith("Error: ")
