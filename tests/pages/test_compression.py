"""Pages travel packed, to whoever takes that, and their length tells nothing of what is in them."""

from __future__ import annotations

import gzip

import pytest

from portal.requests.compression import packed
from tests.cast import Cast


@pytest.mark.parametrize(("takes", "is_packed"), [("gzip, br", True), ("br", False), ("gzip;q=0", False), ("", False)])
def test_a_page_travels_packed_to_whoever_takes_that(cast: Cast, takes: str, is_packed: bool) -> None:
    answer = cast.app.test_client().get("/login", headers={"Accept-Encoding": takes})
    assert ("Content-Encoding" in answer.headers) is is_packed
    assert "Accept-Encoding" in answer.headers["Vary"]
    body = gzip.decompress(answer.data) if is_packed else answer.data
    assert b"<h1>" in body


def test_what_is_short_or_no_page_is_sent_as_it_is(cast: Cast) -> None:
    takes = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in cast.client().get("/healthz", headers=takes).headers
    assert "Content-Encoding" not in cast.client().get("/", headers=takes).headers  # on to the sign-in page


def test_the_same_page_has_many_lengths() -> None:
    assert len({len(packed(b"the same page" * 100)) for _ in range(50)}) > 5
