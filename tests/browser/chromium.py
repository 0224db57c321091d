"""Find a Chromium for the browser tests, or install one where that is possible; `python -m tests.browser.chromium`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
    if browser is None and _install():
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
    """Tell whether the program answers: Ubuntu ships a stub that only says where to get the real one."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install() -> bool:
    """Install Debian's package when this user may; tell whether it was tried with success."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        return False
    print("Installing chromium for the browser tests ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"])
    return all(
        subprocess.run([*root, "apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL).returncode == 0
        for arguments in commands
    )


if __name__ == "__main__":
    print(f"browser tests use {ensure()}")
    sys.exit(0)
