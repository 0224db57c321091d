"""Errors reach Sentry, and nothing of whom they concerned does."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import sentry_sdk
from flask import Flask

from portal.app import watch
from portal.runtime import correlation

SECRETS = ("lena@mail.test", "token-0123456789", "Brandt")


@pytest.fixture
def received() -> Iterator[list[dict[str, Any]]]:
    """Take reports on loopback, as Sentry does."""
    events: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            lines = (gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body).splitlines()
            events.append(json.loads(lines[2]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    app = Flask(__name__)
    app.config.update(
        SENTRY_DSN=f"http://key@127.0.0.1:{server.server_port}/1",
        ENV_NAME="production",
        OTEL_EXPORTER_OTLP_ENDPOINT="",
    )
    watch(app)
    yield events
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    server.shutdown()
    server.server_close()


def break_something(address: str, token: str) -> None:
    raise ValueError(f"Key (email)=({address}) already exists; {token}")


def report(logger: str, message: str, *values: object) -> None:
    try:
        break_something(*SECRETS[:2])
    except ValueError:
        logging.getLogger(logger).exception(message, *values, extra={"name_of": SECRETS[2]})
    sentry_sdk.flush()


def test_a_report_says_where_it_broke_and_not_for_whom(received: list[dict[str, Any]]) -> None:
    correlation.begin("one-request")
    report("portal.requests.errors", "unexpected_error")
    (event,) = received
    (error,) = event["exception"]["values"]
    assert (error["type"], error["stacktrace"]["frames"][-1]["function"]) == ("ValueError", "break_something")
    assert (event["logentry"]["message"], event["tags"]) == ("unexpected_error", {"correlation_id": "one-request"})
    assert [secret for secret in SECRETS if secret in json.dumps(event)] == []


def test_what_others_log_is_reported_without_their_words(received: list[dict[str, Any]]) -> None:
    report("rq.worker", f"Job for {SECRETS[0]} failed, %s", SECRETS[1])
    assert [secret for secret in SECRETS if secret in json.dumps(received)] == []
    assert received[0]["logger"] == "rq.worker"
