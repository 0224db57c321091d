"""The cast calls the API through the typed client, in process; it is the morning of the cast's day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from portal.runtime.clock import simulated
from tests.api.callers import Callers
from tests.cast import DAY, Cast


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def api(cast: Cast) -> Iterator[Callers]:
    """Return the cast's clients."""
    with ExitStack() as stack:
        yield Callers(cast, stack)
