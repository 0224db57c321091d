"""The portal on a port, a Chromium, and the cast who drive it."""

from __future__ import annotations

import email
import email.policy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.extensions import db
from portal.jobs import relay
from portal.models import User
from portal.services.passwords import hashed
from tests.browser.chromium import ARGS, ensure
from tests.cast import PASSWORD, Cast, Person


class Quiet(WSGIRequestHandler):
    """Serve without a line for each request."""

    def log(self, *_: object) -> None:
        """Say nothing."""


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
    """Start one browser for all journeys."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure(), args=list(ARGS))
        yield browser
        browser.close()


@dataclass
class Stage:
    """Where the cast acts: each person has a browser of their own."""

    cast: Cast
    address: str
    browser: Browser
    contexts: list[BrowserContext]
    said: list[str]

    def enter(self, person: Person, *, scripts: bool = True, width: int = 1440) -> Page:
        """Sign a person in through the sign-in page."""
        context = self.browser.new_context(
            base_url=self.address, java_script_enabled=scripts, viewport={"width": width, "height": 900}
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.said.append(f"{person.name}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"{person.name}: {error}"))
        page.goto("/login")
        page.get_by_label("Email").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page

    def settle(self) -> None:
        """Let the worker do what waits: notices, mails, scores."""
        relay.work()


@pytest.fixture
def stage(
    cast: Cast, address: str, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Return the stage; the browsers must have had nothing to say when it closes."""
    monkeypatch.setitem(cast.app.config, "PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(cast.app.config, "PUBLIC_URL", address)
    with Session(db.engine) as session, session.begin():
        session.execute(update(User).where(User.is_system.is_(False)).values(password_hash=hashed(PASSWORD)))
    stage = Stage(cast, address, chromium, [], [])
    yield stage
    for context in stage.contexts:
        context.close()
    said = [line for line in stage.said if "Failed to load resource" not in line]  # a refusal's status, as meant
    assert said == [], "the console must stay silent"


@pytest.fixture
def letters(tmp_path: Path) -> Callable[[], list[str]]:
    """Return the subjects of the mails in the local mailbox, with their recipients."""

    def read() -> list[str]:
        found = []
        for path in sorted((tmp_path / "mailbox" / "new").glob("*")):
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found.append(f"{letter['To']}: {letter['Subject']}")
        return found

    return read
