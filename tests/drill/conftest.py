"""What drills share: the portal on servers of its own, and the page that their figures are written to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from tests import figures
from tests.chaos.serving import Portal, portal

Record = Callable[[str, str], None]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run the portal."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with portal(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture
def record() -> Record:
    """Return what writes the figure of a drill into its row of the page."""
    return figures.record
