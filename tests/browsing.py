"""What tests in a real browser share: the portal on a port, and one Chromium for each test process.

Playwright refuses a second start in one thread, so no test starts its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.chromium import ARGS, ensure


class Quiet(WSGIRequestHandler):
    """Serve without a line for each request."""

    def log(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """Serve the portal on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start one browser for all tests of this process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure(), args=list(ARGS))
        yield browser
        browser.close()
