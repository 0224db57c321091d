"""/api/docs in a real browser: no CSP message, the operations are listed, and a request can be tried with a token."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from tests.api.callers import token_of
from tests.browser.chromium import ARGS, ensure
from tests.cast import assemble


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Serve the portal on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    """Return a page that fails its test when the console had something to say."""
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure(), args=list(ARGS))
        page: Any = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        browser.close()
    assert said == []


def test_the_reference_lists_the_api_and_tries_a_request(app: Flask, address: str, page: Page) -> None:
    with app.app_context():
        cast = assemble(app)
        token = token_of(cast, cast.rita)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/api/docs")
    page.wait_for_selector("#operations-Account-get_me")
    assert page.locator(".opblock").count() > 50
    page.click("button.authorize")
    page.fill(".modal-ux input[type=text]", token)
    page.click(".modal-ux button[type=submit]")
    page.click(".modal-ux button.btn-done")
    page.click("#operations-Account-get_me .opblock-summary-control")
    page.click("#operations-Account-get_me button.execute")
    page.wait_for_selector("#operations-Account-get_me .live-responses-table .response")
    assert '"name": "Rita"' in page.inner_text("#operations-Account-get_me .live-responses-table")
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
