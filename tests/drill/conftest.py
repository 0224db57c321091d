"""What drills share: the portal on servers of its own, and the page that their figures are written to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.serving import Portal, portal

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "drills.md"
Record = Callable[[str, str], None]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run the portal."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with portal(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture
def record() -> Record:
    """Return what writes the figure of a drill into its row of the page, in place of the last one's."""

    def write(drill: str, figure: str) -> None:
        lines = PAGE.read_text().splitlines()
        row, start = f"| {drill} | {figure} |", f"| {drill} |"
        kept = [line for line in lines if not line.startswith(start)]
        PAGE.write_text("\n".join([*kept, row]) + "\n")
        print(f"\n{drill}: {figure}")

    return write
