"""/api/docs in a real browser: no CSP message, the operations are listed, and a request can be tried with a token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.api.callers import token_of
from tests.cast import assemble


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a page that fails its test when the console had something to say."""
    said: list[str] = []
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert said == []


def test_the_reference_lists_the_api_and_tries_a_request(app: Flask, address: str, page: Page) -> None:
    with app.app_context():
        cast = assemble(app)
        token = token_of(cast, cast.rita)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/api/docs")
    page.wait_for_selector("#operations-Account-get_me")
    assert page.locator(".opblock").count() >= 10  # so long a list is drawn where one looks, no further
    page.click("button.authorize")
    page.fill(".modal-ux input[type=text]", token)
    page.click(".modal-ux button[type=submit]")
    page.click(".modal-ux button.btn-done")
    page.click("#operations-Account-get_me .opblock-summary-control")
    page.click("#operations-Account-get_me button.execute")
    page.wait_for_selector("#operations-Account-get_me .live-responses-table .response")
    assert '"name": "Rita"' in page.inner_text("#operations-Account-get_me .live-responses-table")
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
