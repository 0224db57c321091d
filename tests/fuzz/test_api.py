"""Thousands of generated inputs at every endpoint: no 5xx, no answer that the document does not describe."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.callers import limit_requests
from tests.fuzz.throwing import targets, throw, walk

MANY = 60  # of each kind at each of the operations; with the walks about a quarter of an hour on a busy machine
WALKS = 40


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_requests(monkeypatch, 10**7)


def test_thousands_of_inputs_break_nothing(app: Flask) -> None:
    thrown = throw(targets(app), MANY)
    assert thrown >= 4_500


def test_long_walks_break_nothing(app: Flask) -> None:
    walk(targets(app), WALKS, steps=12, seed=1_000)
