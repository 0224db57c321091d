"""A bounded share of the fuzzing in every run; `make fuzz` throws thousands of inputs."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.callers import limit_requests
from tests.fuzz.throwing import targets, throw, walk

FEW = 1


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_requests(monkeypatch, 10**6)


def test_no_input_breaks_an_endpoint_or_its_description(app: Flask) -> None:
    assert throw(targets(app), FEW, seed=1) > 150


def test_what_was_created_can_be_followed(app: Flask) -> None:
    walk(targets(app), 6)
