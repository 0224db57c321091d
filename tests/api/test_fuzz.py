"""A bounded share of the fuzzing in every run; `make fuzz` throws thousands of inputs."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.callers import limit_requests
from tests.cleaning import Cleaner
from tests.fuzz.throwing import Targets, targets, throw, walk

FEW = 1


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_requests(monkeypatch, 10**6)


@pytest.fixture
def at(app: Flask, cleaner: Cleaner) -> Targets:
    """Return a marketplace to throw at, made once."""
    return cleaner.once("thrown at", lambda: targets(app))


def test_no_input_breaks_an_endpoint_or_its_description(at: Targets) -> None:
    assert throw(at, FEW, seed=1) > 150


def test_what_was_created_can_be_followed(at: Targets) -> None:
    walk(at, 6)
