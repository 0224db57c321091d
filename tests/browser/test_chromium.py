"""A browser is found where it is, and one that only pretends to be there is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import chromium


def program(path: Path, *, exit_code: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the PATH of a machine on which nothing is installed."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def test_the_named_browser_comes_first(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty_machine / "chromium", exit_code=0)
    named = program(empty_machine / "mine", exit_code=0)
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.find() == named


def test_a_stub_that_does_not_start_is_passed_over(empty_machine: Path) -> None:
    program(empty_machine / "chromium", exit_code=1)
    real = program(empty_machine / "google-chrome", exit_code=0)
    assert chromium.find() == real


def test_the_browser_of_playwright_is_found(empty_machine: Path, tmp_path: Path) -> None:
    fetched = program(tmp_path / "playwright" / "chromium-1234" / "chrome-linux" / "chrome", exit_code=0)
    assert chromium.ensure() == fetched


def test_without_any_the_run_ends_and_says_what_to_install(empty_machine: Path) -> None:
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        chromium.ensure()


def test_what_the_package_manager_installs_is_used(empty_machine: Path) -> None:
    installed = empty_machine / "chromium"
    script = f"#!/bin/sh\nprintf '#!/bin/sh\\n' > {installed}\nPATH=/bin:/usr/bin chmod 755 {installed}\n"
    for name in ("apt-get", "sudo"):
        program(empty_machine / name, exit_code=0).write_text(script)
    assert chromium.ensure() == installed
