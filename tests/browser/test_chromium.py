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


MISSING = "node: error while loading shared libraries: {}: cannot open shared object file: No such file or directory"


def driver(path: Path, library: str, *, until: Path) -> Path:
    """Make a driver that lacks a library until a file exists."""
    program(path, exit_code=0).write_text(
        f'#!/bin/sh\ntest -e {until} || {{ echo "{MISSING.format(library)}" >&2; exit 127; }}\n'
    )
    return path


def test_a_driver_that_starts_needs_nothing(empty_machine: Path) -> None:
    chromium.ensure_driver(program(empty_machine / "node", exit_code=0))


@pytest.mark.parametrize("library", ["libatomic.so.1", "libstdc++.so.6"])
def test_a_library_that_the_driver_lacks_is_installed(empty_machine: Path, tmp_path: Path, library: str) -> None:
    there = tmp_path / chromium.PACKAGES[library]
    script = f'#!/bin/sh\nfor last; do :; done\n[ "$last" = -q ] || : > {tmp_path}/"$last"\n'
    program(empty_machine / "apt-get", exit_code=0).write_text(script)
    program(empty_machine / "sudo", exit_code=0).write_text('#!/bin/sh\nshift\nexec "$@"\n')
    chromium.ensure_driver(driver(empty_machine / "node", library, until=there))
    assert there.exists()


@pytest.mark.parametrize(
    ("library", "package"), [("libatomic.so.1", "apt-get install libatomic1"), ("libnew.so.7", "libnew.so.7")]
)
def test_what_cannot_be_installed_is_named_before_the_first_test(
    empty_machine: Path, tmp_path: Path, library: str, package: str
) -> None:
    with pytest.raises(SystemExit, match=package):
        chromium.ensure_driver(driver(empty_machine / "node", library, until=tmp_path / "never"))


def test_an_installation_that_does_not_help_ends_the_run(empty_machine: Path, tmp_path: Path) -> None:
    for name in ("apt-get", "sudo"):
        program(empty_machine / name, exit_code=0)
    with pytest.raises(SystemExit, match="does not start"):
        chromium.ensure_driver(driver(empty_machine / "node", "libatomic.so.1", until=tmp_path / "never"))
