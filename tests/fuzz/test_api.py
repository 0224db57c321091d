"""Ten thousand generated inputs at every endpoint: no 5xx, no answer that the document does not describe."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.callers import limit_requests
from tests.fuzz.throwing import targets, throw, walk

MANY = 110  # of each kind at each of the operations


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_requests(monkeypatch, 10**7)


def test_ten_thousand_inputs_break_nothing(app: Flask) -> None:
    thrown = throw(targets(app), MANY)
    assert thrown >= 9_000


def test_long_walks_break_nothing(app: Flask) -> None:
    walk(targets(app), 100, steps=12, seed=1_000)
