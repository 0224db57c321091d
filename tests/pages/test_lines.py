"""Each request leaves one line in the log, from which an id that a mail carries leads to who asked for what."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask

from portal.runtime import logs
from tests.accounts import statements
from tests.cast import Cast
from tests.marketplace import proposed

LINE = ("method", "route", "status", "queries", "person", "organisation")


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, ...]]:
    """Read the lines of requests."""
    found = [record for record in caplog.records if record.message == "request"]
    assert all(record.__dict__["milliseconds"] >= 0 for record in found)
    return [tuple(record.__dict__[name] for name in LINE) for record in found]


@pytest.fixture(autouse=True)
def _information(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "portal.requests.lines")


def test_a_page_names_its_route_person_organisation_and_queries(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    proposal_id = proposed(cast)
    client = cast.client(cast.hana)
    caplog.clear()
    with statements() as asked:
        client.get(f"/proposals/{proposal_id}")
    ((*said, queries, person, organisation),) = lines(caplog)
    assert said == ["GET", "/proposals/<uuid:proposal_id>", 200]
    assert queries == len(asked)
    assert (person, organisation) == (str(cast.hana.user_id), str(cast.hana.organisation_id))


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("GET", "/healthz", ("GET", "/healthz", 200, 0, None, None)),
        ("GET", "/nowhere/maya@mail.test", ("GET", "none", 404, 0, None, None)),
        ("GET", "/jobs", ("GET", "/jobs", 302, 0, None, None)),
        ("POST", "/api/jobs", ("POST", "/api/jobs", 401, 0, None, None)),
    ],
)
def test_every_answer_has_its_line_whoever_asked(
    app: Flask, caplog: pytest.LogCaptureFixture, method: str, path: str, line: tuple[Any, ...]
) -> None:
    app.test_client().open(path, method=method)
    ((*said, queries, person, organisation),) = lines(caplog)
    assert (*said, person, organisation) == (*line[:3], *line[4:])
    assert queries >= line[3]


def test_a_line_is_json_with_the_correlation_id(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    kept = list(root.handlers)
    logs.configure()
    try:
        app.test_client().get("/healthz", headers={"X-Correlation-ID": "asked-20261128"})
    finally:
        root.handlers = kept
    said = capsys.readouterr().err
    assert '"correlation_id": "asked-20261128"' in said
    assert '"route": "/healthz"' in said
    assert said.count("\n") == 1
