"""Every command that the README and the docs name is run here as a reader types it, or by the test that is named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import RUNNING
from tests.cast import Cast

PROJECT = Path(__file__).parent.parent.parent
RUNBOOKS = PROJECT / "docs" / "operations"  # tests/settings/test_operations.py runs what stands there, in one process
DOCUMENTS = [page for page in sorted((PROJECT / "docs").rglob("*.md")) if page.parent != RUNBOOKS]
PAGES = [PROJECT / "README.md", RUNBOOKS / "deploy.md", *DOCUMENTS]
COMMAND = re.compile(r"(?:flask --app wsgi|python -m|gunicorn|make) [a-z-].*")
ELSEWHERE = {
    "flask --app wsgi setup": "tests/settings/test_checkup.py",  # it asks
    "gunicorn -c deploy/gunicorn.conf.py wsgi:app": "tests/embedded/test_supervisor.py",
    "python -m portal.jobs.worker": "tests/jobs/test_processes.py",
    "python -m portal.jobs.worker work": "tests/embedded/test_supervisor.py",
    "python -m portal.jobs.worker mail": "tests/embedded/test_supervisor.py",
    "python -m portal.jobs.worker bulk": "tests/embedded/test_supervisor.py",
    "python -m portal.jobs.ticker": "tests/embedded/test_supervisor.py",
    "python -m tests.api.permission_table": "tests/api/test_permission_table.py",
}


def written() -> list[str]:
    """List the commands of the pages, in their order; a line of a block may end with a remark."""
    found = []
    for page in PAGES:
        text = page.read_text()
        blocks = re.findall(r"```.*?```", text, re.DOTALL)
        lines = [line.split("  #")[0] for block in blocks for line in block.splitlines()]
        spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        for line in (*lines, *spans):
            if COMMAND.fullmatch(command := " ".join(line.split())):
                found.append(command)
    return list(dict.fromkeys(found))


@pytest.fixture
def shell(cast: Cast, database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Return what a reader's shell has: no settings but where the data of `make run` lie, which runs."""
    (tmp_path / RUNNING).write_text(f"DATABASE_URL={database_url}\nREDIS_URL={redis_url}\n")
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TZ") if name in os.environ}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**kept, "PATH": path, "PORTAL_DATA_DIR": str(tmp_path)}


def run(command: str, shell: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command as typed."""
    return subprocess.run(command, shell=True, cwd=PROJECT, env=shell, capture_output=True, text=True, timeout=300)


def test_every_command_of_flask_works_beside_make_run(shell: dict[str, str]) -> None:
    commands = [command for command in written() if command.startswith("flask") and command not in ELSEWHERE]
    failed = {command: done.stderr for command in commands if (done := run(command, shell)).returncode != 0}
    assert not failed
    assert len(commands) >= 6


def test_every_target_of_make_exists(shell: dict[str, str]) -> None:
    targets = {command.split()[1].rstrip(",") for command in written() if command.startswith("make ")}
    assert {"run", "test", "lint"} <= targets
    assert run("make --dry-run " + " ".join(sorted(targets)), shell).returncode == 0


def test_no_other_command_is_written_that_no_test_runs() -> None:
    others = {command for command in written() if not command.startswith(("flask", "make"))}
    assert others <= ELSEWHERE.keys()
    assert all((PROJECT / page).exists() for page in ELSEWHERE.values())


def test_a_wrong_setting_ends_a_command_with_a_sentence(shell: dict[str, str]) -> None:
    done = run("flask --app wsgi tokens issue rita@demo.test", {**shell, "PORTAL_ENV": "prod"})
    assert (done.returncode, done.stderr) == (1, "PORTAL_ENV is 'prod': write development or production.\n")


def test_a_wrong_setting_stops_the_web_server_with_a_sentence(shell: dict[str, str]) -> None:
    done = run("gunicorn -c deploy/gunicorn.conf.py wsgi:app", {**shell, "WEB_THREADS": "many"})
    assert (done.returncode, done.stderr) == (1, "WEB_THREADS is 'many': write a number from 1 to 64, such as 4.\n")


def test_check_tells_what_is_wrong_although_nothing_else_starts(shell: dict[str, str]) -> None:
    done = run("flask --app wsgi check", {**shell, "PORTAL_ENV": "production", "MAIL_PORT": "tcp://10.0.0.7:25"})
    assert done.returncode == 1
    said = " ".join(done.stdout.split())  # whatever the width of its columns
    assert "BAD MAIL_PORT MAIL_PORT is 'tcp://10.0.0.7:25': write a number from 1" in said
    assert "BAD SECRET_KEY SECRET_KEY is not set. Production needs it" in said
