"""Find what the browser tests need, or install it where that is possible; `python -m tests.browser.chromium`.

That is a Chromium, and the libraries of the driver that comes with playwright: a bare Debian lacks one of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What the driver's Node.js links against, by Debian's package.
PACKAGES = {"libatomic.so.1": "libatomic1", "libstdc++.so.6": "libstdc++6", "libgcc_s.so.1": "libgcc-s1"}
LACKS_DRIVER = """The browser tests' driver does not start: {said}
Install what it lacks, as root:
  apt-get install {package}      (Debian and Ubuntu; elsewhere the package with {library})"""
_LIBRARY = re.compile(r"loading shared libraries: ([^:\s]+)")
ADVICE = """No Chromium was found for the browser tests, and none could be installed. Do one of:
  apt-get install chromium                                 (Debian, as root)
  .venv/bin/python -m playwright install --with-deps chromium
  CHROMIUM=/path/to/chrome make test                       (one you have)"""


def find() -> Path | None:
    """Return the first browser that starts: the one named by CHROMIUM, on the PATH, or fetched by playwright."""
    return next((path for path in _candidates() if _starts(path)), None)


def ensure() -> Path:
    """Return a browser, installed now if need be.

    Raises: SystemExit with what to install.
    """
    browser = find()
    if browser is None and _install("chromium"):
        browser = find()
    if browser is None:
        raise SystemExit(ADVICE)
    return browser


def _candidates() -> Iterator[Path]:
    """Yield the places a browser may stand."""
    if named := os.environ.get("CHROMIUM"):
        yield Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    yield from sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


def _starts(path: Path) -> bool:
    """Return whether the program answers: Ubuntu ships a stub that only says where to get the real one."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def ensure_driver(node: Path | None = None) -> None:
    """Prepare playwright's driver: install the libraries that it lacks, one after the other.

    Raises: SystemExit with what to install.
    """
    program = node or Path(compute_driver_executable()[0])
    tried: set[str] = set()
    while (said := _complaint(program)) is not None:
        found = _LIBRARY.search(said)
        library = found[1] if found else "all that it needs"
        package = PACKAGES.get(library, library)
        if package in tried or library not in PACKAGES or not _install(package):
            raise SystemExit(LACKS_DRIVER.format(said=said, package=package, library=library))
        tried.add(package)


def _complaint(program: Path) -> str | None:
    """Return what a program says that does not start, or None."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"


def _install(package: str) -> bool:
    """Install a package of Debian's when this user may; tell whether it was tried with success."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        return False
    print(f"Installing {package} for the browser tests ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    waits = "DPkg::Lock::Timeout=300"  # a machine that was just started installs its own updates
    commands = (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "-o", waits, package])
    return all(
        subprocess.run([*root, "apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL).returncode == 0
        for arguments in commands
    )


if __name__ == "__main__":
    print(f"browser tests use {ensure()}")
    ensure_driver()
    sys.exit(0)
