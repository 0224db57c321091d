"""Who calls the API in tests, and how: through portal.client.client into the app itself."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from flask import Flask

from portal.api import limits
from portal.client.client import Portal
from portal.services.identity import access_tokens
from tests.cast import Cast, Person

LONG = 365  # tokens live on when a test jumps ahead


def token_of(cast: Cast, person: Person, *, scope: str = "") -> str:
    """Issue a token with all that the person may do, unless a scope is named."""
    scope = scope or ("admin" if person is cast.pia else "write")
    return access_tokens.issue(actor=cast.actor(person), name="test", scope=scope, days=LONG).token


def bearer(cast: Cast, person: Person, *, scope: str = "") -> dict[str, str]:
    """Return the headers of a fresh token."""
    return {"Authorization": f"Bearer {token_of(cast, person, scope=scope)}"}


def transport(app: Flask) -> httpx.WSGITransport:
    """Lead requests into the app; each has a context of its own, or `g` would keep who was signed in."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with app.app_context():
            return [b"".join(app(environ, start_response))]

    return httpx.WSGITransport(app=call)


def limit_requests(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Set the limits of the API to so many requests, for people and for addresses."""
    for name in ("SIGNED_IN", "ANONYMOUS"):
        monkeypatch.setattr(limits, name, replace(getattr(limits, name), most=most))


class Callers:
    """Make a client for each of the cast when it is first asked for."""

    def __init__(self, cast: Cast, stack: ExitStack) -> None:
        self.cast = cast
        self.stack = stack
        self.made: dict[str, Portal] = {}

    def __getattr__(self, name: str) -> Portal:
        person: Person = getattr(self.cast, name)
        if name not in self.made:
            self.made[name] = self.of(token_of(self.cast, person))
        return self.made[name]

    def of(self, token: str) -> Portal:
        """Make a client with a token; it does not try again, for tests want to see the first answer."""
        client = Portal("http://portal.test", token, attempts=1, transport=transport(self.cast.app))
        return self.stack.enter_context(client)
