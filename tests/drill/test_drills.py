"""`make drill`: backup and restore, a rolling restart, rotated secrets, a pooler; the figures go to drills.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from portal.launcher.embedded import postgres_programs
from portal.runtime.clock import simulated
from portal.services.log import checkpoints
from tests.cast import DAY, Cast
from tests.chaos.serving import PATIENCE, ROOT, Portal, token
from tests.drill.conftest import Record
from tests.mailers.sink import free_port
from tests.money import begun, job_on, left, paid, ready
from tests.servers import conninfo
from tests.services.test_billing import pay_run, run_of

REQUESTS = 500
PACKAGES = ("pgbouncer", "libc-ares2", "libevent-2.1-7")
OPERATIONS = ROOT / "docs" / "operations"


def shell(command: str, environment: dict[str, str]) -> str:
    """Run a command as an operator types it, and return what it printed."""
    path = f"{postgres_programs()}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env={**environment, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def blocks(page: str, language: str) -> list[str]:
    """Return the lines of a runbook's blocks."""
    found = re.findall(rf"```{language}\n(.*?)```", (OPERATIONS / page).read_text(), re.DOTALL)
    return list(filter(None, (line.strip() for block in found for line in block.splitlines())))


def counts(url: str) -> dict[str, int]:
    """Count the rows of every table."""
    query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
    with psycopg.connect(conninfo(url)) as connection:
        names = [name for (name,) in connection.execute(query)]
        found = [connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchall() for name in names]
    return {name: count for name, [(count,)] in zip(names, found, strict=True)}


def work(served: Portal, client: httpx.Client, number: int, drawn: str = "") -> int:
    """Post a job with the token of a form, of a new one unless it is given, and return the answer's status."""
    form = {"title": f"Job {number}", "description": "Counted", "currency": "EUR", "fee_bp": "20", "status": "draft"}
    return client.post("/jobs/new", data={**form, "csrf_token": drawn or token(client, "/jobs/new")}).status_code


def lived(cast: Cast, placements: int) -> None:
    """Let placements be invoiced and paid for; the first is paid out, and the candidate of the last leaves."""
    with cast.app.app_context(), simulated(DAY):
        ready(cast)
        job_id = job_on(cast, payout_schedule="when_paid", remedy="pro_rata", platform_bp=500)
        for number in range(placements):
            placement_id = begun(cast, job_id, name=f"Candidate {number}")
            paid(cast, placement_id, reference=str(number))
            if number == 0:
                pay_run(cast, run_of(cast))
        left(cast, placement_id, 40)


def test_a_backup_is_restored_whole_and_verifies(served: Portal, record: Record, tmp_path: Path) -> None:
    lived(served.cast, 20)
    database, scratch = conninfo(served.database.url()), conninfo(served.database.url("scratch"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE DATABASE scratch")
    kept, trial = tmp_path / "checkpoints", tmp_path / "trial"
    kept.mkdir()
    places = {"EVENT_CHECKPOINT_DIR": str(kept), "TRIAL": str(trial)}
    environment = {**served.environment, **places, "DATABASE": database, "SCRATCH": scratch}
    shell("flask --app wsgi events seal", environment)
    dumped, before, lines = tmp_path / "portal.dump", counts(database), blocks("backup.md", "sh")
    for line in lines:
        if line.startswith("pg_"):
            shell(line.replace("portal.dump", str(dumped)), environment)
    assert counts(scratch) == before
    production = (kept / checkpoints.FILE).read_text()
    assert 'export EVENT_CHECKPOINT_DIR="$TRIAL"' in lines
    restored = {**environment, "DATABASE_URL": served.database.url("scratch"), "EVENT_CHECKPOINT_DIR": str(trial)}
    said = {line: shell(line, restored) for line in lines[lines.index("flask --app wsgi db upgrade") :]}
    shell("flask --app wsgi events seal", restored)  # which writes the checkpoints that wait
    assert "are intact" in shell("flask --app wsgi events verify --all", restored)
    assert (kept / checkpoints.FILE).read_text() == production != (trial / checkpoints.FILE).read_text()
    assert "are intact" in said["flask --app wsgi events verify --all"]
    rows, events, transfers = sum(before.values()), before["network.event_seals"], before["billing.ledger_transfers"]
    assert transfers > 100
    found = f"{rows:,} rows, of them {events:,} sealed events and {transfers:,} transfers"
    record("backup and restore", f"{found}: all there, log and ledger verify")


@contextmanager
def load(urls: list[str], cookies: httpx.Cookies) -> Iterator[list[str]]:
    """Ask for pages without pause; like a proxy, go on to the next server when one takes no connection."""
    stop, answers = threading.Event(), list[str]()

    def ask() -> None:
        clients = [httpx.Client(base_url=url, cookies=cookies, timeout=PATIENCE, trust_env=False) for url in urls]
        while not stop.wait(0.02):
            answers.append(_first_answer(clients))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _first_answer(clients: list[httpx.Client]) -> str:
    for client in clients:
        try:
            return str(client.get("/jobs").status_code)
        except httpx.ConnectError:
            continue
        except httpx.TransportError as error:
            return type(error).__name__
    return "nobody"


def test_web_servers_are_restarted_one_after_another_under_load(served: Portal, record: Record, tmp_path: Path) -> None:
    second = Portal(served.database, served.redis, served.cast, tmp_path)
    try:
        with load([served.url, second.url], served.signed_in().cookies) as answers:
            for server in (served, second, served, second):
                server.stop()
                server.start()
    finally:
        second.stop()
    failed = [answer for answer in answers if answer != "200"]
    record("rolling restart", f"4 restarts under load: {len(failed)} of {len(answers):,} requests failed")
    assert failed == []
    assert len(answers) > 50


def release_before(place: Path) -> str:
    """Unpack the last commit without the newest migration, and return the head of its migrations; "" without git."""
    newest = max((ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    added = ["git", "log", "--diff-filter=A", "--format=%H", "-1", "--", str(newest)]
    commit = subprocess.run(added, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    if not commit:
        return ""
    subprocess.run(f"git archive {commit}~1 | tar -x -C {place}", shell=True, cwd=ROOT, check=True)
    return (place / "migrations" / ".head").read_text().strip()


def test_the_release_before_serves_while_the_tables_are_upgraded(
    served: Portal, record: Record, tmp_path: Path
) -> None:
    before = release_before(tmp_path)
    if not before:
        print("\nthe upgrade was not tried: the release before is in the project's history, which is not here")
        return
    cookies = served.signed_in().cookies
    served.stop()
    shell(f"flask --app wsgi db downgrade {before}", served.environment)
    served.code = tmp_path
    served.start()
    with load([served.url], cookies) as answers:
        asked = len(answers)
        shell("flask --app wsgi db upgrade", served.environment)
        asked = len(answers) - asked
        assert work(served, served.signed_in(), 0) == 303
    served.code = ROOT
    served.stop()
    served.start()
    assert served.get("/readyz") == 200
    failed = [answer for answer in answers if answer != "200"]
    record(
        "upgrade", f"migration after {before} under the old release: {len(failed)} of {len(answers):,} requests failed"
    )
    assert failed == []
    assert asked > 10


READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && ! touch /written 2>/dev/null && exec "$@"'
PARTS = ("portal.jobs.worker work", "portal.jobs.worker mail", "portal.jobs.worker bulk", "portal.jobs.ticker")


@contextmanager
def on_read_only_root(served: Portal, data: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start the web server again, and workers and ticker beside it, where only the data directory may be written to."""
    prefix, usual = (
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, str(data)],
        served.environment,
    )
    served.stop()
    served.prefix = prefix
    served.environment = {**usual, "PORTAL_DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1"}
    served.start()
    commands = [[*prefix, sys.executable, "-m", *part.split()] for part in PARTS]
    running = [subprocess.Popen(command, cwd=ROOT, env=served.environment) for command in commands]
    try:
        yield running
    finally:
        for one in running:
            one.terminate()
            one.wait()
        served.stop()
        served.prefix, served.environment = [], usual
        served.start()


def test_every_part_runs_on_a_root_that_is_read_only(served: Portal, record: Record, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        print("\nthe read-only root was not tried: only root may mount")
        return
    with on_read_only_root(served, tmp_path) as running:
        assert work(served, served.signed_in(), 1) == 303
        served.until(lambda: 'periodic_job_last_success_timestamp_seconds{name="seal_events"}' in metrics(served))
        served.until(lambda: re.findall(r"queue_workers\{.*\} (.*)", metrics(served)) == ["1.0"] * 3)
        assert [one.poll() for one in running] == [None] * len(PARTS)
    record("read-only root", "web server, three workers, ticker: each works")


def metrics(served: Portal) -> str:
    """Return what Prometheus would read."""
    return httpx.get(f"{served.url}/metrics", timeout=PATIENCE, trust_env=False).text


@contextmanager
def restarted(served: Portal, **settings: str) -> Iterator[None]:
    """Restart the web server with other settings for a while."""
    usual = served.environment
    try:
        for environment in ({**usual, **settings}, usual):
            served.stop()
            served.environment = environment
            served.start()
            if environment is not usual:
                yield
    finally:
        served.environment = usual


def test_rotated_secrets_sign_nobody_out_and_the_log_verifies(served: Portal, record: Record, tmp_path: Path) -> None:
    client = served.signed_in()
    drawn = token(client, "/jobs/new")
    old = served.environment["SECRET_KEY"]
    sealed = shell("flask --app wsgi events new-key", served.environment).strip()
    secrets = {"SECRET_KEY": "another-secret-that-is-long-enough-012345", "SECRET_KEY_FALLBACKS": old}
    with restarted(served, **secrets, EVENT_SEAL_KEYS=sealed):
        assert client.get("/jobs").status_code == 200
        assert work(served, client, 99, drawn) == 303
        shell("flask --app wsgi events seal", served.environment)
        assert "are intact" in shell("flask --app wsgi events verify --all", served.environment)
    keys = sealed.count(":")
    record("rotation", f"SECRET_KEY and a seal key: nobody signed out, the log verifies with {keys} keys")


def fetch(place: Path, *packages: str) -> Path:
    """Unpack Debian packages into a directory, without installing them."""
    place.chmod(0o755)
    command = f"apt-get download {' '.join(packages)} && for one in *.deb; do dpkg-deb -x $one .; done"
    subprocess.run(command, shell=True, cwd=place, check=True, capture_output=True)
    return place / "usr"


def test_prometheus_takes_the_rules(record: Record, tmp_path: Path) -> None:
    promtool = fetch(tmp_path, "prometheus") / "bin" / "promtool"
    said = subprocess.check_output([promtool, "check", "rules", ROOT / "deploy/monitoring/rules.yml"], text=True)
    record("promtool", " ".join(re.findall(r"SUCCESS: .*", said)))


@pytest.fixture(scope="module")
def pgbouncer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of Debian's PgBouncer with its libraries, unpacked and not installed."""
    return fetch(tmp_path_factory.mktemp("debian"), *PACKAGES)


@contextmanager
def pooled(served: Portal, programs: Path, place: Path) -> Iterator[str]:
    """Run PgBouncer in transaction mode before the database, as deploy/pgbouncer.ini says."""
    port, (library,) = free_port(), programs.glob("lib/*-linux-gnu")
    here = f"host={served.database._sockets} port=5432 user=postgres"
    text = (ROOT / "deploy" / "pgbouncer.ini").read_text()
    text = re.sub(r"^portal = .*", f"* = {here}", text, flags=re.MULTILINE)
    text = text.replace("6432", str(port)).replace("scram-sha-256", "any")
    text = re.sub(r"^auth_file.*\n", "unix_socket_dir =\n", text, flags=re.MULTILINE)
    place.chmod(0o755)
    settings = place / "pgbouncer.ini"
    settings.write_text(text)
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] if os.geteuid() == 0 else []
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    with (place / "log").open("wb") as log:
        command = [*prefix, str(programs / "sbin" / "pgbouncer"), str(settings)]
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        served.until(lambda: _connects(port) or running.poll() is not None)
        assert running.poll() is None, (place / "log").read_text()
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        running.terminate()
        running.wait()


def _connects(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def together(ask: Callable[[int], int]) -> list[int]:
    """Ask many times, eight at once."""
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(ask, range(REQUESTS)))


def test_a_pooler_in_transaction_mode_fails_no_request(
    served: Portal, record: Record, pgbouncer: Path, tmp_path: Path
) -> None:
    with psycopg.connect(conninfo(served.database.url()), autocommit=True) as connection:
        for line in blocks("pooler.md", "sql"):
            connection.execute(line.replace("ROLE portal", "ROLE postgres").encode())
    with (
        pooled(served, pgbouncer, tmp_path) as url,
        restarted(served, DATABASE_URL=url, DATABASE_POOLER="true"),
    ):
        assert "BAD  DATABASE" not in shell("flask --app wsgi check || true", served.environment)
        client = served.signed_in()
        assert work(served, client, 0) == 303  # one session from here on: eight at once would each begin one
        answers = together(
            lambda n: (
                work(served, client, n) if n % 10 == 0 else client.get(("/jobs", "/", "/proposals")[n % 3]).status_code
            )
        )
    failed = [status for status in answers if status not in {200, 303}]
    record("PgBouncer, transaction mode", f"{len(failed)} of {len(answers)} requests failed")
    assert failed == []
