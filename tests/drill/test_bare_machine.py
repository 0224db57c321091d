"""`make run` and `make test` on a Debian with python3, venv and make alone.

What merely happens to be on the developer's machine is not there. It needs root and debootstrap, and takes as long as
the suite; BARE_SUITE, BARE_RELEASE and BARE_MIRROR name other tests, another Debian, another place to get it from.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.chaos.serving import PATIENCE, ROOT
from tests.drill.conftest import Record
from tests.mailers.sink import free_port

RELEASE = os.environ.get("BARE_RELEASE", "bookworm")
MIRROR = os.environ.get("BARE_MIRROR", "http://deb.debian.org/debian")
# What `make test` is given: nothing for the whole suite, else what `make test T=...` takes.
SUITE = os.environ.get("BARE_SUITE", "")
PROMISED = "python3,python3-venv,make,ca-certificates"
# How the machine reaches the network is its own affair, so these come along.
NETWORK = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
PROGRAMS = "/usr/sbin:/usr/bin:/sbin:/bin"
MINUTES = 60


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a Debian of the packages that the README asks for, with a copy of this project in /portal."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("a root of its own needs root and debootstrap (apt-get install debootstrap)")
    root = tmp_path_factory.mktemp("bare")
    root.chmod(0o755)
    command = ["debootstrap", "--variant=minbase", f"--include={PROMISED}", RELEASE, str(root), MIRROR]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for name in NETWORK:
        shutil.copyfile(Path("/") / name, root / name)
    (root / "portal").mkdir()
    subprocess.run(f"git ls-files -z | tar --null -T - -c | tar -x -C {root}/portal", shell=True, cwd=ROOT, check=True)
    return root


def inside(bare: Path, *command: str, **environment: str) -> list[str]:
    """Return the command that runs another one in there, with nothing of this machine's environment."""
    places = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={bare}/proc", "chroot", str(bare)]
    settings = {"PATH": PROGRAMS, "HOME": "/root", **environment}
    return [*places, "env", "-i", *(f"{name}={value}" for name, value in settings.items()), *command]


@contextmanager
def running(bare: Path, log: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run `make run` in there until the block ends."""
    with log.open("wb") as written:
        command = inside(bare, "make", "-C", "/portal", "run", PORT=str(port))
        one = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
    try:
        yield one
    finally:
        one.kill()  # unshare is deaf to the gentle signals; what it started dies with it
        one.wait()


def printed(log: Path, one: subprocess.Popen[bytes], pattern: str) -> str:
    """Wait until a command prints something, and return it."""
    for _ in range(MINUTES * 60):
        if found := re.search(pattern, log.read_text()):
            return found[0]
        try:
            one.wait(1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(log.read_text())


def test_make_run_needs_nothing_but_python_and_make(bare: Path, record: Record, tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    with running(bare, log, port) as one:
        url = printed(log, one, r"http://127\.0\.0\.1:\d+")
        assert httpx.get(f"{url}/login", timeout=PATIENCE, trust_env=False).status_code == 200
        people = len(re.findall(r"@demo\.test", log.read_text()))
    assert people == 6
    record("bare Debian, make run", f"{RELEASE} with {PROMISED.replace(',', ', ')}: sign-in answers, {people} people")


@pytest.mark.parametrize("target", ["test"] if SUITE else ["test", "walk"])
def test_the_tests_need_nothing_but_python_and_make(bare: Path, record: Record, target: str) -> None:
    tests = (f"T={SUITE}",) if SUITE else ()
    done = subprocess.run(
        inside(bare, "make", "-C", "/portal", target, *tests),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    found = re.search(r"\d+ passed", done.stdout)
    record(f"bare Debian, make {target}", f"{SUITE or 'all of it'}: {found[0] if found else done.stdout[-200:]}")
