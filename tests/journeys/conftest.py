"""The cast in browsers of their own, and the mails they get."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import User
from portal.services.identity.passwords import hashed
from tests.cast import PASSWORD, Cast, Person
from tests.letters import worked

A_REFUSAL = (
    "Failed to load resource",
    "Response Status Error Code 422",
    "Response Status Error Code 401",
)  # what browser and HTMX say of one
A_QUICK_HAND = "Autofocus processing was blocked"  # said when somebody types before the page takes the focus


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
        expect(page.get_by_label("Email")).to_be_focused()
        page.get_by_label("Email").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page

    def settle(self) -> None:
        """Work off what waits: notices, mails, scores."""
        worked()


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
    said = [line for line in stage.said if not any(words in line for words in (*A_REFUSAL, A_QUICK_HAND))]
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
