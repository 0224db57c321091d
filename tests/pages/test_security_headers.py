"""Whatever is answered carries the headers that keep a browser from what it should not do with it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.requests.security_headers import HEADERS
from tests.cast import Cast


def lacking(answer: TestResponse) -> list[str]:
    """Name the headers that an answer lacks, or has with another value; a few pages allow themselves other content."""
    said = {name: answer.headers.get_all(name) for name in HEADERS}
    policies = said.pop("Content-Security-Policy")
    missing = [name for name, values in said.items() if values != [HEADERS[name]]]
    strict = len(policies) == 1 and policies[0].startswith("default-src 'none'; ")
    return missing if strict else ["Content-Security-Policy", *missing]


OTHERS = {
    "a page that does not exist": ("GET", "/nowhere", {}, 404),
    "a method that is not allowed": ("PUT", "/login", {}, 405),
    "a form without its token": ("POST", "/login", {}, 400),
    "a form of another site": ("POST", "/login", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    "a page for whoever signs in": ("GET", "/jobs", {}, 302),
    "too large a form": ("POST", "/login", {"data": b"x" * 2_000_000}, 413),
    "a path with half a character": ("GET", "/jobs/%ff", {}, 404),
    "an API without a token": ("GET", "/api/me", {}, 401),
    "an address of the API that does not exist": ("GET", "/api/nowhere", {}, 404),
    "a body that is none": ("POST", "/api/jobs", {"data": b"{", "content_type": "application/json"}, 401),
    "a file that does not exist": ("GET", "/assets/nothing.js", {}, 404),
}


@pytest.mark.parametrize(("method", "path", "sent", "status"), OTHERS.values(), ids=OTHERS)
def test_refusals_have_them_too(
    cast: Cast, app: Flask, method: str, path: str, sent: dict[str, object], status: int
) -> None:
    answer = app.test_client().open(path, method=method, buffered=True, **sent)  # type: ignore[arg-type]
    assert (answer.status_code, lacking(answer)) == (status, [])


def test_files_have_them_and_are_kept(cast: Cast) -> None:
    client = cast.client()
    found = re.search(r'href="(/assets/[^"]+[.]css)"', client.get("/login").text)
    assert found
    answer = client.get(found[1])
    assert (answer.status_code, lacking(answer)) == (200, [])
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Cookie" not in answer.headers["Vary"]
